import { RE2JS, RE2Set } from 're2js';
import { LIMITS } from '../domain/index.ts';
import { PatternRefusal, translatePattern } from './translate-pattern.ts';

/** A compiled pattern that takes at most `size` steps per character, whatever the text. */
export interface LinearPattern {
  readonly size: number;
  test(text: string): boolean;
}

/**
 * Limit on lazily built DFA states. Building one costs more than a step, so a text that needs many is matched without
 * them.
 */
const STATE_BYTES = 512 * 1024;
/** Size of the cache of compiled patterns: a deployment's schemas reuse the same few. */
const KEPT = 500;
const kept = new Map<string, LinearPattern | PatternRefusal>();

/**
 * JavaScript's own engine backtracks: `^(a+)+$` takes seconds on 30 characters. RE2 matches in one pass.
 * @throws PatternRefusal with the reason and an alternative
 */
export const linearPattern = (pattern: string): LinearPattern => {
  const known = kept.get(pattern);
  const found = known ?? compiled(pattern);
  if (known === undefined) {
    if (kept.size >= KEPT) kept.delete(kept.keys().next().value!);
    kept.set(pattern, found);
  }
  if (found instanceof PatternRefusal) throw found;
  return found;
};

const compiled = (pattern: string): LinearPattern | PatternRefusal => {
  try {
    return compile(pattern);
  } catch (error) {
    return error instanceof PatternRefusal ? error : new PatternRefusal(inWords(error as Error));
  }
};

const compile = (pattern: string): LinearPattern => {
  const bytes = Buffer.byteLength(pattern);
  if (bytes > LIMITS.pattern_bytes)
    throw new PatternRefusal(`it is ${bytes} bytes; the limit pattern_bytes is ${LIMITS.pattern_bytes}`);
  checkSyntax(pattern);
  const { re2, size } = translatePattern(pattern);
  if (size > LIMITS.pattern_size) throw tooLarge(size);
  const steps = RE2JS.compile(re2).programSize();
  if (steps > LIMITS.pattern_size) throw tooLarge(steps);
  const engine = new RE2Set(RE2Set.UNANCHORED, 0, STATE_BYTES);
  engine.add(re2);
  return { size: steps, test: (text) => engine.match(text).length > 0 };
};

const tooLarge = (size: number): PatternRefusal =>
  new PatternRefusal(
    `its counted repetitions compile to ${size > 1e9 ? 'more than 1000000000' : size} steps; the limit pattern_size is ${LIMITS.pattern_size}: write "+" or "*" and bound the length with "maxLength"`,
  );

/** Parsed, never run: RegExp only verifies that this is an ECMAScript regular expression. */
const checkSyntax = (pattern: string): void => {
  try {
    new RegExp(pattern, 'u');
  } catch {
    new RegExp(pattern);
  }
};

const inWords = ({ message }: Error): string => {
  if (message.includes('invalid repeat count'))
    return 'it repeats something more than 1000 times: write "+" or "*" and bound the length with "maxLength"';
  const property = /`(\\[pP]\{[^`]*\})`/.exec(message);
  if (property !== null)
    return `${property[1]!} is not a class that is known: write a category (\\p{L}, \\p{Lu}, \\p{N}) or a script (\\p{Script=Greek})`;
  return `it is not a regular expression: ${message.replace(/^Invalid regular expression: |^error parsing regexp: /, '').slice(0, 300)}`;
};
