/** Mean, deviation and correlation of samples. */

/** Arithmetic mean of at least one value. */
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Sample standard deviation (divisor n - 1), two passes; null for fewer than 2 values. */
export function standardDeviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** Whether the deviation is no more than what rounding makes of equal values: a ratio to it would mean nothing. */
export function isFlat(deviation: number, values: readonly number[]): boolean {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return deviation <= 1e-12 * Math.max(largest, 1e-6);
}

/**
 * Pearson's r (1895), clamped to -1 .. 1 against rounding; null for fewer than 3 pairs or when a side does not vary.
 */
export function correlation(left: readonly number[], right: readonly number[]): number | null {
  const deviations = [standardDeviation(left), standardDeviation(right)] as const;
  if (left.length < 3 || deviations[0] === null || deviations[1] === null) return null;
  if (isFlat(deviations[0], left) || isFlat(deviations[1], right)) return null;
  const centres = [mean(left), mean(right)] as const;
  const covariance =
    left.reduce((sum, value, index) => sum + (value - centres[0]) * ((right[index] as number) - centres[1]), 0) /
    (left.length - 1);
  return Math.max(-1, Math.min(1, covariance / (deviations[0] * deviations[1])));
}
