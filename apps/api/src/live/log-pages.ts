import type { RunEvent, RunId } from '@millrace/core/domain';
import type { Readings } from '@millrace/core/ports';
import { atMost } from './at-most.ts';

/** Events per page. */
const PAGE = 200;
/** Pages read at the same time. */
const AT_ONCE = 4;
/** Full pages cached: followers that began together go through the log together, each at its own pace. */
const KEPT = 16;

export interface LogPages {
  /** The page of the run's log after the seq; concurrent callers share it. Null: no such run. */
  after(runId: RunId, seq: number): Promise<readonly RunEvent[] | null>;
  forget(): void;
}

/**
 * Reads event logs for many followers: each page once, few at a time. The log is append-only, so a full page may be
 * cached.
 */
export const logPages = (store: Pick<Readings, 'events'>): LogPages => {
  const pages = new Map<string, Promise<readonly RunEvent[] | null>>();
  const inLine = atMost(AT_ONCE);

  return {
    after: (runId, seq) => {
      const key = `${runId} ${seq}`;
      const known = pages.get(key);
      if (known) return known;
      const page = inLine(() => store.events(runId, { afterSeq: seq, limit: PAGE }));
      pages.set(key, page);
      const drop = (): void => void pages.delete(key);
      page.then((events) => {
        if (events?.length !== PAGE) drop();
      }, drop);
      if (pages.size > KEPT) pages.delete(pages.keys().next().value!);
      return page;
    },
    forget: () => pages.clear(),
  };
};
