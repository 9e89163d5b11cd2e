import { readFileSync } from 'node:fs';
import { columnsOf } from './terminal.ts';

/** Columns of the source that are shown. */
const WIDTH = 120;

/** The source line of a place `file:line:col`, and a caret under its column; nothing when the place has no line. `files` keeps what was read. */
export const sourceExcerpt = (place: string, files = new Map<string, readonly string[]>()): readonly string[] => {
  const [, file, line, col] = /^(.+):(\d+):(\d+)$/s.exec(place) ?? [];
  const text = file === undefined ? undefined : lineOf(file, Number(line), files);
  if (text === undefined) return [];
  const column = Math.min(Number(col) - 1, text.length);
  // Of a long line, the part around the place.
  const start = Math.max(0, Math.min(column - WIDTH / 2, text.length - WIDTH));
  const cut = visible(text.slice(start, start + WIDTH));
  const before = visible(text.slice(start, column));
  const gutter = `${line} | `;
  return [`${gutter}${start > 0 ? '…' : ''}${cut.trimEnd()}`, `${' '.repeat(line!.length)} | ${start > 0 ? ' ' : ''}${' '.repeat(columnsOf(before))}^`];
};

const lineOf = (file: string, line: number, files: Map<string, readonly string[]>): string | undefined => {
  try {
    const lines = files.get(file) ?? linesOf(readFileSync(file, 'utf8'));
    files.set(file, lines);
    return lines[line - 1];
  } catch {
    return undefined;
  }
};

const linesOf = (text: string): readonly string[] => text.replace(/^\ufeff/, '').split(/\r?\n/);

/** One column each: what a terminal would obey is shown as a mark, so that the caret stays under its column. */
const visible = (text: string): string => text.replaceAll('\t', ' ').replaceAll(/[\0-\x1f\x7f-\x9f\ufeff]/g, '\ufffd');
