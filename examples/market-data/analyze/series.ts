/** One symbol's prices, in order of date. */
import { NonRetryableError } from '@millrace/core';
import type { TranslatedFile } from '../shapes.ts';
import { verifiedLines } from './verified-lines.ts';

export interface PriceRow {
  readonly symbol: string;
  /** YYYY-MM-DD */
  readonly date: string;
  readonly open?: number;
  readonly high?: number;
  readonly low?: number;
  readonly close: number;
  readonly volume?: number;
}

export interface Series {
  readonly symbol: string;
  readonly file: string;
  /** By date, no date twice, at least one. */
  readonly rows: readonly PriceRow[];
}

/** One file's rows are held in memory; this many take about 1 GB. */
const MOST_ROWS = 4_000_000;

/** The series of a translated file of prices, in the order in which they first appear. */
export async function readSeries(file: TranslatedFile, signal: AbortSignal): Promise<Series[]> {
  const rowsOf = await readGrouped<PriceRow>(file, (row) => row.symbol, signal);
  return [...rowsOf].map(([symbol, rows]) => ({ symbol, file: file.file, rows }));
}

/** The rows of a translated file by `keyOf`, each group in order of date. */
export async function readGrouped<Row extends { readonly date: string }>(
  file: TranslatedFile,
  keyOf: (row: Row) => string,
  signal: AbortSignal,
): Promise<Map<string, Row[]>> {
  if (file.rows > MOST_ROWS)
    throw new NonRetryableError(
      `${file.file} has ${file.rows} rows; the analyzer takes up to ${MOST_ROWS} a file: split it by symbol`,
    );
  const groups = new Map<string, Row[]>();
  for await (const line of verifiedLines(file, signal)) {
    const row = JSON.parse(line) as Row;
    const group = groups.get(keyOf(row));
    if (group) group.push(row);
    else groups.set(keyOf(row), [row]);
  }
  if (file.out_of_order > 0) for (const group of groups.values()) group.sort((a, b) => (a.date < b.date ? -1 : 1));
  return groups;
}
