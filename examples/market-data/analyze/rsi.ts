/** Relative strength index. */

export const RSI_PERIOD = 14;

/**
 * RSI = 100 - 100 / (1 + average gain / average loss), 0 to 100; null until `period` changes are known. The first
 * averages are plain means of `period` changes, later ones are smoothed: (previous x (period - 1) + current) / period.
 * No loss: 100. No change at all: 50, for which Wilder gives no rule. Wilder, New Concepts in Technical Trading Systems
 * (1978), section VI.
 */
export function relativeStrength(prices: readonly number[], period: number = RSI_PERIOD): (number | null)[] {
  let gain = 0;
  let loss = 0;
  return prices.map((price, index) => {
    if (index === 0) return null;
    const change = price - (prices[index - 1] as number);
    const up = Math.max(change, 0) / period;
    const down = Math.max(-change, 0) / period;
    const kept = index <= period ? 1 : 1 - 1 / period;
    gain = gain * kept + up;
    loss = loss * kept + down;
    if (index < period) return null;
    if (loss === 0) return gain === 0 ? 50 : 100;
    return 100 - 100 / (1 + gain / loss);
  });
}
