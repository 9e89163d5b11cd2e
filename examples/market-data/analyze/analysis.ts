/** Everything that is said about one series of prices, and about all of them together. */
import { type Frequency, type Gap, frequencyOf, gapsIn } from './calendar.ts';
import type { PairCorrelation } from './correlations.ts';
import type { WeatherAnalysis } from './degree-days.ts';
import { type MaximumDrawdown, drawdowns, maximumDrawdown } from './drawdown.ts';
import { type Histogram, histogram } from './histogram.ts';
import { exponentialMovingAverage, simpleMovingAverage } from './moving-averages.ts';
import { annualisedVolatility, compoundAnnualGrowth, sharpeRatio } from './performance.ts';
import { type MonthlyReturn, logReturns, monthlyReturns, simpleReturns } from './returns.ts';
import { RSI_PERIOD, relativeStrength } from './rsi.ts';
import type { PriceRow, Series } from './series.ts';

export interface Analysis {
  readonly series: readonly SeriesAnalysis[];
  readonly correlations: readonly PairCorrelation[];
  readonly weather: readonly WeatherAnalysis[];
}

/** Rates are fractions a year; null always comes with a note that says why. */
export interface SeriesAnalysis {
  readonly key: string;
  readonly symbol: string;
  readonly file: string;
  readonly rows: number;
  readonly from: string;
  readonly to: string;
  readonly first_close: number;
  readonly last_close: number;
  readonly frequency: Frequency['name'] | null;
  readonly periods_per_year: number | null;
  readonly windows: Windows;
  readonly gaps: { readonly count: number; readonly longest: readonly Gap[] };
  readonly total_return: number;
  readonly cagr: number | null;
  readonly volatility: number | null;
  readonly sharpe: number | null;
  readonly max_drawdown: MaximumDrawdown | null;
  readonly best: DatedReturn | null;
  readonly worst: DatedReturn | null;
  readonly last: Omit<Indicators, 'symbol' | 'date'>;
  readonly histogram: Histogram | null;
  readonly monthly_returns: readonly MonthlyReturn[];
  readonly notes: readonly string[];
}

export interface DatedReturn {
  readonly date: string;
  readonly simple: number;
}

/** One row's indicators; null while there are too few rows before it. */
export interface Indicators {
  readonly symbol: string;
  readonly date: string;
  readonly simple_return: number | null;
  readonly log_return: number | null;
  readonly sma_fast: number | null;
  readonly sma_slow: number | null;
  readonly ema: number | null;
  readonly rsi: number | null;
  readonly drawdown: number;
}

/** Rows of the fast and slow simple averages and of the exponential one. */
export interface Windows {
  readonly fast: number;
  readonly slow: number;
  readonly ema: number;
}

/*
 * The daily 50 and 200 of every chart; a month has about 21 sessions, and 10 months are Faber's rule (Journal of Wealth
 * Management, 2007).
 */
const DAILY_WINDOWS: Windows = { fast: 50, slow: 200, ema: 20 };
const WEEKLY_WINDOWS: Windows = { fast: 10, slow: 40, ema: 10 };
const SLOWER_WINDOWS: Windows = { fast: 3, slow: 10, ema: 6 };
const GAPS_SHOWN = 5;

export function analyzeSeries(key: string, series: Series): { analysis: SeriesAnalysis; indicators: Indicators[] } {
  const { rows, symbol, file } = series;
  const dates = rows.map(({ date }) => date);
  const prices = rows.map(({ close }) => close);
  const frequency = frequencyOf(dates);
  const windows = windowsFor(frequency);
  const indicators = indicatorsOf(symbol, dates, prices, windows);
  const simple = simpleReturns(prices);
  const first = rows[0] as PriceRow;
  const last = rows.at(-1) as PriceRow;
  const gaps = frequency ? gapsIn(dates, frequency) : [];
  const figures = {
    cagr: compoundAnnualGrowth(first, last),
    volatility: frequency && annualisedVolatility(logReturns(prices), frequency.periods_per_year),
    sharpe: frequency && sharpeRatio(simple, frequency.periods_per_year),
  };
  const { symbol: _symbol, date: _date, ...lastIndicators } = indicators.at(-1) as Indicators;
  const analysis: SeriesAnalysis = {
    key,
    symbol,
    file,
    rows: rows.length,
    from: first.date,
    to: last.date,
    first_close: first.close,
    last_close: last.close,
    frequency: frequency?.name ?? null,
    periods_per_year: frequency?.periods_per_year ?? null,
    windows,
    gaps: { count: gaps.length, longest: [...gaps].sort((a, b) => b.days - a.days).slice(0, GAPS_SHOWN) },
    total_return: last.close / first.close - 1,
    ...figures,
    max_drawdown: maximumDrawdown(rows),
    best: extreme(dates, simple, (value, best) => value > best),
    worst: extreme(dates, simple, (value, worst) => value < worst),
    last: lastIndicators,
    histogram: histogram(simple),
    monthly_returns: monthlyReturns(rows),
    notes: notesOn(rows.length, frequency, windows, figures, gaps.length),
  };
  return { analysis, indicators };
}

function windowsFor(frequency: Frequency | null): Windows {
  if (frequency?.name === 'daily') return DAILY_WINDOWS;
  return frequency?.name === 'weekly' ? WEEKLY_WINDOWS : SLOWER_WINDOWS;
}

function indicatorsOf(
  symbol: string,
  dates: readonly string[],
  prices: readonly number[],
  windows: Windows,
): Indicators[] {
  const simple = simpleReturns(prices);
  const log = logReturns(prices);
  const fast = simpleMovingAverage(prices, windows.fast);
  const slow = simpleMovingAverage(prices, windows.slow);
  const ema = exponentialMovingAverage(prices, windows.ema);
  const rsi = relativeStrength(prices);
  const depth = drawdowns(prices);
  return dates.map((date, index) => ({
    symbol,
    date,
    simple_return: simple[index - 1] ?? null,
    log_return: log[index - 1] ?? null,
    sma_fast: fast[index] ?? null,
    sma_slow: slow[index] ?? null,
    ema: ema[index] ?? null,
    rsi: rsi[index] ?? null,
    drawdown: depth[index] as number,
  }));
}

/** The first of equals; `returns[i]` ends on `dates[i + 1]`. */
function extreme(
  dates: readonly string[],
  returns: readonly number[],
  beats: (value: number, best: number) => boolean,
): DatedReturn | null {
  if (returns.length === 0) return null;
  const index = returns.reduce((best, value, at) => (beats(value, returns[best] as number) ? at : best), 0);
  return { date: dates[index + 1] as string, simple: returns[index] as number };
}

function notesOn(
  rows: number,
  frequency: Frequency | null,
  windows: Windows,
  figures: Pick<SeriesAnalysis, 'cagr' | 'volatility' | 'sharpe'>,
  gaps: number,
): string[] {
  const notes: string[] = [];
  if (rows < 3)
    notes.push(
      `Too short for a frequency: 3 rows are needed, it has ${rows}. Volatility and Sharpe ratio are left out.`,
    );
  else if (!frequency)
    notes.push(
      'The rows follow no daily, weekly, monthly, quarterly or yearly rhythm. Volatility and Sharpe ratio are left out.',
    );
  if (figures.cagr === null) notes.push('It spans less than a year: growth is not extrapolated to one.');
  if (frequency && figures.sharpe === null) notes.push('Its returns do not vary: the Sharpe ratio is not defined.');
  if (rows <= RSI_PERIOD) notes.push(`Too short for the RSI: ${RSI_PERIOD + 1} rows are needed, it has ${rows}.`);
  if (rows < windows.slow) notes.push(`Too short for the moving average of ${windows.slow}: it has ${rows} rows.`);
  if (gaps > 0)
    notes.push(
      `${gaps} ${gaps === 1 ? 'gap is' : 'gaps are'} longer than the rhythm allows; nothing is filled in, the return over a gap is one return.`,
    );
  return notes;
}
