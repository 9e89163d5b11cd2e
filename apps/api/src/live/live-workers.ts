import type { Feed, Readings, WorkerInfo } from '@millrace/core/ports';

/** The live workers as this process knows them: read when the feed says that they have changed, so that no start asks for them. */
export interface LiveWorkers {
  /** Asks the store only when it is known to have changed a moment ago. @throws MillraceError `store_unavailable` */
  live(): Promise<readonly WorkerInfo[]>;
  /** Reads them, and goes on to until stopped. */
  follow(): Promise<() => Promise<void>>;
}

/** Workers that come together are read once, ms after the first. */
const TOGETHER_MS = 100;
/** However little is heard, ms: a worker that died is missed when its lease has ended, which nobody publishes. */
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
