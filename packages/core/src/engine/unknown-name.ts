import { type ErrorCode, isName, MillraceError, nearestName, type PipelineName } from '../domain/index.ts';
import type { Readings } from '../ports/index.ts';

const WHAT: Partial<Record<ErrorCode, string>> = {
  unknown_pipeline: 'pipeline',
  unknown_stage: 'stage',
  unknown_schedule: 'schedule',
};

/** The error for an unknown name, with the nearest known one. */
export const unknownName = (code: ErrorCode, name: string, known: readonly string[]): MillraceError => {
  const nearest = nearestName(name, known);
  const hint =
    nearest === null
      ? known.length > 0 && known.length <= 20
        ? `; there are: ${known.join(', ')}`
        : ''
      : `; did you mean "${nearest}"?`;
  return new MillraceError(code, `there is no ${WHAT[code] ?? 'such thing'} "${name.slice(0, 100)}"${hint}`);
};

/**
 * The error for a name that no current pipeline has; runs distinguish a removed pipeline from one that never existed.
 */
export const unknownPipeline = async (
  store: Pick<Readings, 'pipelines' | 'runs'>,
  name: string,
): Promise<MillraceError> => {
  if (isName(name) && (await store.runs({ pipeline: name as PipelineName, limit: 1, cursor: null })).items.length > 0)
    return new MillraceError(
      'unknown_pipeline',
      `pipeline ${name} was removed; its runs are at /api/v1/runs?pipeline=${name}`,
    );
  const known = await store.pipelines();
  return unknownName(
    'unknown_pipeline',
    name,
    known.map((pipeline) => pipeline.name),
  );
};
