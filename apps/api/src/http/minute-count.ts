const WINDOW_MS = 60_000;

/**
 * Counts requests per address and minute in this process. Answers the count, including this one, and when the minute
 * ends, ms.
 */
export const minuteCount = (): ((address: string) => { readonly count: number; readonly waitMs: number }) => {
  let counts = new Map<string, number>();
  let over = 0;
  return (address) => {
    const now = performance.now();
    if (now >= over) [counts, over] = [new Map(), now + WINDOW_MS];
    const count = (counts.get(address) ?? 0) + 1;
    counts.set(address, count);
    return { count, waitMs: over - now };
  };
};
