import { isLastOfRun, type RunEvent, type RunId } from '../domain/index.ts';
import type { Feed, Readings } from '../ports/index.ts';
import { RecentMap } from './recent-map.ts';
import { untilRead } from './retry.ts';

/**
 * Delivers every event of every run from now on, each once and in order per run. Events lost by the feed are read from
 * the logs once the store is readable, for at least the 10,000 runs heard of last. Delivers nothing from before the
 * call. Returns a function that stops it.
 */
export const followAll = async (
  store: Pick<Readings, 'events' | 'runs' | 'now'>,
  feed: Feed,
  deliver: (event: RunEvent) => void,
): Promise<() => Promise<void>> => {
  // Bounded however many runs are live: a run silent while that many others had events starts again with its next
  // event.
  const followed = new RecentMap<RunId, Followed>(MOST_FOLLOWED);
  const ended = new RecentlyEnded();
  const startedAt = await store.now();
  let lastHeardAt = startedAt;
  const stop = new AbortController();

  /** Retries every failure: no caller waits for these reads. */
  const read = <T>(from: () => Promise<T>) => untilRead(from, stop.signal, () => true);

  const hand = (run: Followed, event: RunEvent) => {
    run.seq = event.seq;
    lastHeardAt = Math.max(lastHeardAt, event.at);
    if (isLastOfRun(event.type)) {
      followed.delete(event.runId);
      ended.add(event.runId);
    }
    deliver(event);
  };

  const follow = (runId: RunId, seq: number): Followed => {
    const run: Followed = { seq, heard: seq, reading: false };
    followed.set(runId, run);
    return run;
  };

  /** Reads the log to its end; events that the feed brings meanwhile are in it too. */
  const catchUp = async (runId: RunId, run: Followed): Promise<void> => {
    if (run.reading) return;
    run.reading = true;
    for (let more = true; more && !stop.signal.aborted && followed.get(runId) === run; ) {
      const heard = run.heard;
      const page = await read(() => store.events(runId, { afterSeq: run.seq, limit: PAGE }));
      if (page === null) followed.delete(runId);
      for (const event of page ?? []) if (event.seq > run.seq) hand(run, event);
      more = page?.length === PAGE || run.heard > Math.max(heard, run.seq);
    }
    run.reading = false;
  };

  /** Finds runs created while the feed was down by their creation time. */
  const catchUpAfterGap = async (): Promise<void> => {
    for (const [runId, run] of followed) void catchUp(runId, run);
    const since = Math.max(startedAt, lastHeardAt - OVERLAP_MS);
    const missed = await read(() => store.runs({ since, limit: 500, cursor: null }));
    for (const { runId } of missed?.items ?? [])
      if (followed.get(runId) === undefined && !ended.has(runId)) void catchUp(runId, follow(runId, 0));
  };

  const unsubscribe = await feed.subscribe({
    onEvent: (event) => {
      if (ended.has(event.runId)) return;
      const run = followed.get(event.runId) ?? follow(event.runId, event.seq - 1);
      run.heard = Math.max(run.heard, event.seq);
      if (run.reading || event.seq <= run.seq) return;
      if (event.seq === run.seq + 1) hand(run, event);
      else void catchUp(event.runId, run);
    },
    onHeartbeat: ({ runId, lastSeq }) => {
      if (ended.has(runId)) return;
      const run = followed.get(runId) ?? follow(runId, lastSeq);
      run.heard = Math.max(run.heard, lastSeq);
      if (lastSeq > run.seq) void catchUp(runId, run);
    },
    onGap: () => void catchUpAfterGap(),
  });
  return async () => {
    stop.abort();
    await unsubscribe();
  };
};

interface Followed {
  /** Seq of the last event delivered. */
  seq: number;
  /** The highest seq seen in the feed. */
  heard: number;
  reading: boolean;
}

const PAGE = 200;
/** About 10 MB of this process. */
const MOST_FOLLOWED = 10_000;
/** Creation times and events share one clock, but a run may be created before an event heard earlier. */
const OVERLAP_MS = 5_000;

/** Recently ended runs, so that a late duplicate does not start following them again. */
class RecentlyEnded {
  readonly #ids = new Set<RunId>();

  has(id: RunId): boolean {
    return this.#ids.has(id);
  }

  add(id: RunId): void {
    this.#ids.add(id);
    if (this.#ids.size > 5_000) this.#ids.delete(this.#ids.values().next().value!);
  }
}
