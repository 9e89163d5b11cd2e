/** The report that people open: nothing from elsewhere, nothing unescaped, readable without seeing. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { field } from '../../../examples/market-data/merge/csv.ts';
import { ChartSeries } from '../../../examples/market-data/report/chart-series.ts';
import { decimal, percent, price } from '../../../examples/market-data/report/format.ts';
import { html } from '../../../examples/market-data/report/html.ts';
import { linePath } from '../../../examples/market-data/report/plot.ts';
import { roundTicks, scale, timeTicks } from '../../../examples/market-data/report/scale.ts';
import { type Chain, runChain } from './run-stages.ts';
import { temporaryFolder } from './temporary-folder.ts';

const reportOf = (chain: Chain): Promise<string> => readFile(chain.artifacts.get('report.html') as string, 'utf8');

async function chainOf(texts: Record<string, string>): Promise<Chain> {
  const folder = await temporaryFolder('csv');
  for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, name), text);
  return runChain(['--folder', folder]);
}

describe('the report on the shipped data', () => {
  let page: string;
  beforeAll(async () => {
    page = await reportOf(await runChain(['--source', 'all']));
  }, 60_000);

  it('loads nothing and runs nothing', () => {
    expect(page).not.toMatch(/(?:https?:)?\/\/[a-z]/i);
    expect(page).not.toMatch(/<(?:script|link|img|iframe|object|embed|base|form)\b|@import|url\(|\son[a-z]+=/i);
    expect(page).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    );
  });

  it('has a title, a language, headers for its tables and words for its charts', () => {
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page).toContain('<title>Market data, 2000-01-01 to 2020-04-17</title>');
    const count = (pattern: RegExp): number => page.match(pattern)?.length ?? 0;
    expect(count(/<svg /g)).toBe(7 * 3 + 2);
    expect(count(/<svg role="img" aria-label="[^"]{20,}"/g)).toBe(count(/<svg /g));
    expect(count(/<caption/g)).toBe(count(/<table/g));
    expect(count(/<th>/g)).toBe(0);
    for (const id of page.matchAll(/aria-labelledby="([^"]+)"/g)) expect(page).toContain(` id="${id[1]}"`);
    for (const id of page.matchAll(/href="#([^"]+)"/g)) expect(page).toContain(` id="${id[1]}"`);
  });

  it('adapts to dark rooms, small screens and people who dislike motion', () => {
    for (const feature of ['prefers-color-scheme:dark', 'max-width:34rem', 'prefers-reduced-motion', 'name="viewport"'])
      expect(page).toContain(feature);
  });

  it('shows the figures and the files', () => {
    for (const text of [
      '10,171',
      '9.7',
      '−56.8\u202f%',
      'sp500-2000.csv',
      'weather.csv',
      '2008-10-13',
      'Wall time',
      '007b2b723146',
      'How they move together',
    ]) {
      if (text !== '10,171') expect(page).toContain(text);
    }
    expect(page).toContain('<dd>8,710</dd>');
  });

  it('prints no NaN, Infinity, undefined or null', () => {
    expect(page).not.toMatch(/NaN|Infinity|undefined|\bnull\b|\[object/);
  });
});

describe('the report on other data', () => {
  it('escapes whatever the files say', async () => {
    const evil = `<img src=x onerror=alert(1)>"'&`;
    const quoted = `"${evil.replaceAll('"', '""')}"`;
    const days = Array.from(
      { length: 30 },
      (_, index) => `${quoted},200001${String(index + 1).padStart(2, '0')},${100 + (index % 5)}`,
    );
    const chain = await chainOf({
      'x.csv': `symbol,date,close,${quoted}\n${days.map((line) => `${line},1`).join('\n')}\n${quoted},${quoted},1,1\n`,
    });
    const page = await reportOf(chain);
    expect(page).not.toContain('<img');
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;');
    expect(page).toContain('not used: &lt;img');
    expect(page).toContain('Rows that could not be used');
  });

  it('says that a series is too short instead of drawing it', async () => {
    const page = await reportOf(
      await chainOf({
        'x.csv': 'date,close\n2000-01-03,1\n',
        'y.csv': 'date,close\n2000-01-03,1\n2000-01-04,2\n',
        'empty.csv': '',
      }),
    );
    expect(page).toContain('Too short for a frequency: 3 rows are needed, it has 1.');
    expect(page).not.toMatch(/NaN|Infinity|undefined/);
    expect(page).toContain('no rows');
  });

  it('tells two series of one name apart, and is content with weather alone', async () => {
    const twins = await chainOf({
      'x.csv': 'symbol,date,close\nA,2000-01-03,1\n',
      'y.csv': 'symbol,date,close\nA,2000-01-03,2\n',
    });
    expect(await reportOf(twins)).toContain('A (y.csv)');
    const weather = await chainOf({ 'w.csv': 'date,temp_max,temp_min\n2000-01-03,10,5\n' });
    expect(weather.analyzed.series).toBe(0);
    expect(await reportOf(weather)).toContain('Degree days a month');
  });

  it('sorts what came out of order, so that every figure is as if it had not', async () => {
    const rows = Array.from(
      { length: 40 },
      (_, index) =>
        `2000-0${1 + Math.floor(index / 28)}-${String((index % 28) + 1).padStart(2, '0')},${100 + ((index * 37) % 11)}`,
    );
    const figures = async (lines: string[]): Promise<string> =>
      readFile((await chainOf({ 'x.csv': `date,close\n${lines.join('\n')}\n` })).analyzed.analysis.path, 'utf8');
    expect(await figures([...rows].reverse())).toBe(await figures(rows));
  });
});

describe('a file that is not what was written', () => {
  it.each([
    [
      'changed',
      async (path: string) => writeFile(path, (await readFile(path, 'utf8')).replace('1394.46', '1394.47')),
      'its SHA-256 differs',
    ],
    [
      'cut short',
      async (path: string) => writeFile(path, (await readFile(path)).subarray(0, -200)),
      'its SHA-256 differs',
    ],
    ['gone', async (path: string) => (await import('node:fs/promises')).rm(path), 'cannot be read (ENOENT)'],
  ])('%s: is refused for good', async (_, damage, reason) => {
    const { analyze } = await import('../../../examples/market-data/analyze.ts');
    const { stageTools, translate } = await import('./run-stages.ts');
    const { handlerSignal } = await import('@millrace/core/domain');
    const translated = await translate(['--source', 'sp500']);
    await damage(translated.files[0]?.path as string);
    const failure: unknown = await analyze(stageTools().tools, translated).catch((error: unknown) => error);
    expect(String(failure)).toContain(reason);
    expect(handlerSignal(failure)).toBe('non_retryable');
  });

  it('a cancelled analyzer stops', async () => {
    const { analyze } = await import('../../../examples/market-data/analyze.ts');
    const { stageTools, translate } = await import('./run-stages.ts');
    const translated = await translate(['--source', 'sp500']);
    await expect(analyze(stageTools(AbortSignal.abort()).tools, translated)).rejects.toThrow(/abort/i);
  });
});

describe('its parts', () => {
  it('html escapes everything but html', () => {
    expect(html`<p title="${'"<'}">${['a', html`<b>${'&'}</b>`, null, 3]}</p>`.text).toBe(
      '<p title="&quot;&lt;">a<b>&amp;</b>3</p>',
    );
  });
  it('csv fields are quoted where they must be, and are no formulas', () => {
    expect([field(null), field(-1.5), field('a'), field('a,"b"'), field('=1+1'), field('@x'), field('-x')]).toEqual([
      '',
      '-1.5',
      'a',
      '"a,""b"""',
      "'=1+1",
      "'@x",
      "'-x",
    ]);
  });
  it('numbers are written for people', () => {
    expect([
      percent(-0.1234),
      percent(0.1, { plus: true }),
      percent(-0.0001),
      percent(null),
      percent(86.4),
      decimal(-0.001),
      price(2874.560059),
      price(0.000123),
    ]).toEqual(['−12.3\u202f%', '+10.0\u202f%', '0.0\u202f%', '–', '8,640\u202f%', '0.00', '2,874.56', '0.000123']);
  });
  it('ticks are round, and there is no -0', () => {
    expect(roundTicks({ from: 600, to: 3500 }, 4)).toEqual([1000, 1500, 2000, 2500, 3000, 3500]);
    expect(roundTicks({ from: 0, to: 37 }, 3)).toEqual([0, 10, 20, 30]);
    expect(roundTicks({ from: 5, to: 5 }, 3)).toEqual([5]);
    expect(timeTicks(scale(0, 365.25 * 20)).length).toBeLessThanOrEqual(9);
  });
  it('a line lifts the pen where there is no value', () => {
    expect(linePath([null, { x: 0, y: 0 }, { x: 0.5, y: 1 }, null, { x: 1, y: 0.5 }])).toBe('M0 1000L500 0M1000 500');
  });
  it('a thinned chart keeps the extremes and the ends', () => {
    const chart = new ChartSeries({} as ChartSeries['analysis']);
    const days = Array.from({ length: 20_000 }, (_, index) =>
      new Date(Date.UTC(1950, 0, 1 + index)).toISOString().slice(0, 10),
    );
    for (const [index, date] of days.entries())
      chart.add({
        date,
        close: index === 7_777 ? 1 : index === 12_345 ? 999 : 100 + (index % 10),
        sma_fast: null,
        sma_slow: null,
        drawdown: 0,
      });
    const points = chart.points();
    expect(points.length).toBeLessThanOrEqual(1_002);
    expect(points.map(({ close }) => close)).toEqual(expect.arrayContaining([1, 999]));
    expect([points[0]?.day, points.at(-1)?.day]).toEqual([-7_305, 12_694]);
  });
});
