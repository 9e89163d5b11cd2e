import { andMore, type ErrorDetail, LISTED_ERRORS } from './errors.ts';
import { LIMITS } from './limits.ts';
import { INEXACT, significant, TOO_DEEP } from './plain-value.ts';

/** JSON that JavaScript would silently change. Lists each place and the remedy. */
export class InexactJsonError extends Error {
  readonly errors: readonly ErrorDetail[];
  /** Number of all problems; `errors` lists the first LISTED_ERRORS. */
  readonly count: number;
  constructor(errors: readonly ErrorDetail[], count: number) {
    super(`${errors[0]!.path}: ${errors[0]!.message}${andMore(count)}`);
    this.name = 'InexactJsonError';
    this.errors = errors;
    this.count = count;
  }
}

/**
 * JSON.parse for external input: refuses numbers that a double cannot represent, duplicate keys, `__proto__` and
 * nesting beyond LIMITS.json_depth. `root` prefixes each path.
 * @throws SyntaxError when it is not JSON; InexactJsonError when parsing would change it
 */
export const parseExactJson = (text: string, root: string): unknown => {
  const value = JSON.parse(text) as unknown;
  const { errors, count } = problemsOf(text, root);
  if (count > 0) throw new InexactJsonError(errors, count);
  return value;
};

interface Frame {
  /** Null: a list. */
  readonly keys: Set<string> | null;
  at: string | number;
  isKeyNext: boolean;
}

/** For text that JSON.parse accepts; not recursive, because its depth is not bounded yet. */
const problemsOf = (
  text: string,
  root: string,
): { readonly errors: readonly ErrorDetail[]; readonly count: number } => {
  const errors: ErrorDetail[] = [];
  let count = 0;
  const frames: Frame[] = [];
  const path = (): string => [root, ...frames.map(({ at }) => at)].join('.');
  const add = (message: string): void => {
    count += 1;
    if (errors.length < LISTED_ERRORS) errors.push({ path: path(), message });
  };
  for (const [token] of text.matchAll(TOKENS)) {
    const frame = frames.at(-1);
    if (token === '{' || token === '[') {
      if (frames.length === LIMITS.json_depth) return { errors: [{ path: root, message: TOO_DEEP }], count: 1 };
      frames.push(
        token === '{' ? { keys: new Set(), at: '', isKeyNext: true } : { keys: null, at: 0, isKeyNext: false },
      );
    } else if (token === '}' || token === ']') frames.pop();
    else if (token === ',') {
      if (frame!.keys === null) frame!.at = Number(frame!.at) + 1;
      else frame!.isKeyNext = true;
    } else if (token.startsWith('"')) {
      if (!frame?.isKeyNext) continue;
      const key = JSON.parse(token) as string;
      frame.isKeyNext = false;
      frame.at = key.slice(0, 100);
      if (key === '__proto__') add('the key "__proto__" is not allowed');
      else if (frame.keys!.has(key)) add('the key stands here a second time');
      frame.keys!.add(key);
    } else if (!isKept(token)) add(`${token.slice(0, 60)} ${INEXACT}`);
  }
  return { errors, count };
};
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],]|-?\d[\d.eE+-]*/g;

/**
 * Integers, and all numbers beyond 2^53, must print as written. Fractions may have the 17 digits that programs print
 * for a double (0.10000000000000001 is one spelling of 0.1); more digits imply more precision than a double has.
 */
export const isKept = (token: string): boolean => {
  const value = Number(token);
  const written = digitsOf(token);
  if (!Number.isFinite(value) || (value === 0 && written !== '')) return false;
  if (significant(written) === significant(digitsOf(String(value)))) return true;
  return /[.eE]/.test(token) && Math.abs(value) <= Number.MAX_SAFE_INTEGER && significant(written).length <= 17;
};
const digitsOf = (token: string): string =>
  token
    .replace(/[eE].*/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+/, '');
