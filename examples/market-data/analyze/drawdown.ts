/** How far a price stands below its highest value so far. */

/** P_t / max(P_0 .. P_t) - 1, at most 0, one value a row. Magdon-Ismail & Atiya, Maximum Drawdown, Risk 17 (2004). */
export function drawdowns(prices: readonly number[]): number[] {
  let peak = 0;
  return prices.map((price) => {
    peak = Math.max(peak, price);
    return price / peak - 1;
  });
}

export interface MaximumDrawdown {
  /** A fraction: -0.5 is a loss of half. */
  readonly depth: number;
  readonly peak: string;
  readonly trough: string;
  /** The first date at or above the peak again; null: not yet. */
  readonly recovered: string | null;
}

/** The deepest drawdown, the first of equals; null when the price never fell. */
export function maximumDrawdown(
  rows: readonly { readonly date: string; readonly close: number }[],
): MaximumDrawdown | null {
  const depths = drawdowns(rows.map(({ close }) => close));
  const depth = depths.reduce((least, value) => Math.min(least, value), 0);
  if (depth === 0) return null;
  const trough = depths.indexOf(depth);
  const peak = depths.lastIndexOf(0, trough);
  const recovered = depths.indexOf(0, trough);
  const dateAt = (index: number): string => (rows[index] as { date: string }).date;
  return { depth, peak: dateAt(peak), trough: dateAt(trough), recovered: recovered === -1 ? null : dateAt(recovered) };
}
