import { backoff, MillraceError, type PipelineName, type RunId } from '../domain/index.ts';
import type { LockAnswer, OverlapLocks, Store } from '../ports/index.ts';
import { retry } from './retry.ts';

const LET_GO_AGAIN_MS = 250;

/**
 * Releases the run's Redlock unless the run holds the overlap lock (a resent start must not release the lock of its own
 * live run). Retries until the lock has expired by itself; until then other starts would find it held by an unknown
 * run.
 */
export const letGo = async (store: Store, locks: OverlapLocks, pipeline: PipelineName, runId: RunId): Promise<void> => {
  const lapsesAt = performance.now() + locks.ttlMs;
  const release = async (): Promise<void> => {
    const overlap = await store.lock(pipeline);
    if (overlap?.holder !== runId) await locks.release(pipeline, runId);
  };
  const mayHold = (): boolean => performance.now() < lapsesAt;
  // The caller waits for the first attempt only.
  await release().catch(() => {
    retry(release, { pauses: backoff(LET_GO_AGAIN_MS), retryIf: mayHold, ref: false }).catch(() => {});
  });
};

/** How long to poll a lock that is changing hands, ms: longer than a start takes from its lock to its record. */
const PATIENCE_MS = 5_000;
/** Initial and maximum polling interval, ms; it grows with each poll. */
const LOOK_AGAIN_MS = 50;
const LONGEST_LOOK_MS = 400;

/**
 * Tries to take the lock. A holder that has ended is stale, and its lock is taken over. A holder unknown to this Redis
 * may still run. One check does not prove that: a start takes the lock before it records its run, and may release it
 * between our attempt and our query for the holder.
 */
export const lockOverlap = async (
  store: Store,
  locks: OverlapLocks,
  pipeline: PipelineName,
  runId: RunId,
  first: LockAnswer,
): Promise<{ ours: boolean; takenOverFrom?: RunId }> => {
  const until = performance.now() + PATIENCE_MS;
  let takenOver = {};
  let answer = first;
  for (const waits = backoff(LOOK_AGAIN_MS, LONGEST_LOOK_MS, 1.5); ; ) {
    if (answer.ok) return { ours: true, ...takenOver };
    const holder = answer.holder === null ? 'unknown' : await stateOf(store, answer.holder);
    // A run that holds the overlap lock in this Redis decides, even if another one has the Redlock: starts that will be
    // refused anyway would only keep the Redlock changing hands.
    if (holder === 'live' || (await store.lock(pipeline)) !== null) return { ours: false };
    if (!answer.answered)
      throw new MillraceError(
        'store_unavailable',
        `no majority of the lock nodes answered for the overlap lock of ${pipeline}`,
      );
    if (performance.now() >= until) throw notLocked(locks, pipeline, answer.holder);
    if (holder === 'ended') {
      await locks.release(pipeline, answer.holder!);
      takenOver = { takenOverFrom: answer.holder! };
    } else await new Promise((resolve) => setTimeout(resolve, waits.next().value * (0.5 + Math.random())));
    answer = await locks.acquire(pipeline, runId);
  }
};

/** State of a lock's holder. `unknown`: this Redis lost the run, or it is not recorded yet. */
const stateOf = async (store: Store, runId: RunId): Promise<'live' | 'ended' | 'unknown'> => {
  const run = await store.runSummary(runId);
  if (run !== null) return run.finishedAt === null ? 'live' : 'ended';
  return (await store.wasPruned(runId)) ? 'ended' : 'unknown';
};

const notLocked = (locks: OverlapLocks, pipeline: PipelineName, holder: RunId | null): MillraceError => {
  if (holder === null)
    return new MillraceError(
      'store_unavailable',
      `the overlap lock of ${pipeline} is taken and let go by others all the time; try again`,
    );
  const message = `run ${holder}, which this Redis does not know, holds the overlap lock of ${pipeline}; it lapses ${locks.ttlMs} ms after its last renewal`;
  return new MillraceError('overlap', message, { extra: { live_run_id: holder } });
};
