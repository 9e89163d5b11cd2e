import type { Feed, Readings, WorkerInfo } from '@millrace/core/ports';

/**
 * The live workers, cached in this process: read again when the feed reports a change, so that starts do not read them.
 */
export interface LiveWorkers {
  /** Reads the store only if a change was reported since. @throws MillraceError `store_unavailable` */
  live(): Promise<readonly WorkerInfo[]>;
  /** Reads them now, and after each change until stopped. */
  follow(): Promise<() => Promise<void>>;
}

/** Delay of a reading after a change, ms, so that workers that come together are read once. */
const TOGETHER_MS = 100;
/** Longest interval of readings, ms: the end of a dead worker's lease is not published. */
const AT_LEAST_MS = 30_000;

export const liveWorkers = (store: Pick<Readings, 'liveWorkers'>, feed: Feed): LiveWorkers => {
  let known: Promise<readonly WorkerInfo[]> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let followed = false;

  const read = (): Promise<readonly WorkerInfo[]> => {
    if (timer !== null) clearTimeout(timer);
    timer = followed ? setTimeout(readAgain, AT_LEAST_MS).unref() : null;
    const reading = store.liveWorkers();
    known = followed ? reading : null;
    reading.catch(() => {
      if (known === reading) known = null;
    });
    return reading;
  };
  const readAgain = (): void => void read().catch(() => {});
  const changed = (): void => {
    if (known === null) return;
    known = null;
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(readAgain, TOGETHER_MS).unref();
  };

  return {
    live: () => known ?? read(),
    follow: async () => {
      const unsubscribe = await feed.subscribe({ onEvent: () => {}, onWorkers: changed, onGap: changed });
      followed = true;
      await read().catch(() => {});
      return async () => {
        followed = false;
        known = null;
        if (timer !== null) clearTimeout(timer);
        await unsubscribe();
      };
    },
  };
};
