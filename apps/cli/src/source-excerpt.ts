import { readFileSync } from 'node:fs';
import { columnsOf } from './terminal.ts';

/** Width of an excerpt, columns. */
const WIDTH = 120;

/**
 * The source line at `file:line:col` with a caret below the column; empty if the line does not exist. `files` caches
 * what was read.
 */
export const sourceExcerpt = (place: string, files = new Map<string, readonly string[]>()): readonly string[] => {
  const [, file, line, col] = /^(.+):(\d+):(\d+)$/s.exec(place) ?? [];
  const text = file === undefined ? undefined : lineOf(file, Number(line), files);
  if (text === undefined) return [];
  const column = Math.min(Number(col) - 1, text.length);
  // Shows the part of a long line around the column.
  const start = Math.max(0, Math.min(column - WIDTH / 2, text.length - WIDTH));
  const cut = visible(text.slice(start, start + WIDTH));
  const before = visible(text.slice(start, column));
  const gutter = `${line} | `;
  return [
    `${gutter}${start > 0 ? '…' : ''}${cut.trimEnd()}`,
    `${' '.repeat(line!.length)} | ${start > 0 ? ' ' : ''}${' '.repeat(columnsOf(before))}^`,
  ];
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

/** Replaces control characters by one-column marks, so that the caret stays in place. */
const visible = (text: string): string => text.replaceAll('\t', ' ').replaceAll(/[\0-\x1f\x7f-\x9f\ufeff]/g, '\ufffd');
