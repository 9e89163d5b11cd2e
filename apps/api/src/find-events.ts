import { MillraceError, type RunEvent, type RunId } from '@millrace/core/domain';
import type { Readings } from '@millrace/core/ports';
import { stillThere } from './still-there.ts';

/** Events scanned per request, which bounds the cost of a long log. */
export const SCAN = 20_000;
/** Events read at once. */
export const PAGE = 500;

/** Null: every event matches. */
export type Wanted = ((event: RunEvent) => boolean) | null;

/**
 * Matching events after a seq, in order. `nextCursor`: the seq to continue from, set even if nothing matched; null: the
 * scan reached the end. `seen`: the run existed a moment ago.
 * @throws MillraceError `unknown_run`, `store_unavailable` (it went in between)
 */
export const findEvents = async (
  store: Readings,
  runId: RunId,
  wanted: Wanted,
  { afterSeq, limit, seen = false }: { afterSeq: number; limit: number; seen?: boolean },
): Promise<{ found: readonly RunEvent[]; nextCursor: number | null }> => {
  const page = wanted === null ? limit + 1 : PAGE;
  const found: RunEvent[] = [];
  let last = afterSeq;
  for (let looked = 0; looked < SCAN; looked += page) {
    const events = readOf(await store.events(runId, { afterSeq: last, limit: page }), runId, seen || looked > 0);
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
 * The last matching events among the newest `SCAN`, in order. `seen`: the run existed a moment ago.
 * @throws MillraceError `unknown_run`, `store_unavailable` (it went in between)
 */
export const findLastEvents = async (
  store: Readings,
  runId: RunId,
  wanted: Wanted,
  count: number,
  seen = false,
): Promise<readonly RunEvent[]> => {
  const page = wanted === null ? count : PAGE;
  let found: readonly RunEvent[] = [];
  let before: number | null = null;
  for (let looked = 0; looked < SCAN && found.length < count; looked += page) {
    const events: readonly RunEvent[] = readOf(
      await store.eventsBefore(runId, { beforeSeq: before, limit: page }),
      runId,
      seen || looked > 0,
    );
    found = [...(wanted === null ? events : events.filter(wanted)), ...found];
    if (events.length < page) break;
    before = events[0]!.seq;
  }
  return found.slice(-count);
};

const readOf = <T>(read: T | null, runId: RunId, seen: boolean): T => {
  if (read === null && !seen) throw new MillraceError('unknown_run', `there is no run "${runId}"`);
  return stillThere(read, runId);
};
