import type { PipelineName, RunId } from '../domain/index.ts';
import type { OverlapLocks, Store } from '../ports/index.ts';

export interface KeptLocks {
  readonly held: number;
  /** Redlocks still held by an ended run, now given to the run that holds the overlap lock in Redis. */
  readonly takenOver: readonly { readonly pipeline: PipelineName; readonly from: RunId; readonly to: RunId }[];
  /**
   * Locks left alone, because their holder is live or unknown to this Redis: another deployment's run, or one this
   * Redis lost.
   */
  readonly contested: readonly {
    readonly pipeline: PipelineName;
    readonly holder: RunId | null;
    readonly wanted: RunId;
  }[];
  /** Redlocks that were not renewed: no majority of the lock nodes answered. */
  readonly unanswered: readonly { readonly pipeline: PipelineName; readonly wanted: RunId }[];
}

/**
 * Renews the Redlock of each run that holds its pipeline's overlap lock; call it at least once per third of the locks'
 * ttl.
 */
export const keepOverlapLocks = async (store: Store, locks: OverlapLocks): Promise<KeptLocks> => {
  const takenOver: KeptLocks['takenOver'][number][] = [];
  const contested: KeptLocks['contested'][number][] = [];
  const unanswered: KeptLocks['unanswered'][number][] = [];
  const slots = await store.locks();
  for (const { pipeline, holder } of slots) {
    let answer = await locks.hold(pipeline, holder);
    if (!answer.ok && answer.holder !== null && (await hasEnded(store, answer.holder))) {
      await locks.release(pipeline, answer.holder);
      takenOver.push({ pipeline, from: answer.holder, to: holder });
      answer = await locks.hold(pipeline, holder);
    }
    if (!answer.ok && answer.answered) contested.push({ pipeline, holder: answer.holder, wanted: holder });
    else if (!answer.ok) unanswered.push({ pipeline, wanted: holder });
  }
  await dropLate(store, locks, slots);
  return { held: slots.length - contested.length - unanswered.length, takenOver, contested, unanswered };
};

const hasEnded = async (store: Store, runId: RunId): Promise<boolean> => {
  const run = await store.runSummary(runId);
  return run === null ? store.wasPruned(runId) : run.finishedAt !== null;
};

/** If a run ended during the renewal, the renewal may have retaken its released lock. */
const dropLate = async (
  store: Store,
  locks: OverlapLocks,
  slots: readonly { readonly pipeline: PipelineName; readonly holder: RunId }[],
): Promise<void> => {
  const still = new Map((await store.locks()).map(({ pipeline, holder }) => [pipeline, holder]));
  for (const { pipeline, holder } of slots)
    if (still.get(pipeline) !== holder && (await hasEnded(store, holder))) await locks.release(pipeline, holder);
};
