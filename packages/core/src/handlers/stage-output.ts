import { checkAgainst } from '../definition/index.ts';
import { INEXACT, isExact, LIMITS, type OutputSpec, problemsOfValue, TOO_DEEP } from '../domain/index.ts';
import { StageFailure } from './stage-failure.ts';
import { textOf } from './text-of.ts';

const LISTED = 20;

/**
 * The output as JSON, with the schema's defaults; undefined becomes null.
 * @throws StageFailure `invalid_output` listing each path, `output_too_large`
 */
export const outputJsonOf = (output: unknown, spec: OutputSpec): string => {
  const json = checked(toJson(output), spec);
  const bytes = Buffer.byteLength(json);
  if (bytes > LIMITS.output_bytes)
    throw new StageFailure(
      'output_too_large',
      `the output is ${bytes} bytes of JSON; the limit output_bytes is ${LIMITS.output_bytes}: store it as an artifact`,
    );
  return json;
};

const toJson = (output: unknown): string => {
  let json: string;
  try {
    json = JSON.stringify(output) ?? 'null';
  } catch (error) {
    // Thousands of levels deep: the search for the place of the problem would overflow the stack too.
    if (error instanceof RangeError && error.message.includes('call stack')) refuse([`output: ${TOO_DEEP}`]);
    refuse(withoutThrow(() => lostIn(output)) ?? []);
    throw new StageFailure(
      'invalid_output',
      `the output has no JSON form: ${error instanceof Error ? error.message : textOf(error)}`,
      { cause: error },
    );
  }
  // Values that JSON cannot carry have become one of these; only then search for them.
  if (json.includes('null') || json.includes('{}') || /\d{16}/.test(json)) refuse(lostIn(output));
  if (isTooDeep(json)) refuse([`output: ${TOO_DEEP}`]);
  return json;
};

const refuse = (lost: readonly string[]): void => {
  if (lost.length > 0)
    throw new StageFailure(
      'invalid_output',
      lost.slice(0, LISTED).join('; ') + (lost.length > LISTED ? ` (and ${lost.length - LISTED} more)` : ''),
    );
};

const withoutThrow = <T>(look: () => T): T | null => {
  try {
    return look();
  } catch {
    return null;
  }
};

/** Counts brackets first, since few outputs have enough. */
const isTooDeep = (json: string): boolean => {
  if (json.split(/[[{]/, LIMITS.json_depth + 2).length < LIMITS.json_depth + 2) return false;
  return problemsOfValue(JSON.parse(json)).some(({ message }) => message === TOO_DEEP);
};

/** Values that JSON.stringify would silently turn into null or {}, with their paths. */
const lostIn = (output: unknown): readonly string[] => {
  const lost: string[] = [];
  const paths = new WeakMap<object, string>();
  JSON.stringify(output, function (this: Record<string, unknown>, key, value: unknown) {
    const holder = paths.get(this);
    const path = holder === undefined ? 'output' : `${holder}.${key}`;
    const original = this[key];
    if (typeof value === 'bigint' || (typeof value === 'number' && !isExact(value)))
      lost.push(`${path}: ${value} ${INEXACT}`);
    else if (value === null && original instanceof Date) lost.push(`${path}: is an invalid date`);
    else if (value instanceof Map || value instanceof Set)
      lost.push(`${path}: is a ${value.constructor.name}, which JSON does not have: make it an object or a list`);
    else if (Array.isArray(this) && (value === undefined || typeof value === 'function' || typeof value === 'symbol'))
      lost.push(
        `${path}: is ${value === undefined ? 'undefined' : `a ${typeof value}`}, which a JSON list cannot hold: write null`,
      );
    if (typeof value === 'object' && value !== null) paths.set(value, path);
    return typeof value === 'bigint' ? null : value;
  });
  return lost;
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
