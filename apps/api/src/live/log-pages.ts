import type { RunEvent, RunId } from '@millrace/core/domain';
import type { Readings } from '@millrace/core/ports';
import { atMost } from './at-most.ts';

/** Events of a page. */
const PAGE = 200;
/** Pages read at the same time. */
const AT_ONCE = 4;
/** Whole pages that are kept: those who began together go through the log together, each at his own pace. */
const KEPT = 16;

export interface LogPages {
  /** The page of the run's log after the seq; whoever asks for the same one meanwhile gets the same. Null: no such run. */
  after(runId: RunId, seq: number): Promise<readonly RunEvent[] | null>;
  forget(): void;
}

/** Reads event logs for many at once: each page once, few at a time. What is in the log never changes, so that a page which is full may be kept. */
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
