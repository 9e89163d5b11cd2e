/** Growth, risk and their ratio, for a year. */
import { dayNumber } from './calendar.ts';
import { isFlat, mean, standardDeviation } from './moments.ts';

const DAYS_PER_YEAR = 365.25;

/**
 * Compound annual growth rate (last / first)^(1 / years) - 1, a fraction, by calendar time. Null when the rows span
 * less than a year: a shorter return is not extrapolated (GIPS Standards 2020, 2.A.12). CFA Institute, Quantitative
 * Methods, "geometric mean return".
 */
export function compoundAnnualGrowth(
  first: { readonly date: string; readonly close: number },
  last: { readonly date: string; readonly close: number },
): number | null {
  const days = dayNumber(last.date) - dayNumber(first.date);
  return days < 365 ? null : (last.close / first.close) ** (DAYS_PER_YEAR / days) - 1;
}

/**
 * Sample deviation of log returns x sqrt(periods per year), a fraction; null for fewer than 2 returns. Hull, Options,
 * Futures and Other Derivatives, "Estimating volatility from historical data".
 */
export function annualisedVolatility(logReturns: readonly number[], periodsPerYear: number): number | null {
  const deviation = standardDeviation(logReturns);
  return deviation === null ? null : deviation * Math.sqrt(periodsPerYear);
}

/**
 * Mean / sample deviation of simple returns x sqrt(periods per year), with a risk-free rate of 0; null for fewer than 2
 * returns, or when they do not vary. Sharpe, The Sharpe Ratio, Journal of Portfolio Management 21 (1994); the square
 * root holds for independent returns (Lo 2002).
 */
export function sharpeRatio(simpleReturns: readonly number[], periodsPerYear: number): number | null {
  const deviation = standardDeviation(simpleReturns);
  if (deviation === null || isFlat(deviation, simpleReturns)) return null;
  return (mean(simpleReturns) / deviation) * Math.sqrt(periodsPerYear);
}
