import { MillraceError, type RunEvent, type RunId } from '@millrace/core/domain';
import type { Readings } from '@millrace/core/ports';

/** Events looked at in one request, so that a long log cannot make it unbounded. */
export const SCAN = 20_000;
/** Events read at once. */
export const PAGE = 500;

/** Null: each event is wanted. */
export type Wanted = ((event: RunEvent) => boolean) | null;

/**
 * The wanted events after a seq, in order. `nextCursor`: the seq after which to go on, with events found or without; null: the log was looked at to its end.
 * @throws MillraceError `unknown_run`
 */
export const findEvents = async (
  store: Readings,
  runId: RunId,
  wanted: Wanted,
  { afterSeq, limit }: { afterSeq: number; limit: number },
): Promise<{ found: readonly RunEvent[]; nextCursor: number | null }> => {
  const page = wanted === null ? limit + 1 : PAGE;
  const found: RunEvent[] = [];
  let last = afterSeq;
  for (let looked = 0; looked < SCAN; looked += page) {
    const events = (await store.events(runId, { afterSeq: last, limit: page })) ?? missing(runId);
    for (const event of events) {
      if (found.length === limit) return { found, nextCursor: last };
      last = event.seq;
      if (wanted === null || wanted(event)) found.push(event);
    }
    if (events.length < page) return { found, nextCursor: null };
  }
  return { found, nextCursor: last };
};

/**
 * The last wanted events among the newest `SCAN`, in order.
 * @throws MillraceError `unknown_run`
 */
export const findLastEvents = async (store: Readings, runId: RunId, wanted: Wanted, count: number): Promise<readonly RunEvent[]> => {
  const page = wanted === null ? count : PAGE;
  let found: readonly RunEvent[] = [];
  let before: number | null = null;
  for (let looked = 0; looked < SCAN && found.length < count; looked += page) {
    const events: readonly RunEvent[] = (await store.eventsBefore(runId, { beforeSeq: before, limit: page })) ?? missing(runId);
    found = [...(wanted === null ? events : events.filter(wanted)), ...found];
    if (events.length < page) break;
    before = events[0]!.seq;
  }
  return found.slice(-count);
};

const missing = (runId: RunId): never => {
  throw new MillraceError('unknown_run', `there is no run "${runId}"`);
};
