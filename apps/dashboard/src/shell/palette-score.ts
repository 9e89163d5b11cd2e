/**
 * How well a text matches the query: each word must be found, as a substring anywhere or letter by letter in the name.
 */
export interface Text {
  readonly name: string;
  readonly more: string;
}

/** Null: no match. Higher is better; an empty query matches everything with 0. */
export const scoreOf = (query: string, { name, more }: Text): number | null => {
  let score = 0;
  for (const word of query.toLowerCase().split(/\s+/).filter(Boolean)) {
    const found = scoreWord(word, name.toLowerCase()) ?? (more.toLowerCase().includes(word) ? IN_MORE : null);
    if (found === null) return null;
    score += found;
  }
  return score;
};

/** The matches, best first; ties keep their order. */
export const bestOf = <T>(
  query: string,
  entries: readonly T[],
  textOf: (entry: T) => Text,
  limit: number,
): readonly T[] =>
  entries
    .flatMap((entry) => {
      const score = scoreOf(query, textOf(entry));
      return score === null ? [] : [{ entry, score }];
    })
    .sort((a, b) => b.score - a.score)
    .slice(0, limit)
    .map(({ entry }) => entry);

const WHOLE = 10;
const IN_MORE = 3;
const WORD_END = 1;
const WORD_START = 4;
const UNBROKEN = 2;
const ANYWHERE = 0.25;

const scoreWord = (word: string, text: string): number | null => {
  const whole = text.indexOf(word);
  if (whole >= 0) {
    const end = whole + word.length;
    const placed =
      (startsWord(text, whole) ? WORD_START : 0) +
      (whole === 0 ? WORD_START : 0) +
      (end === text.length || text[end] === ' ' ? WORD_END : 0);
    return WHOLE + word.length * UNBROKEN + placed;
  }
  let score = 0;
  let at = -1;
  for (const letter of word) {
    const next = nextOf(text, letter, at);
    if (next < 0) return null;
    score += startsWord(text, next) ? WORD_START : next === at + 1 ? UNBROKEN : ANYWHERE;
    at = next;
  }
  return score;
};

/** The letter at the start of a later word if there is one, else its next occurrence. */
const nextOf = (text: string, letter: string, after: number): number => {
  const next = text.indexOf(letter, after + 1);
  if (next < 0 || next === after + 1) return next;
  for (let at = next; at >= 0; at = text.indexOf(letter, at + 1)) if (startsWord(text, at)) return at;
  return next;
};

const startsWord = (text: string, at: number): boolean => at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1]!);
