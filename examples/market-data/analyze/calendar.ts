/** Which rhythm a series has, how many of its periods make a year, and where rows are missing. */

/** Whole days since 1970-01-01. */
export const dayNumber = (date: string): number => Date.parse(date) / 86_400_000;

export interface Frequency {
  readonly name: 'daily' | 'weekly' | 'monthly' | 'quarterly' | 'yearly';
  readonly periods_per_year: number;
  /** Longest step between two rows, in days, that is no gap. */
  readonly longest_step: number;
}

/*
 * 252: sessions of a year on US exchanges (365.25 x 5/7 less 9 holidays); 365 where weekends trade.
 * The longest step allows a long weekend, a skipped holiday week, and the months' different lengths.
 */
const TRADING_DAYS: Frequency = { name: 'daily', periods_per_year: 252, longest_step: 4 };
const EVERY_DAY: Frequency = { name: 'daily', periods_per_year: 365, longest_step: 1 };
const SLOWER: readonly (Frequency & { readonly least: number; readonly most: number })[] = [
  { name: 'weekly', periods_per_year: 52, longest_step: 8, least: 5, most: 9 },
  { name: 'monthly', periods_per_year: 12, longest_step: 35, least: 26, most: 35 },
  { name: 'quarterly', periods_per_year: 4, longest_step: 98, least: 80, most: 100 },
  { name: 'yearly', periods_per_year: 1, longest_step: 372, least: 350, most: 380 },
];

/**
 * The frequency by the median step between rows; null when there are fewer than 3 rows or the median fits none.
 * A daily series of which more than a tenth falls on weekends counts 365 periods a year, else 252.
 */
export function frequencyOf(dates: readonly string[]): Frequency | null {
  if (dates.length < 3) return null;
  const steps = dates.slice(1).map((date, index) => dayNumber(date) - dayNumber(dates[index] as string));
  const median = steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)] as number;
  if (median <= 3) return dates.filter(isWeekend).length > dates.length / 10 ? EVERY_DAY : TRADING_DAYS;
  const slower = SLOWER.find(({ least, most }) => median >= least && median <= most);
  return slower
    ? { name: slower.name, periods_per_year: slower.periods_per_year, longest_step: slower.longest_step }
    : null;
}

const isWeekend = (date: string): boolean => [0, 6].includes(new Date(date).getUTCDay());

export interface Gap {
  /** The rows on both sides. */
  readonly from: string;
  readonly to: string;
  readonly days: number;
}

/** Steps longer than the frequency's rhythm. Nothing is filled in: the return over a gap is one return. */
export function gapsIn(dates: readonly string[], frequency: Frequency): Gap[] {
  const gaps: Gap[] = [];
  for (let index = 1; index < dates.length; index += 1) {
    const from = dates[index - 1] as string;
    const to = dates[index] as string;
    const days = dayNumber(to) - dayNumber(from);
    if (days > frequency.longest_step) gaps.push({ from, to, days });
  }
  return gaps;
}
