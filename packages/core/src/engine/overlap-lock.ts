import { MillraceError, type PipelineName, type RunId } from '../domain/index.ts';
import type { LockAnswer, OverlapLocks, Store } from '../ports/index.ts';

const LET_GO_AGAIN_MS = 250;

/**
 * Lets go of the run's Redlock unless the run holds the overlap lock (a start that was sent twice must not drop the one that its own run lives under).
 * A store that is away is asked again until the lock has lapsed by itself; until then other starts would find a run there that nobody knows.
 */
export const letGo = async (
  store: Store,
  locks: OverlapLocks,
  pipeline: PipelineName,
  runId: RunId,
  lapsesAt = performance.now() + locks.ttlMs,
): Promise<void> => {
  try {
    const overlap = await store.lock(pipeline);
    if (overlap?.holder !== runId) await locks.release(pipeline, runId);
  } catch {
    if (performance.now() < lapsesAt) setTimeout(() => void letGo(store, locks, pipeline, runId, lapsesAt), LET_GO_AGAIN_MS).unref();
  }
};

/** For so long a lock that is changing hands is looked at, ms: longer than a start takes from its lock to its record. */
const PATIENCE_MS = 5_000;
/** Between two looks, ms: about the first, and longer each time up to the second. */
const LOOK_AGAIN_MS = 50;
const LONGEST_LOOK_MS = 400;

/**
 * Tries for the lock. A holder that has ended is stale: its lock is taken over. A holder that this Redis does not know may still run.
 * One look does not prove that: a start takes the lock before it records its run, and may let go again between our try and our question who has it.
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
  for (let wait = LOOK_AGAIN_MS; ; wait = Math.min(wait * 1.5, LONGEST_LOOK_MS)) {
    if (answer.ok) return { ours: true, ...takenOver };
    const holder = answer.holder === null ? 'unknown' : await stateOf(store, answer.holder);
    // A run that holds the overlap lock in this Redis decides, whoever has the Redlock: starts that only come to be told so would keep it changing hands.
    if (holder === 'live' || (await store.lock(pipeline)) !== null) return { ours: false };
    if (!answer.answered) throw new MillraceError('store_unavailable', `no majority of the lock nodes answered for the overlap lock of ${pipeline}`);
    if (performance.now() >= until) throw notLocked(locks, pipeline, answer.holder);
    if (holder === 'ended') {
      await locks.release(pipeline, answer.holder!);
      takenOver = { takenOverFrom: answer.holder! };
    } else await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random())));
    answer = await locks.acquire(pipeline, runId);
  }
};

/** Of the run that has a lock. `unknown`: this Redis forgot it, or it is not recorded yet. */
const stateOf = async (store: Store, runId: RunId): Promise<'live' | 'ended' | 'unknown'> => {
  const run = await store.runSummary(runId);
  if (run !== null) return run.finishedAt === null ? 'live' : 'ended';
  return (await store.wasPruned(runId)) ? 'ended' : 'unknown';
};

const notLocked = (locks: OverlapLocks, pipeline: PipelineName, holder: RunId | null): MillraceError => {
  if (holder === null) return new MillraceError('store_unavailable', `the overlap lock of ${pipeline} is taken and let go by others all the time; try again`);
  const message = `run ${holder}, which this Redis does not know, holds the overlap lock of ${pipeline}; it lapses ${locks.ttlMs} ms after its last renewal`;
  return new MillraceError('overlap', message, { extra: { live_run_id: holder } });
};
