/** Where a command writes: data to `out`, talk to `err`. */
export interface Terminal {
  /** A line of data. */
  out(line: string): void;
  /** A line of talk. */
  say(line: string): void;
  /** Talk without a line end, for what is redrawn. */
  draw(text: string): void;
  /** Talk goes to a person who watches: progress may be redrawn. */
  readonly live: boolean;
  paint(colour: Colour, text: string): string;
  /** How instants are shown: in the zone of this machine (TZ) unless `--utc` was given. */
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

/** https://no-color.org: NO_COLOR, when not empty, means no colour; FORCE_COLOR the opposite. */
export const processTerminal = (environment: NodeJS.ProcessEnv = process.env): Terminal => {
  const live = process.stderr.isTTY === true && environment['TERM'] !== 'dumb';
  const coloured = environment['NO_COLOR'] ? false : environment['FORCE_COLOR'] ? true : live && process.stdout.isTTY === true;
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    say: (line) => void process.stderr.write(`${line}\n`),
    draw: (text) => void process.stderr.write(text),
    live,
    zone: 'local',
    paint: (colour, text) => (coloured ? `\u001b[${CODES[colour][0]}m${text}\u001b[${CODES[colour][1]}m` : text),
  };
};

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
