import type { Colour, Terminal } from '../terminal.ts';

/** Prints a log line prefixed with the name of its process. */
export type ShowLine = (label: string, line: string) => void;

/** Unchanged: JSON, for log collectors. */
export const rawLines =
  (terminal: Terminal): ShowLine =>
  (label, line) =>
    terminal.say(`${terminal.paint('dim', `${label.padEnd(WIDTH)} |`)} ${line}`);

const WIDTH = 9;
const LEVELS: readonly (readonly [number, string, Colour])[] = [
  [60, 'fatal', 'red'],
  [50, 'error', 'red'],
  [40, 'warn', 'yellow'],
  [30, 'info', 'green'],
  [20, 'debug', 'blue'],
  [10, 'trace', 'dim'],
];
const HIDDEN = new Set(['level', 'time', 'msg', 'name', 'pid', 'hostname', 'process', 'v']);

/** Human-readable: time, level, message, other fields. Lines that are not from pino pass unchanged. */
export const prettyLines = (terminal: Terminal): ShowLine => {
  const raw = rawLines(terminal);
  return (label, line) => {
    const record = parse(line);
    if (record === null) return raw(label, line);
    const [, level, colour] = LEVELS.find(([least]) => record.level >= least) ?? LEVELS.at(-1)!;
    const rest = Object.entries(record).filter(([key]) => !HIDDEN.has(key) && key !== 'err');
    const facts = rest
      .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
      .join(' ');
    const time = terminal.paint('dim', new Date(record.time).toISOString().slice(11, 23));
    raw(
      label,
      `${time} ${terminal.paint(colour, level.padEnd(5))} ${record.msg ?? ''}${facts === '' ? '' : ` ${terminal.paint('dim', facts)}`}`,
    );
    const stack = (record['err'] as { stack?: string } | undefined)?.stack;
    if (stack !== undefined) for (const part of stack.split('\n')) raw(label, `  ${terminal.paint('dim', part)}`);
  };
};

interface Record extends Readonly<globalThis.Record<string, unknown>> {
  readonly level: number;
  readonly time: number;
  readonly msg?: string;
}
const parse = (line: string): Record | null => {
  if (!line.startsWith('{')) return null;
  try {
    const record = JSON.parse(line) as Partial<Record>;
    return typeof record.level === 'number' && typeof record.time === 'number' ? (record as Record) : null;
  } catch {
    return null;
  }
};
