/** Returns from one price to the next. */

/**
 * Simple returns r_t = P_t / P_(t-1) - 1, as fractions; one fewer than prices. Campbell, Lo & MacKinlay, The
 * Econometrics of Financial Markets (1997), 1.4.1.
 */
export const simpleReturns = (prices: readonly number[]): number[] =>
  pairwise(prices, (before, after) => after / before - 1);

/** Log returns ln(P_t / P_(t-1)); they add up over time. Campbell, Lo & MacKinlay (1997), 1.4.2. */
export const logReturns = (prices: readonly number[]): number[] =>
  pairwise(prices, (before, after) => Math.log(after / before));

const pairwise = (prices: readonly number[], of: (before: number, after: number) => number): number[] =>
  prices.slice(1).map((price, index) => of(prices[index] as number, price));

export interface MonthlyReturn {
  /** YYYY-MM */
  readonly month: string;
  readonly simple: number;
  readonly log: number;
}

/**
 * The last close of each calendar month that has a row, in order. A last month that is not over counts as it stands.
 */
export function monthlyCloses(
  rows: readonly { readonly date: string; readonly close: number }[],
): { month: string; close: number }[] {
  const closes = new Map<string, number>();
  for (const { date, close } of rows) closes.set(date.slice(0, 7), close);
  return [...closes].map(([month, close]) => ({ month, close }));
}

/**
 * Returns between consecutive monthly closes, named by the later month. A month without a row makes the next return
 * span both.
 */
export function monthlyReturns(rows: readonly { readonly date: string; readonly close: number }[]): MonthlyReturn[] {
  const closes = monthlyCloses(rows);
  const prices = closes.map(({ close }) => close);
  const logs = logReturns(prices);
  return simpleReturns(prices).map((simple, index) => ({
    month: (closes[index + 1] as { month: string }).month,
    simple,
    log: logs[index] as number,
  }));
}
