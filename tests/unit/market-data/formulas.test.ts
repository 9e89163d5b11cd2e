/**
 * Each formula on series small enough to work out by hand, or published by its author; and its result for too little
 * data.
 */
import { describe, expect, it } from 'vitest';
import { analyzeSeries } from '../../../examples/market-data/analyze/analysis.ts';
import { frequencyOf, gapsIn } from '../../../examples/market-data/analyze/calendar.ts';
import { correlations } from '../../../examples/market-data/analyze/correlations.ts';
import { degreeDays } from '../../../examples/market-data/analyze/degree-days.ts';
import { drawdowns, maximumDrawdown } from '../../../examples/market-data/analyze/drawdown.ts';
import { histogram } from '../../../examples/market-data/analyze/histogram.ts';
import { correlation, standardDeviation } from '../../../examples/market-data/analyze/moments.ts';
import {
  exponentialMovingAverage,
  simpleMovingAverage,
} from '../../../examples/market-data/analyze/moving-averages.ts';
import {
  annualisedVolatility,
  compoundAnnualGrowth,
  sharpeRatio,
} from '../../../examples/market-data/analyze/performance.ts';
import { logReturns, monthlyReturns, simpleReturns } from '../../../examples/market-data/analyze/returns.ts';
import { relativeStrength } from '../../../examples/market-data/analyze/rsi.ts';
import { finiteJson } from '../../../examples/market-data/analyze/whole-file.ts';

/** Consecutive days, or every `step` days, from 2001-01-01 (a Monday) on. */
const dated = (closes: readonly number[], step = 1): { symbol: string; date: string; close: number }[] =>
  closes.map((close, index) => ({
    symbol: 'X',
    date: new Date(Date.UTC(2001, 0, 1 + index * step)).toISOString().slice(0, 10),
    close,
  }));

describe('returns', () => {
  it('go from one price to the next', () => {
    expect(simpleReturns([100, 110, 99])).toEqual([expect.closeTo(0.1, 12), expect.closeTo(-0.1, 12)]);
    expect(logReturns([1, Math.E, 1])).toEqual([1, -1]);
    expect(simpleReturns([100])).toEqual([]);
  });

  it('of months go from the last close of one to the last close of the next, over missing months too', () => {
    const rows = [
      ['2001-01-02', 90],
      ['2001-01-31', 100],
      ['2001-02-28', 110],
      ['2001-04-30', 55],
    ].map(([date, close]) => ({ date: date as string, close: close as number }));
    const found = monthlyReturns(rows);
    expect(found.map(({ month }) => month)).toEqual(['2001-02', '2001-04']);
    expect(found.map(({ simple }) => simple)).toEqual([expect.closeTo(0.1, 12), expect.closeTo(-0.5, 12)]);
    expect(found.map(({ log }) => log)).toEqual([expect.closeTo(Math.log(1.1), 12), expect.closeTo(Math.log(0.5), 12)]);
  });
});

describe('moments', () => {
  // python3 -c "import statistics as s; print(s.stdev([2,4,4,4,5,5,7,9]), s.correlation([1,2,3,5],[2,1,4,3]))"
  it('agree with Python', () => {
    expect(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(2.138089935299395, 14);
    expect(correlation([1, 2, 3, 5], [2, 1, 4, 3])).toBeCloseTo(0.5291502622129182, 14);
  });
  it('say null where they are not defined', () => {
    expect(standardDeviation([1])).toBeNull();
    expect(correlation([1, 2], [2, 4])).toBeNull();
    expect(correlation([1, 2, 3], [5, 5, 5])).toBeNull();
    expect(correlation([0.1, 0.1 + 1e-17, 0.1], [1, 2, 3])).toBeNull();
  });
  it('do not leave -1 .. 1 by rounding', () => {
    expect(correlation([0.1, 0.2, 0.3], [0.1, 0.2, 0.3])).toBeLessThanOrEqual(1);
    expect(correlation([0.1, 0.2, 0.3], [-0.1, -0.2, -0.3])).toBeCloseTo(-1, 12);
  });
});

describe('moving averages', () => {
  it('need a full window', () => {
    expect(simpleMovingAverage([1, 2, 3, 4, 8], 3)).toEqual([null, null, 2, 3, 5]);
    expect(simpleMovingAverage([1, 2], 3)).toEqual([null, null]);
  });
  it('weigh exponentially from the first window on: alpha of 3 rows is 1/2', () => {
    expect(exponentialMovingAverage([1, 2, 3, 4, 8], 3)).toEqual([null, null, 2, 3, 5.5]);
  });
});

describe('RSI', () => {
  it('is smoothed as Wilder did: gains 1, 1 and loss 1 over 2 periods, by hand', () => {
    // Changes +1 -1 | mean gain 1/2, loss 1/2: 50. Then +2: gain (1/2 + 2)/2 = 5/4, loss 1/4: 100 - 100/6.
    expect(relativeStrength([10, 11, 10, 12], 2)).toEqual([null, null, 50, expect.closeTo(100 - 100 / 6, 12)]);
  });
  it('agrees with a published table of 14 periods (StockCharts ChartSchool, cs-rsi.xls)', () => {
    const closes = [
      44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826, 45.8931, 46.0328,
      45.614, 46.282, 46.282, 46.0028, 46.0328, 46.4116,
    ];
    expect(
      relativeStrength(closes)
        .slice(14)
        .map((value) => Number(value?.toFixed(2))),
    ).toEqual([70.53, 66.32, 66.55, 69.41]);
  });
  it('is 100 without a loss, 0 without a gain, 50 without a change', () => {
    expect(relativeStrength([1, 2, 3], 2)[2]).toBe(100);
    expect(relativeStrength([3, 2, 1], 2)[2]).toBe(0);
    expect(relativeStrength([2, 2, 2], 2)[2]).toBe(50);
  });
});

describe('drawdown', () => {
  it('measures from the highest so far', () => {
    expect(drawdowns([100, 120, 90, 130, 65])).toEqual([0, 0, -0.25, 0, -0.5]);
  });
  it('has a peak, a trough and, if it came, a recovery', () => {
    expect(maximumDrawdown(dated([100, 120, 60, 120, 110]))).toEqual({
      depth: -0.5,
      peak: '2001-01-02',
      trough: '2001-01-03',
      recovered: '2001-01-04',
    });
    expect(maximumDrawdown(dated([100, 120, 60, 110]))).toMatchObject({ recovered: null });
    expect(maximumDrawdown(dated([1, 2, 3]))).toBeNull();
  });
});

describe('figures for a year', () => {
  it('compound by calendar time, and only from a year on', () => {
    expect(compoundAnnualGrowth({ date: '2000-01-01', close: 100 }, { date: '2004-01-01', close: 146.41 })).toBeCloseTo(
      0.1,
      10,
    );
    expect(compoundAnnualGrowth({ date: '2000-01-01', close: 100 }, { date: '2000-12-30', close: 300 })).toBeNull();
  });
  // python3 -c "import statistics as s; r=[.1,-.05,.02,.03]; print(s.stdev(r)*12**.5, s.fmean(r)/s.stdev(r)*252**.5)"
  it('scale with the square root of the periods', () => {
    expect(annualisedVolatility([0.1, -0.05, 0.02, 0.03], 12)).toBeCloseTo(0.212602916254693, 14);
    expect(sharpeRatio([0.1, -0.05, 0.02, 0.03], 252)).toBeCloseTo(6.4663868807886375, 12);
  });
  it('leave out a ratio to nothing', () => {
    expect(sharpeRatio([0.01, 0.01, 0.01], 12)).toBeNull();
    expect(sharpeRatio([0.01], 12)).toBeNull();
    expect(annualisedVolatility([0.01], 12)).toBeNull();
  });
});

describe('the calendar', () => {
  it('knows the rhythm by the median step', () => {
    const every = (days: number, count = 40): string[] =>
      dated(
        Array.from({ length: count }, () => 1),
        days,
      ).map(({ date }) => date);
    expect(frequencyOf(every(1))).toMatchObject({ name: 'daily', periods_per_year: 365 });
    expect(frequencyOf(every(1).filter((date) => ![0, 6].includes(new Date(date).getUTCDay())))).toMatchObject({
      name: 'daily',
      periods_per_year: 252,
    });
    expect(frequencyOf(every(7))).toMatchObject({ name: 'weekly', periods_per_year: 52 });
    expect(frequencyOf(['2001-01-01', '2001-02-01', '2001-03-01', '2001-04-01'])).toMatchObject({
      name: 'monthly',
      periods_per_year: 12,
    });
    expect(frequencyOf(every(91))).toMatchObject({ name: 'quarterly', periods_per_year: 4 });
    expect(frequencyOf(every(365))).toMatchObject({ name: 'yearly', periods_per_year: 1 });
    expect(frequencyOf(every(15))).toBeNull();
    expect(frequencyOf(every(1, 2))).toBeNull();
  });
  it('finds gaps, and takes a long weekend for none', () => {
    const dates = [
      '2001-08-30',
      '2001-08-31',
      '2001-09-04',
      '2001-09-05',
      '2001-09-06',
      '2001-09-07',
      '2001-09-10',
      '2001-09-17',
      '2001-09-18',
    ];
    const frequency = frequencyOf(dates);
    expect(frequency).toMatchObject({ periods_per_year: 252 });
    expect(gapsIn(dates, frequency as NonNullable<typeof frequency>)).toEqual([
      { from: '2001-09-10', to: '2001-09-17', days: 7 },
    ]);
  });
});

describe('correlation of series', () => {
  const series = (key: string, rows: { date: string; close: number }[]) => ({
    key,
    rows,
    frequency: frequencyOf(rows.map(({ date }) => date)),
  });
  it('is of returns between common dates only', () => {
    const left = series('a', dated([1, 2, 4, 2, 8, 4]));
    // Without the third day; it goes the opposite way in each of the common steps.
    const right = series(
      'b',
      dated([1, 1 / 2, 99, 1 / 2, 1 / 8, 1 / 4]).filter((_, index) => index !== 2),
    );
    expect(correlations([left, right])).toEqual([
      { left: 'a', right: 'b', r: expect.closeTo(-1, 12), returns: 4, aligned: 'dates' },
    ]);
  });
  it('is by month where the rhythms differ', () => {
    const daily = series('d', dated(Array.from({ length: 120 }, (_, index) => 100 + (index % 7))));
    const monthly = series(
      'm',
      ['2001-01-01', '2001-02-01', '2001-03-01', '2001-04-01'].map((date, index) => ({
        date,
        close: [1, 3, 2, 5][index] as number,
      })),
    );
    expect(correlations([daily, monthly])[0]).toMatchObject({ returns: 3, aligned: 'months', r: expect.any(Number) });
  });
  it('is null without common dates', () => {
    expect(
      correlations([series('a', dated([1, 2, 3])), series('b', [{ date: '1990-01-01', close: 1 }])])[0],
    ).toMatchObject({ r: null, returns: 0 });
  });
});

describe('histogram', () => {
  it('counts every value, with an edge at zero', () => {
    const values = [-0.5, -0.01, 0, 0.01, 0.01, 0.02, 0.02, 0.03, 0.9];
    const found = histogram(values);
    expect(found?.counts.reduce((sum, count) => sum + count, 0)).toBe(values.length);
    expect(found?.counts.length).toBeLessThanOrEqual(60);
    const zero = -(found?.from ?? 0) / (found?.width ?? 1);
    expect(zero).toBeCloseTo(Math.round(zero), 9);
    expect(found?.counts.slice(0, Math.round(zero)).reduce((sum, count) => sum + count, 0)).toBe(2);
  });
  it('is left out when there is nothing to see', () => {
    expect(histogram([1, 2, 3])).toBeNull();
    expect(histogram(Array.from({ length: 20 }, () => 0.1))).toBeNull();
  });
});

it('degree days count from 65 °F', () => {
  // 0 °C is 32 °F, 33 below the base; 25 °C is 77 °F, 12 above.
  expect(degreeDays({ temp_max: 5, temp_min: -5 })).toEqual({ hdd: 33, cdd: 0 });
  expect(degreeDays({ temp_max: 30, temp_min: 20 })).toEqual({ hdd: 0, cdd: 12 });
});

describe('a series that is too short or odd', () => {
  const lengths: [string, readonly number[]][] = [
    ['one row', [5]],
    ['two rows', [5, 6]],
    ['three equal rows', [5, 5, 5]],
    ['tiny prices', [1e-9, 1e12, 1e-9, 1e12]],
  ];
  it.each(lengths)('%s: says so, and never NaN or Infinity', (_, closes) => {
    const { analysis, indicators } = analyzeSeries('x', { symbol: 'X', file: 'x.csv', rows: dated(closes) });
    expect(() => finiteJson([analysis, indicators])).not.toThrow();
    expect(analysis.rows).toBe(closes.length);
    expect(analysis.notes.join(' ')).toContain('Too short for the RSI: 15 rows are needed');
    for (const figure of ['cagr', 'sharpe'] as const)
      if (analysis[figure] === null) expect(analysis.notes.length).toBeGreaterThan(1);
  });
  it('finiteJson refuses what JSON cannot say', () => {
    expect(() => finiteJson({ a: [{ b: Number.NaN }] })).toThrow('"b" is NaN');
    expect(() => finiteJson({ a: 1 / 0 })).toThrow('"a" is Infinity');
  });
});
