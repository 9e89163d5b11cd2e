/** Joins each row of prices with its indicators: both are ordered by series and date, so they are read side by side. */
import { NonRetryableError } from '@millrace/core';
import type { Indicators } from '../analyze/analysis.ts';
import { readSeries } from '../analyze/series.ts';
import { verifiedLines } from '../analyze/verified-lines.ts';
import type { Analyzed, Translated } from '../shapes.ts';

/** One line of the table; null where there is no value. */
export interface MergedRow extends Indicators {
  readonly file: string;
  readonly open: number | null;
  readonly high: number | null;
  readonly low: number | null;
  readonly close: number;
  readonly volume: number | null;
}

export const COLUMNS = [
  'file',
  'symbol',
  'date',
  'open',
  'high',
  'low',
  'close',
  'volume',
  'simple_return',
  'log_return',
  'sma_fast',
  'sma_slow',
  'ema',
  'rsi',
  'drawdown',
] as const satisfies readonly (keyof MergedRow)[];

/** One file in memory at a time. Throws when the two sides do not match, row for row. */
export async function* mergedRows(
  translated: Translated,
  analyzed: Analyzed,
  signal: AbortSignal,
): AsyncGenerator<MergedRow> {
  for (const indicators of analyzed.indicators) {
    const prices = translated.files.find(({ file }) => file === indicators.file);
    if (!prices)
      throw new NonRetryableError(`the analyzer speaks of ${indicators.file}, which the translator did not read`);
    const lines = verifiedLines(indicators, signal);
    for (const { rows, symbol } of await readSeries(prices, signal)) {
      for (const row of rows) {
        const line = await lines.next();
        const indicator = line.done ? null : (JSON.parse(line.value) as Indicators);
        if (indicator?.symbol !== symbol || indicator.date !== row.date)
          throw mismatch(
            indicators.file,
            `${symbol} ${row.date}`,
            indicator && `${indicator.symbol} ${indicator.date}`,
          );
        yield {
          file: indicators.file,
          symbol,
          date: row.date,
          open: row.open ?? null,
          high: row.high ?? null,
          low: row.low ?? null,
          close: row.close,
          volume: row.volume ?? null,
          ...withoutKeys(indicator),
        };
      }
    }
    const rest = await lines.next();
    if (!rest.done) throw mismatch(indicators.file, 'no more rows', rest.value.slice(0, 80));
  }
}

function withoutKeys({
  simple_return,
  log_return,
  sma_fast,
  sma_slow,
  ema,
  rsi,
  drawdown,
}: Indicators): Omit<Indicators, 'symbol' | 'date'> {
  return { simple_return, log_return, sma_fast, sma_slow, ema, rsi, drawdown };
}

const mismatch = (file: string, expected: string, found: string | null): NonRetryableError =>
  new NonRetryableError(
    `the prices and the indicators of ${file} do not match: expected ${expected}, found ${found ?? 'the end'}; run the analyzer again`,
  );
