import { LIMITS } from './limits.ts';

export interface ValueProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export const INEXACT = 'cannot be kept exactly: send it as a text';
export const TOO_DEEP = `is nested more than ${LIMITS.json_depth} levels deep (the limit json_depth)`;

/** Maximum number listed. */
const LISTED = 100;

/**
 * The parts of a JavaScript value that JSON would silently change or drop, with their paths; [] for plain data. `skips`
 * selects values to exempt.
 */
export const problemsOfValue = (
  value: unknown,
  skips: (value: unknown, path: readonly (string | number)[]) => boolean = () => false,
): readonly ValueProblem[] => {
  const problems: ValueProblem[] = [];
  const above = new Set<object>();
  const look = (part: unknown, path: readonly (string | number)[]): void => {
    if (problems.length === LISTED || skips(part, path)) return;
    const message = problemOf(part, path, above);
    if (message !== null) return void problems.push({ path, message });
    if (typeof part !== 'object' || part === null) return;
    above.add(part);
    // undefined is dropped from an object, but becomes null in a list.
    for (const [key, inner] of Array.isArray(part) ? part.entries() : Object.entries(part))
      if (inner !== undefined || Array.isArray(part)) look(inner, [...path, key]);
    above.delete(part);
  };
  look(value, []);
  return problems;
};

const problemOf = (value: unknown, path: readonly unknown[], above: ReadonlySet<object>): string | null => {
  switch (typeof value) {
    case 'number':
      return isExact(value) ? null : `${value} ${INEXACT}`;
    case 'bigint':
      return `${value} ${INEXACT}`;
    case 'function':
    case 'symbol':
      return `is a ${typeof value}, which JSON does not have`;
    case 'undefined':
      return path.length === 0 ? null : 'is undefined, which a JSON list cannot hold: write null';
    case 'object':
      if (value === null) return null;
      if (above.has(value)) return 'holds itself, which JSON cannot say';
      if (path.length >= LIMITS.json_depth) return TOO_DEEP;
      return isData(value)
        ? null
        : `is a ${kindOf(value)}, which JSON does not have: write a text, a list or an object`;
    default:
      return null;
  }
};

/**
 * Beyond 2^53, a number with more than 15 digits stands for several written ones (9007199254740993 is
 * 9007199254740992); one such as 1e20 only for itself.
 */
export const isExact = (value: number): boolean =>
  Number.isFinite(value) &&
  (!Number.isInteger(value) ||
    Number.isSafeInteger(value) ||
    significant(String(value).replace(/e.*|[-.]/g, '')).length <= 15);

/** The digits without trailing zeros. Not /0+$/, which takes quadratic time. */
export const significant = (digits: string): string => {
  let end = digits.length;
  while (digits[end - 1] === '0') end -= 1;
  return digits.slice(0, end);
};

/** Date, Map, URL and the like have their own tag; instances of other classes count as their fields. */
const isData = (value: object): boolean => Array.isArray(value) || kindOf(value) === 'Object';
const kindOf = (value: object): string => Object.prototype.toString.call(value).slice(8, -1);
