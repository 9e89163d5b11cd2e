import { INEXACT, isExact, LIMITS, problemsOfValue, TOO_DEEP } from '../domain/index.ts';
import { StageFailure, type StageFailureCode } from './stage-failure.ts';
import { textOf } from './text-of.ts';

const LISTED = 20;

/**
 * The value as JSON; undefined becomes null. `name` begins the paths in the error.
 * @throws StageFailure `code`, listing each part that JSON would change or drop
 */
export const plainJsonOf = (value: unknown, name: string, code: StageFailureCode): string => {
  const refuse = (lost: readonly string[]): void => {
    if (lost.length > 0)
      throw new StageFailure(
        code,
        lost.slice(0, LISTED).join('; ') + (lost.length > LISTED ? ` (and ${lost.length - LISTED} more)` : ''),
      );
  };
  let json: string;
  try {
    json = JSON.stringify(value) ?? 'null';
  } catch (error) {
    // Thousands of levels deep: the search for the place of the problem would overflow the stack too.
    if (error instanceof RangeError && error.message.includes('call stack')) refuse([`${name}: ${TOO_DEEP}`]);
    refuse(withoutThrow(() => lostIn(value, name)) ?? []);
    throw new StageFailure(
      code,
      `the ${name} has no JSON form: ${error instanceof Error ? error.message : textOf(error)}`,
      { cause: error },
    );
  }
  // Values that JSON cannot carry have become one of these; only then search for them.
  if (json.includes('null') || json.includes('{}') || /\d{16}/.test(json)) refuse(lostIn(value, name));
  if (isTooDeep(json)) refuse([`${name}: ${TOO_DEEP}`]);
  return json;
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
const lostIn = (whole: unknown, name: string): readonly string[] => {
  const lost: string[] = [];
  const paths = new WeakMap<object, string>();
  JSON.stringify(whole, function (this: Record<string, unknown>, key, value: unknown) {
    const holder = paths.get(this);
    const path = holder === undefined ? name : `${holder}.${key}`;
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
