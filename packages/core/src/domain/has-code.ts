import type { HandlerSpec } from './pipeline.ts';

/**
 * Whether a worker has the code of a pipeline's stages of this kind. A function needs the exact version; a command or a
 * gate is fully described by its definition, so any version of the pipeline will do. `pipelines`: `name@version` of the
 * pipelines the worker can run.
 */
export const hasCode = (
  { pipelines }: { readonly pipelines: readonly string[] },
  {
    pipeline,
    version,
    kind,
  }: { readonly pipeline: string; readonly version: string; readonly kind: HandlerSpec['kind'] },
): boolean =>
  pipelines.some((one) => (kind !== 'function' ? one.startsWith(`${pipeline}@`) : one === `${pipeline}@${version}`));

/** `version` null: any version. */
export const sayLacking = (pipeline: string, version: string | null): string =>
  `no worker has ${version === null ? '' : `version ${version} of `}pipeline ${pipeline}`;

/** `registered`: the versions of the pipeline that live workers have. */
export const sayRegistered = (registered: readonly string[]): string =>
  registered.length === 0 ? 'no version of it is registered' : `the registered workers have ${registered.join(', ')}`;

/** `since`: ISO 8601. */
export const sayStranded = ({
  pipeline,
  version,
  stages,
  since,
}: {
  readonly pipeline: string;
  readonly version: string | null;
  readonly stages: number;
  readonly since: string;
}): string =>
  `${sayLacking(pipeline, version)}: ${stages === 1 ? 'one stage of its runs waits' : `${stages} stages of its runs wait`}, since ${since}`;
