import { isLastOfRun, MillraceError, type RunEvent, type RunId } from '../domain/index.ts';
import type { Feed, Readings } from '../ports/index.ts';
import { Bell } from './bell.ts';
import { untilRead } from './retry.ts';

export interface FollowOptions {
  /** Start after this seq; 0: from the first event. */
  readonly afterSeq: number;
  /** Ends the iteration; pending events are dropped. */
  readonly signal: AbortSignal;
  /**
   * After this silence, ms, read the log: the feed may have lost the run's last event, which no later one would reveal.
   */
  readonly quietMs?: number;
}

/** Events buffered for a slow consumer; beyond it they are read from the log again. Also the page size of the log. */
const BUFFERED = 200;
const QUIET_MS = 5_000;

/**
 * Each event of the run after `afterSeq`, in order, once: first from the log, then live; ends with the run's last
 * event. The feed serves only as a wake-up: on a gap, a lost connection or a slow consumer, events are read from the
 * log. Waits while the store is unreadable.
 * @throws MillraceError `unknown_run`
 */
export async function* followRun(
  store: Pick<Readings, 'events' | 'progress'>,
  feed: Feed,
  runId: RunId,
  { afterSeq, signal, quietMs = QUIET_MS }: FollowOptions,
): AsyncGenerator<RunEvent, void> {
  const bell = new Bell();
  const ring = (): void => bell.ring();
  const waiting: RunEvent[] = [];
  /** Seq of the last event yielded or waiting. */
  let known = afterSeq;
  let behind = true;
  let seen = false;

  const fallBehind = () => {
    behind = true;
    bell.ring();
  };
  const unsubscribe = await feed.subscribe({
    onEvent: (event) => {
      if (event.runId !== runId || event.seq <= known) return;
      if (behind || event.seq !== known + 1 || waiting.length >= BUFFERED) return fallBehind();
      waiting.push(event);
      known = event.seq;
      bell.ring();
    },
    onHeartbeat: (beat) => {
      if (beat.runId === runId && beat.lastSeq > known) fallBehind();
    },
    onGap: fallBehind,
  });
  signal.addEventListener('abort', ring);
  try {
    while (!signal.aborted) {
      const event = waiting.shift();
      if (event) {
        yield event;
        if (isLastOfRun(event.type)) return;
        continue;
      }
      if (!behind) {
        if (!(await bell.rung(quietMs))) behind = true;
        continue;
      }
      behind = false;
      const page = await untilRead(() => store.events(runId, { afterSeq: known, limit: BUFFERED }), signal);
      if (page === undefined) return;
      if (page === null) {
        if (seen) return;
        throw new MillraceError('unknown_run', `there is no run "${runId}"`);
      }
      seen = true;
      // The page may include live events that arrived during the read.
      for (const read of page) {
        if (read.seq <= known) continue;
        waiting.push(read);
        known = read.seq;
      }
      if (page.length === BUFFERED) behind = true;
      if (page.length === 0 && waiting.length === 0 && (await isOver(store, runId, known, signal))) return;
    }
  } finally {
    signal.removeEventListener('abort', ring);
    await unsubscribe();
  }
}

/** The run ended at or before `known`: no events will follow. */
const isOver = async (
  store: Pick<Readings, 'progress'>,
  runId: RunId,
  known: number,
  signal: AbortSignal,
): Promise<boolean> => {
  const progress = await untilRead(() => store.progress(runId), signal);
  return !progress || (progress.isOver && progress.lastSeq <= known);
};
