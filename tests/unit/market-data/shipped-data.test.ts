/**
 * The whole chain on the files that ship with vega-datasets: the same numbers as committed, and as worked out by
 * another program.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Analysis } from '../../../examples/market-data/analyze/analysis.ts';
import { type Chain, runChain } from './run-stages.ts';

const EXPECTED = new URL('../../../examples/market-data/expected/', import.meta.url);
const json = async (place: URL | string): Promise<unknown> => JSON.parse(await readFile(place, 'utf8'));

let chain: Chain;
let analysis: Analysis;
beforeAll(async () => {
  chain = await runChain(['--source', 'all']);
  analysis = (await json(chain.analyzed.analysis.path)) as Analysis;
}, 60_000);

describe('the shipped data', () => {
  it('is translated into the same bytes as ever', async () => {
    const files = chain.translated.files.map((file) => ({ ...file, path: undefined }));
    expect({ rows: chain.translated.rows, bad_rows: chain.translated.bad_rows, files }).toEqual(
      await json(new URL('translated.json', EXPECTED)),
    );
  });

  it('is analysed into the same numbers as ever', async () => {
    expectClose(inShort(analysis), await json(new URL('analysis.json', EXPECTED)), 'analysis');
  });

  it('has the figures that Python works out from the raw files', async () => {
    const independent = (await json(new URL('independent.json', import.meta.url))) as Independent;
    for (const [key, figures] of Object.entries(independent.series)) {
      const series = analysis.series.find((one) => one.key === key);
      expectClose(
        {
          cagr: series?.cagr,
          volatility: series?.volatility,
          sharpe: series?.sharpe,
          drawdown: series?.max_drawdown?.depth,
          best: [series?.best?.date, series?.best?.simple],
          worst: [series?.worst?.date, series?.worst?.simple],
          rsi: series?.last.rsi,
          sma_slow: series?.last.sma_slow,
          ema: series?.last.ema,
        },
        figures,
        key,
      );
    }
    for (const [pair, figures] of Object.entries(independent.correlations)) {
      const found = analysis.correlations.find(({ left, right }) => `${left}/${right}` === pair);
      expectClose([found?.r, found?.returns], figures, pair);
    }
    for (const [location, sums] of Object.entries(independent.weather)) {
      const months = analysis.weather.find((place) => place.location === location)?.months ?? [];
      expectClose(
        { hdd: months.reduce((sum, { hdd }) => sum + hdd, 0), cdd: months.reduce((sum, { cdd }) => sum + cdd, 0) },
        sums,
        location,
      );
    }
  });

  it('becomes one table, the same in CSV and NDJSON', async () => {
    const csv = (await readFile(chain.artifacts.get('market-data.csv') as string, 'utf8')).trimEnd().split('\r\n');
    const rows = (await readFile(chain.artifacts.get('market-data.ndjson') as string, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows).toHaveLength(5_788);
    expect(csv).toHaveLength(5_789);
    expect(csv[0]).toBe(Object.keys(rows[0] as object).join(','));
    expect(csv[1]).toBe('sp500-2000.csv,sp500-2000,2000-01-03,1469.25,1478,1438.359985,1455.219971,931800000,,,,,,,0');
    for (const index of [0, 1, 200, 5_104, 5_787]) {
      expect(csv[index + 1]).toBe(
        Object.values(rows[index] as object)
          .map((value) => value ?? '')
          .join(','),
      );
    }
  });

  it('gives files that are what their digests say', async () => {
    for (const { path, sha256, bytes } of [
      ...chain.translated.files,
      ...chain.analyzed.indicators,
      chain.analyzed.analysis,
      chain.merged.table,
      chain.merged.report,
    ]) {
      const content = await readFile(path);
      expect([content.length, createHash('sha256').update(content).digest('hex')]).toEqual([bytes, sha256]);
    }
  });

  it('keeps every stage output far below the 256 KiB of an inline output', () => {
    for (const output of [chain.translated, chain.analyzed, chain.merged])
      expect(JSON.stringify(output).length).toBeLessThan(16 * 1024);
  });
});

/** The monthly returns of 27 years are their number and their sum here. */
const inShort = (whole: Analysis): object => ({
  ...whole,
  series: whole.series.map(({ monthly_returns, ...one }) => ({
    ...one,
    monthly_returns: { count: monthly_returns.length, log_sum: monthly_returns.reduce((sum, { log }) => sum + log, 0) },
  })),
});

interface Independent {
  readonly series: Readonly<Record<string, object>>;
  readonly correlations: Readonly<Record<string, readonly [number, number]>>;
  readonly weather: Readonly<Record<string, object>>;
}

/** Equal, but for the last digits: another order of additions, or another libm, may round differently. */
function expectClose(found: unknown, expected: unknown, path: string): void {
  if (typeof expected === 'number' && typeof found === 'number') {
    const tolerance = 1e-9 * Math.max(1e-3, Math.abs(expected));
    expect(Math.abs(found - expected), `${path}: ${found} instead of ${expected}`).toBeLessThanOrEqual(tolerance);
  } else if (typeof expected === 'object' && expected !== null && typeof found === 'object' && found !== null) {
    expect(Object.keys(found), path).toEqual(Object.keys(expected));
    for (const [key, value] of Object.entries(expected))
      expectClose((found as Record<string, unknown>)[key], value, `${path}.${key}`);
  } else expect(found, path).toEqual(expected);
}
