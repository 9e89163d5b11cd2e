/** How the returns of each pair of series move together. */
import type { Frequency } from './calendar.ts';
import { correlation } from './moments.ts';
import { logReturns, monthlyCloses } from './returns.ts';

export interface Correlated {
  readonly key: string;
  readonly frequency: Frequency | null;
  readonly rows: readonly { readonly date: string; readonly close: number }[];
}

export interface PairCorrelation {
  readonly left: string;
  readonly right: string;
  /**
   * Pearson's r of the log returns between consecutive common dates; null when there are fewer than 3 such returns or a
   * side does not vary.
   */
  readonly r: number | null;
  /** Number of returns behind it. */
  readonly returns: number;
  /**
   * `dates`: both have the same frequency. `months`: they differ, and the last closes of common calendar months were
   * taken.
   */
  readonly aligned: 'dates' | 'months';
}

/**
 * All pairs, each once. Returns are taken after the alignment, so both sides always span the same time; nothing is
 * filled in.
 */
export function correlations(series: readonly Correlated[]): PairCorrelation[] {
  return series.flatMap((left, index) => series.slice(index + 1).map((right) => correlate(left, right)));
}

function correlate(left: Correlated, right: Correlated): PairCorrelation {
  const aligned = left.frequency !== null && left.frequency.name === right.frequency?.name ? 'dates' : 'months';
  const pricesOf = ({ rows }: Correlated): Map<string, number> =>
    new Map(
      aligned === 'dates'
        ? rows.map(({ date, close }) => [date, close])
        : monthlyCloses(rows).map(({ month, close }) => [month, close]),
    );
  const lefts = pricesOf(left);
  const rights = pricesOf(right);
  const common = [...lefts.keys()].filter((moment) => rights.has(moment));
  const returnsOf = (prices: Map<string, number>): number[] =>
    logReturns(common.map((moment) => prices.get(moment) as number));
  return {
    left: left.key,
    right: right.key,
    r: correlation(returnsOf(lefts), returnsOf(rights)),
    returns: Math.max(0, common.length - 1),
    aligned,
  };
}
