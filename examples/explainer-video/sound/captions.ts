/** SubRip captions by the speech's own times: https://en.wikipedia.org/wiki/SubRip */
import type { TimedScene } from '../shapes.ts';

export interface Caption {
  readonly start: number;
  readonly end: number;
  readonly lines: readonly string[];
}

/** Two lines of 42 characters are what a viewer reads at ease. */
const COLUMNS = 42;
const LINES = 2;

/** A sentence that needs more than two lines is shown in pieces, each for its share of the sentence's letters. */
export const captionsOf = (scenes: readonly Pick<TimedScene, 'sentences'>[]): readonly Caption[] =>
  scenes.flatMap(({ sentences }) =>
    sentences.flatMap(({ text, start, end }) => {
      const pieces = inPieces(text);
      const letters = pieces.map((piece) => piece.join(' ').length);
      const all = letters.reduce((sum, count) => sum + count, 0);
      let read = 0;
      return pieces.map((lines, at) => {
        const from = start + ((end - start) * read) / all;
        read += letters[at]!;
        return { start: from, end: start + ((end - start) * read) / all, lines };
      });
    }),
  );

export const toSrt = (captions: readonly Caption[]): string =>
  captions
    .map(({ start, end, lines }, at) => `${at + 1}\n${clock(start)} --> ${clock(end)}\n${lines.join('\n')}\n`)
    .join('\n');

/** As many pieces as are needed, of about the same length, each of one line or two. */
const inPieces = (text: string): string[][] => {
  const words = text.split(/\s+/).filter((one) => one !== '');
  for (let count = Math.ceil(text.length / (COLUMNS * LINES)); count < words.length; count += 1) {
    const pieces = divided(words, count).map(inLines);
    if (pieces.every((lines) => lines.every((line) => line.length <= COLUMNS))) return pieces;
  }
  return words.map((word) => [word]);
};

const inLines = (words: readonly string[]): string[] => {
  const line = words.join(' ');
  return line.length <= COLUMNS ? [line] : divided(words, LINES).map((part) => part.join(' '));
};

/** Into parts of about the same length, rather behind a comma or a full stop than elsewhere. */
const divided = (words: readonly string[], count: number): string[][] => {
  if (count <= 1 || words.length < 2) return [[...words]];
  const total = words.join(' ').length;
  let best = { at: 1, cost: Number.POSITIVE_INFINITY };
  let length = 0;
  for (let at = 1; at < words.length; at += 1) {
    length += words[at - 1]!.length + 1;
    const distance = Math.abs(length - total / count) / (total / count);
    const cost = distance - (/[,;:.!?]$/.test(words[at - 1]!) ? STOP_BONUS : 0);
    if (cost < best.cost) best = { at, cost };
  }
  return [words.slice(0, best.at), ...divided(words.slice(best.at), count - 1)];
};
/** As a share of the part's length. */
const STOP_BONUS = 0.3;

/** hh:mm:ss,mmm */
const clock = (seconds: number): string => {
  const ms = Math.round(seconds * 1_000);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1_000) % 60)},${String(ms % 1_000).padStart(3, '0')}`;
};
