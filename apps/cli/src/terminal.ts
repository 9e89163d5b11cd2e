import { stripVTControlCharacters } from 'node:util';
import { escapeControls, hasControls, withoutControls } from '@millrace/core/domain';

/** Output of a command: data goes to `out` (stdout), messages to `err` (stderr). */
export interface Terminal {
  /** A line of data. */
  out(line: string): void;
  /** Prints a line of data unfiltered, including terminal control sequences. */
  raw(line: string): void;
  /** Prints a message. */
  say(line: string): void;
  /** Prints a message without a line end, for redrawing. */
  draw(text: string): void;
  /** Whether messages go to a terminal, where progress can be redrawn. */
  readonly live: boolean;
  /** Size of the terminal at the time of drawing. */
  size(): { readonly columns: number; readonly rows: number };
  paint(colour: Colour, text: string): string;
  /** Time zone for instants: the local zone (TZ) unless `--utc` is given. */
  zone: 'local' | 'utc';
}
export type Colour = 'red' | 'green' | 'yellow' | 'blue' | 'cyan' | 'dim' | 'bold';

const CODES: Readonly<Record<Colour, readonly [number, number]>> = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  cyan: [36, 39],
  dim: [2, 22],
  bold: [1, 22],
};

/** https://no-color.org: NO_COLOR, when not empty, means no colour; FORCE_COLOR the opposite, but for 0 and false. */
export const processTerminal = (environment: NodeJS.ProcessEnv = process.env): Terminal => {
  const live = process.stderr.isTTY === true && environment['TERM'] !== 'dumb';
  const coloured = environment['NO_COLOR']
    ? false
    : environment['FORCE_COLOR']
      ? !/^(?:0|false)$/i.test(environment['FORCE_COLOR'])
      : live && process.stdout.isTTY === true;
  return {
    out: (line) => void process.stdout.write(`${safe(line)}\n`),
    say: (line) => void process.stderr.write(`${safe(line)}\n`),
    draw: (text) => void process.stderr.write(text),
    raw: (line) => void process.stdout.write(`${line}\n`),
    live,
    zone: 'local',
    size: () => ({ columns: process.stderr.columns || 80, rows: process.stderr.rows || 24 }),
    paint: (colour, text) => (coloured ? `\u001b[${CODES[colour][0]}m${text}\u001b[${CODES[colour][1]}m` : text),
  };
};

/**
 * Keeps colours, closed at the end of the text; removes every other control sequence a stage could send (titles,
 * clipboard, cursor moves, hidden or right-to-left text).
 */
export const safe = (text: string): string => {
  if (!hasControls(text)) return text;
  const open = new Set<string>();
  const shown = text
    .split(/(\x1b\[[\d;:]*m)/)
    .map((part, place) => (place % 2 === 0 ? plain(part) : colours(part, open)));
  return `${shown.join('')}${open.size > 0 ? '\x1b[0m' : ''}`;
};

/** Removes colours and control characters; keeps line ends and tabs. */
export const plain = (text: string): string => withoutControls(stripVTControlCharacters(text.replaceAll(STRINGS, '')));

/** The sequence if it sets colour or weight, else nothing; `open`: the codes that close what is open. */
const colours = (sequence: string, open: Set<string>): string => {
  const codes = sequence.slice(2, -1).split(/[;:]/).map(Number);
  const ends = new Set(open);
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at]!;
    const end = ENDS.find(([first, last]) => code >= first && code <= last)?.[2];
    if (end === undefined && code !== 0 && !CLOSERS.has(`${code}`)) return '';
    if (code === 0) ends.clear();
    else if (end === undefined) ends.delete(`${code}`);
    else ends.add(end);
    // The parameters after 38;5 and 38;2 are not codes.
    if (code === 38 || code === 48) at += codes[at + 1] === 5 ? 2 : 4;
  }
  open.clear();
  for (const end of ends) open.add(end);
  return sequence;
};
/** ECMA-48 codes that start a visible style, with the code that ends it. */
const ENDS = [
  [1, 2, '22'],
  [3, 3, '23'],
  [4, 4, '24'],
  [9, 9, '29'],
  [30, 38, '39'],
  [90, 97, '39'],
  [40, 48, '49'],
  [100, 107, '49'],
] as const;
const CLOSERS = new Set(['22', '23', '24', '27', '29', '39', '49']);

/** A value as a line of data. */
export const jsonText = (value: unknown): string => escapeControls(JSON.stringify(value));

/** OSC (titles, links, the clipboard), DCS, SOS, PM and APC, with what they carry; unended, up to the line's end. */
const STRINGS = /(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?/g;

/** The text on one line, truncated to a number of terminal columns. */
export const oneLine = (text: string, columns: number): string => {
  const line = plain(text).replaceAll(/\s+/g, ' ').trim();
  let width = 0;
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    width += widthOf(segment);
    if (width <= columns - 1) kept += segment;
    if (width > columns) return columns < 1 ? '' : `${kept}…`;
  }
  return line;
};
const WIDE =
  /\p{Emoji_Presentation}|\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

const widthOf = (segment: string): number => (WIDE.test(segment) ? 2 : 1);

/** Terminal columns of a text without control characters. */
export const columnsOf = (text: string): number =>
  [...new Intl.Segmenter().segment(text)].reduce((sum, { segment }) => sum + widthOf(segment), 0);

/** Columns of equal width, two blanks apart. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)));
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
};
