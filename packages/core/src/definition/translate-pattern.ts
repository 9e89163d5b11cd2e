/** Why a pattern is refused, and what to write instead. */
export class PatternRefusal extends Error {}

/** An ECMAScript pattern translated to RE2 syntax, and the approximate number of steps it compiles to. */
export interface Translated {
  readonly re2: string;
  readonly size: number;
}

/**
 * Groups do not capture, because patterns are only tested. Constructs that RE2 reads differently (`\s`, `.`, `[[`) are
 * spelled out.
 * @throws PatternRefusal for look-around, back-references, flags and invalid escapes
 */
export const translatePattern = (pattern: string): Translated => {
  const sizes: number[] = [0];
  let last = 0;
  let out = '';
  let at = 0;
  const add = (re2: string, length: number, size = 1): void => {
    out += re2;
    at += length;
    last = size;
    sizes[sizes.length - 1]! += size;
  };
  while (at < pattern.length) {
    const rest = pattern.slice(at, at + 200);
    const repeat = REPEAT.exec(rest);
    if (repeat !== null) {
      const added = last * (copies(repeat) - 1) + 1;
      add(repeat[0], repeat[0].length, 0);
      last += added;
      sizes[sizes.length - 1]! += added;
    } else if (rest[0] === '(') {
      add('(?:', groupOf(rest), 0);
      sizes.push(1);
    } else if (rest[0] === ')') {
      const inner = sizes.pop()!;
      add(')', 1, inner);
    } else if (rest[0] === '[') {
      const [re2, length] = classOf(pattern, at);
      add(re2, length);
    } else if (rest[0] === '\\') {
      const [re2, length] = escapeOf(rest, false);
      add(re2, length);
    } else if (rest[0] === '.') add(ANY_BUT_NEWLINE, 1);
    else {
      const character = String.fromCodePoint(rest.codePointAt(0)!);
      add(character, character.length);
    }
  }
  return { re2: out, size: sizes[0]! };
};

const REPEAT = /^(?:[*+?]|\{(\d{1,9})(?:(,)(\d{0,9}))?\})\??/;
/** An optional copy takes two steps. */
const copies = ([, least, comma, most]: RegExpExecArray): number => {
  if (least === undefined) return 1;
  if (comma === undefined || most === '') return Number(least) + 1;
  return Number(least) + 2 * Math.max(0, Number(most) - Number(least));
};

const groupOf = (rest: string): number => {
  if (rest[1] !== '?') return 1;
  if (rest[2] === ':') return 3;
  const look = /^\(\?(?:=|!|<=|<!)/.exec(rest);
  if (look !== null)
    throw new PatternRefusal(
      `look-around "${look[0]}" cannot be checked in linear time: write what the text must look like as a whole, or put each condition in a schema of its own under "allOf"`,
    );
  const name = /^\(\?<[^>]{1,100}>/.exec(rest);
  if (name !== null) return name[0].length;
  throw new PatternRefusal(
    `"${rest.slice(0, 4)}" is not supported: flags have no place in a pattern, write both cases as in [Aa]`,
  );
};

const ANY_BUT_NEWLINE = '[^\\n\\r\\x{2028}\\x{2029}]';
const SPACES = '\\t-\\r\\x20\\xa0\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}';
const NO_SPACES =
  '\\x00-\\x08\\x0e-\\x1f\\x21-\\x9f\\xa1-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}';

const classOf = (pattern: string, start: number): readonly [re2: string, length: number] => {
  const negated = pattern[start + 1] === '^';
  let at = start + (negated ? 2 : 1);
  if (pattern[at] === ']') return [negated ? '[\\x00-\\x{10ffff}]' : '[^\\x00-\\x{10ffff}]', at + 1 - start];
  let out = negated ? '[^' : '[';
  while (at < pattern.length && pattern[at] !== ']') {
    const [re2, length] =
      pattern[at] === '\\'
        ? escapeOf(pattern.slice(at, at + 200), true)
        : [pattern[at] === '[' ? '\\[' : pattern[at]!, 1];
    out += re2;
    at += length;
  }
  return [`${out}]`, at + 1 - start];
};

const escapeOf = (rest: string, inClass: boolean): readonly [re2: string, length: number] => {
  const kind = rest[1] ?? '';
  if (kind === 's') return [inClass ? SPACES : `[${SPACES}]`, 2];
  if (kind === 'S') return [inClass ? NO_SPACES : `[^${SPACES}]`, 2];
  if (kind === 'b' && inClass) return ['\\x08', 2];
  if (/^\\[dDwWbBtnvfr]/.test(rest)) return [rest.slice(0, 2), 2];
  if (/^\\0(?!\d)/.test(rest)) return ['\\x00', 2];
  if (/^\\(?:[1-9]|k<)/.test(rest))
    throw new PatternRefusal(
      `the back-reference "${/^\\(?:\d+|k<[^>]{0,40}>?)/.exec(rest)![0]}" cannot be checked in linear time: write the repeated part out`,
    );
  const pair = /^\\u([dD][89abAB][\da-fA-F]{2})\\u([dD][c-fC-F][\da-fA-F]{2})/.exec(rest);
  if (pair !== null)
    return [`\\x{${hexOf(String.fromCharCode(Number.parseInt(pair[1]!, 16), Number.parseInt(pair[2]!, 16)))}}`, 12];
  const unit = /^\\(?:u([\da-fA-F]{4})|u\{([\da-fA-F]{1,8})\}|x([\da-fA-F]{2}))/.exec(rest);
  if (unit !== null) return [`\\x{${unit[1] ?? unit[2] ?? unit[3]!}}`, unit[0].length];
  const control = /^\\c([a-zA-Z])/.exec(rest);
  if (control !== null) return [`\\x{${(control[1]!.charCodeAt(0) % 32).toString(16)}}`, 3];
  const property = /^\\([pP])\{(?:(?:Script|sc|General_Category|gc)=)?([A-Za-z_]{1,60})\}/.exec(rest);
  if (property !== null) return [`\\${property[1]!}{${property[2]!}}`, property[0].length];
  if (/^\\[^\da-zA-Z]/u.test(rest)) return [/^\\[!-/:-@[-`{-~]/.test(rest) ? `\\${rest[1]!}` : rest[1]!, 2];
  throw new PatternRefusal(
    `the escape "${rest.slice(0, 2)}" is not known: write \\u and four hexadecimal digits for a character`,
  );
};

const hexOf = (character: string): string => character.codePointAt(0)!.toString(16);
