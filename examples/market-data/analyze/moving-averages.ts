/** Moving averages of a price, one value a row; null until the window is full. */

/**
 * Simple moving average of the last `window` values. Murphy, Technical Analysis of the Financial Markets (1999), ch. 9.
 */
export function simpleMovingAverage(values: readonly number[], window: number): (number | null)[] {
  return values.map((_, index) => {
    if (index < window - 1) return null;
    let sum = 0;
    // Summed anew each time: a running sum gathers rounding errors over thousands of rows.
    for (let back = 0; back < window; back += 1) sum += values[index - back] as number;
    return sum / window;
  });
}

/**
 * Exponential moving average with alpha = 2 / (window + 1), seeded with the simple average of the first `window`
 * values, as TA-Lib does. Murphy (1999), ch. 9; Hunter, Journal of Quality Technology 18 (1986).
 */
export function exponentialMovingAverage(values: readonly number[], window: number): (number | null)[] {
  const alpha = 2 / (window + 1);
  let average: number | null = null;
  return values.map((value, index) => {
    if (index < window - 1) return null;
    average =
      average === null
        ? values.slice(0, window).reduce((sum, first) => sum + first, 0) / window
        : average + alpha * (value - average);
    return average;
  });
}
