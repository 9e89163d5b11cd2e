import { isLastOfRun, type RunEvent, type RunId } from '../domain/index.ts';
import type { Feed, Readings } from '../ports/index.ts';
import { RecentMap } from './recent-map.ts';

/**
 * Hands over every event of every run from now on, those of a run in order and once; what the feed lost is read from the logs,
 * once the store can be read: of the runs that it heard of lately, 10,000 at least. Nothing before the call is handed over. Answers how to stop.
 */
export const followAll = async (
  store: Pick<Readings, 'events' | 'runs' | 'now'>,
  feed: Feed,
  deliver: (event: RunEvent) => void,
): Promise<() => Promise<void>> => {
  // However many are live: one that was silent while so many others spoke begins anew with what it says next.
  const followed = new RecentMap<RunId, Followed>(MOST_FOLLOWED);
  const ended = new RecentlyEnded();
  const startedAt = await store.now();
  let lastHeardAt = startedAt;
  let stopped = false;

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

  /** Reads on from the log until it has no more; events that the feed brings meanwhile are found there too. */
  const catchUp = async (runId: RunId, run: Followed): Promise<void> => {
    if (run.reading) return;
    run.reading = true;
    for (let more = true; more && !stopped && followed.get(runId) === run; ) {
      const heard = run.heard;
      const page = await readUnlessStopped(
        () => store.events(runId, { afterSeq: run.seq, limit: PAGE }),
        () => stopped,
      );
      if (page === null) followed.delete(runId);
      for (const event of page ?? []) if (event.seq > run.seq) hand(run, event);
      more = page?.length === PAGE || run.heard > Math.max(heard, run.seq);
    }
    run.reading = false;
  };

  /** Runs that came while nothing was heard are found by their time of creation. */
  const catchUpAfterGap = async (): Promise<void> => {
    for (const [runId, run] of followed) void catchUp(runId, run);
    const missed = await readUnlessStopped(
      () => store.runs({ since: Math.max(startedAt, lastHeardAt - OVERLAP_MS), limit: 500, cursor: null }),
      () => stopped,
    );
    for (const { runId } of missed?.items ?? []) if (followed.get(runId) === undefined && !ended.has(runId)) void catchUp(runId, follow(runId, 0));
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
    stopped = true;
    await unsubscribe();
  };
};

interface Followed {
  /** Of the last event that was handed over. */
  seq: number;
  /** The highest that the feed spoke of. */
  heard: number;
  reading: boolean;
}

const PAGE = 200;
/** About 10 MB of this process. */
const MOST_FOLLOWED = 10_000;
/** Clocks of the runs' creation and of their events are one, but a run may be created before an event heard earlier. */
const OVERLAP_MS = 5_000;
const RETRY_MS = 250;

/** Undefined: stopped before the store could be read. */
const readUnlessStopped = async <T>(read: () => Promise<T>, stopped: () => boolean): Promise<T | undefined> => {
  while (!stopped()) {
    try {
      return await read();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
  return undefined;
};

/** The last runs that ended, so that a late repetition does not begin them anew. */
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
