const WINDOW_MS = 60_000;

/** How often each address came within the minute, this time too, and when it is over, ms; counted by this process alone. */
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
