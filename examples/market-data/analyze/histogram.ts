/** How often returns of each size occurred. */

export interface Histogram {
  /**
   * Lower edge of the first bin; edges are whole multiples of `width`, so that 0 is one of them when returns of both
   * signs occur.
   */
  readonly from: number;
  readonly width: number;
  readonly counts: readonly number[];
}

const FEWEST_VALUES = 8;
const MOST_BINS = 60;

/**
 * Bins of width 2 x IQR / cbrt(n) (Freedman & Diaconis, Z. Wahrscheinlichkeitstheorie 57, 1981), widened so that there
 * are at most 60; null for fewer than 8 values or when they do not vary. The first and last bins hold the extremes:
 * nothing is cut off.
 */
export function histogram(values: readonly number[]): Histogram | null {
  if (values.length < FEWEST_VALUES) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const least = sorted[0] as number;
  const most = sorted.at(-1) as number;
  if (most - least <= Number.EPSILON) return null;
  const spread = quantile(sorted, 0.75) - quantile(sorted, 0.25);
  const width = Math.max((2 * spread) / Math.cbrt(values.length), (most - least) / (MOST_BINS - 2));
  const first = Math.floor(least / width);
  const counts = Array.from({ length: Math.floor(most / width) - first + 1 }, () => 0);
  for (const value of values) {
    const bin = Math.floor(value / width) - first;
    counts[bin] = (counts[bin] as number) + 1;
  }
  return { from: first * width, width, counts };
}

/** Linear interpolation between order statistics (Hyndman & Fan 1996, type 7). */
function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] as number;
  const above = sorted[Math.ceil(place)] as number;
  return below + (above - below) * (place - Math.floor(place));
}
