import { checkAgainst } from '../definition/index.ts';
import { LIMITS, type OutputSpec } from '../domain/index.ts';
import { plainJsonOf } from './plain-json.ts';
import { StageFailure } from './stage-failure.ts';

const LISTED = 20;

/**
 * The output as JSON, with the schema's defaults; undefined becomes null.
 * @throws StageFailure `invalid_output` listing each path, `output_too_large`
 */
export const outputJsonOf = (output: unknown, spec: OutputSpec): string => {
  const json = checked(plainJsonOf(output, 'output', 'invalid_output'), spec);
  const bytes = Buffer.byteLength(json);
  if (bytes > LIMITS.output_bytes)
    throw new StageFailure(
      'output_too_large',
      `the output is ${bytes} bytes of JSON; the limit output_bytes is ${LIMITS.output_bytes}: store it as an artifact`,
    );
  return json;
};

const checked = (json: string, { required, schema }: OutputSpec): string => {
  if (required.length === 0 && schema === null) return json;
  const value = JSON.parse(json) as unknown;
  const keys = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  const missing = required.filter((key) => !Object.hasOwn(keys, key)).map((key) => `output.${key}: is required`);
  const result = schema === null ? null : checkAgainst(schema, value, 'output');
  const wrong = [
    ...missing,
    ...(result?.ok === false ? result.errors.map((error) => `${error.path}: ${error.message}`) : []),
  ];
  const count = missing.length + (result?.ok === false ? result.count : 0);
  if (count > 0)
    throw new StageFailure(
      'invalid_output',
      wrong.slice(0, LISTED).join('; ') +
        (count > LISTED ? ` (and ${count - LISTED} more)` : '') +
        (missing.length > 0 ? written(value) : ''),
    );
  return result?.ok ? JSON.stringify(result.value) : json;
};

/** A missing key is often a misspelt one. */
const written = (value: unknown): string => {
  if (value === null) return '; no output was written';
  if (typeof value !== 'object' || Array.isArray(value))
    return `; the output is not an object but ${Array.isArray(value) ? 'a list' : `a ${typeof value}`}`;
  const keys = Object.keys(value);
  if (keys.length === 0) return '; the output has no keys';
  const named = keys.slice(0, LISTED).map((key) => (key.length > 64 ? `${key.slice(0, 64)}…` : key));
  return `; the output has the keys ${named.join(', ')}${keys.length > LISTED ? ` and ${keys.length - LISTED} more` : ''}`;
};
