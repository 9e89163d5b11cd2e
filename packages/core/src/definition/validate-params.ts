import { andMore, type ErrorDetail, type JsonSchema, LIMITS, MillraceError, type Pipeline } from '../domain/index.ts';
import type { Effort } from './check-value.ts';
import { checkAgainst, walk } from './json-schema.ts';
import { didYouMean } from '../domain/index.ts';
import { closedNames, COMPOSED } from './params-schema.ts';
import { isMap } from './source.ts';

type Params = Readonly<Record<string, unknown>>;

/**
 * The params of a run: the given ones override the mode's, which override the schema's defaults.
 * @throws MillraceError `invalid_params` with the path of each problem; `too_large` beyond LIMITS.params_bytes
 */
export const validateParams = (
  pipeline: Pick<Pipeline, 'name' | 'params' | 'modes'>,
  params: Params,
  mode: string | null,
  effort?: Effort,
): Params => {
  if (!isMap(params)) return refuse(pipeline.name, [{ path: 'params', message: 'must be an object' }]);
  refuseOversize(params);
  const merged = { ...presetOf(pipeline, mode), ...params };
  const unknown = unknownParams(pipeline, merged);
  if (unknown.length > 0) return refuse(pipeline.name, unknown);
  const checked =
    pipeline.params === null
      ? ({ ok: true, value: {} } as const)
      : checkAgainst(closed(pipeline.params), merged, 'params', effort);
  if (!checked.ok) return refuse(pipeline.name, checked.errors, checked.count);
  refuseOversize(checked.value);
  return checked.value as Params;
};

const refuseOversize = (params: unknown): void => {
  const bytes = Buffer.byteLength(JSON.stringify(params));
  if (bytes > LIMITS.params_bytes)
    throw new MillraceError(
      'too_large',
      `params are ${bytes} bytes of JSON; the limit params_bytes is ${LIMITS.params_bytes}`,
    );
};

const closedSchemas = new WeakMap<JsonSchema, JsonSchema>();

/** Nested objects are as strict as the params themselves: unknown names are refused unless the schema allows them. */
export const closed = (schema: JsonSchema): JsonSchema => {
  let made = closedSchemas.get(schema);
  if (!made) {
    made = structuredClone(schema);
    walk(made, [], (part) => {
      const isOpen = part['additionalProperties'] !== undefined || COMPOSED.some((keyword) => keyword in part);
      if (!isOpen && isMap(part['properties'])) (part as Record<string, unknown>)['additionalProperties'] = false;
    });
    closedSchemas.set(schema, made);
  }
  return made;
};

const presetOf = (pipeline: Pick<Pipeline, 'name' | 'modes'>, mode: string | null): Params => {
  if (mode === null) return {};
  if (Object.hasOwn(pipeline.modes, mode)) return pipeline.modes[mode]!.params;
  const names = Object.keys(pipeline.modes);
  const known = names.length === 0 ? 'the pipeline has none' : `it has ${names.slice(0, 20).join(', ')}`;
  return refuse(pipeline.name, [
    { path: 'mode', message: `there is no mode "${mode.slice(0, 80)}"${didYouMean(mode, names)}; ${known}` },
  ]);
};

/** Unknown params, when the schema is closed. */
export const unknownParams = ({ params: schema }: Pick<Pipeline, 'params'>, params: Params): readonly ErrorDetail[] => {
  const names = closedNames(schema);
  if (names === null) return [];
  return Object.keys(params)
    .filter((name) => !names.has(name))
    .map((name, at) => ({
      path: `params.${name.slice(0, 100)}`,
      message:
        schema === null
          ? 'the pipeline takes no params'
          : `there is no such param${at < SUGGESTED ? didYouMean(name, names) : ''}`,
    }));
};

/** Number of names that get a suggestion: each is compared with every known name. */
const SUGGESTED = 20;

const refuse = (pipeline: string, errors: readonly ErrorDetail[], errorCount = errors.length): never => {
  const [first] = errors;
  throw new MillraceError(
    'invalid_params',
    `params of ${pipeline}: ${first!.path}: ${first!.message}${andMore(errorCount)}`,
    { errors, errorCount },
  );
};
