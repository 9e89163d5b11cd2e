/**
 * Minimum interval of two batches, ms, per thousand listeners, and its upper bound: a batch costs in proportion to its
 * listeners.
 */
const SPACING_MS = 25;

/**
 * Delivers items in batches: those of one turn of the event loop together, and batches no closer than the spacing.
 * `listeners`: how many receive them; a few need not wait, and a thousand get their events in packets.
 */
export const gathering = <T>(
  handOver: (items: readonly T[]) => void,
  listeners: () => number,
): { readonly add: (item: T) => void; readonly end: () => void } => {
  let items: T[] = [];
  let timer: NodeJS.Timeout | NodeJS.Immediate | null = null;
  let last = -Infinity;

  const flush = (): void => {
    timer = null;
    if (items.length === 0) return;
    const all = items;
    items = [];
    last = performance.now();
    handOver(all);
  };
  return {
    add: (item) => {
      items.push(item);
      if (timer !== null) return;
      const spacing = Math.min(SPACING_MS, (listeners() * SPACING_MS) / 1_000);
      const wait = last + spacing - performance.now();
      // A timer takes at least a millisecond.
      timer = wait >= 1 ? setTimeout(flush, wait) : setImmediate(flush);
    },
    /** Delivers pending items now. */
    end: flush,
  };
};
