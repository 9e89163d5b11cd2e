/** Between two hand-overs, ms: what comes meanwhile goes together. */
const SPACING_MS = 25;

/**
 * Hands items over some at a time: the first at the end of this turn of the event loop, so that those of one message of the feed are together,
 * and no two hand-overs closer than the spacing.
 */
export const gathering = <T>(handOver: (items: readonly T[]) => void): { readonly add: (item: T) => void; readonly end: () => void } => {
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
      const wait = last + SPACING_MS - performance.now();
      timer ??= wait > 0 ? setTimeout(flush, wait) : setImmediate(flush);
    },
    /** What waits goes now. */
    end: flush,
  };
};
