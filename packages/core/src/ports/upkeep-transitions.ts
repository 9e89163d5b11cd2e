import type { RunId } from '../domain/index.ts';

/** Leader election of schedulers, and the leader's upkeep. */
export interface UpkeepTransitions {
  /** Renews or takes the leadership; the returned fence rises with each new leader. */
  lead(command: { scheduler: string; ttlMs: number }): Promise<{ leader: boolean; fence: number; holder: string }>;
  /** Applies run, whole-stage and queue timeouts that are due. `latest` as for `rescueLost` (worker-transitions.ts). */
  fireTimeouts(limit: number, latest?: number): Promise<number>;
  /**
   * Corrects for a jump of the store's clock: leases get their full ttl, delays and timeouts keep the time they had
   * left. Schedules whose cursor is ahead of the clock continue from now. Returns false when another caller has already
   * noted this step.
   */
  noteClockStep(step: ClockStep): Promise<boolean>;
  /**
   * How many stages of a queue may run at once on all workers together; queues that are not named have no limit any
   * more. What runs beyond a new limit is let run.
   */
  limitQueues(limits: ReadonlyMap<string, number>): Promise<void>;
  /**
   * Compares up to `limit` of the next live runs, as many as fit in one step, with the queues and repairs differences
   * older than `patienceMs` (default 5 s); cursor "0" starts and ends a pass.
   */
  reconcile(
    cursor: string,
    limit: number,
    patienceMs?: number,
  ): Promise<{ cursor: string; checked: number; repaired: number }>;
  /** Does the same for all of these runs; returns the number of differences repaired. */
  reconcileRuns(runIds: readonly RunId[], patienceMs?: number): Promise<number>;
  /** Deletes terminal runs beyond `keep.count` or older than `keep.ageMs`, at most `limit`. */
  pruneRuns(keep: { count: number; ageMs: number }, limit: number): Promise<number>;
  /** Records that the artifacts of these runs are removed, and drops the runs from `prunedArtifacts`. */
  forgetArtifacts(runIds: readonly RunId[]): Promise<void>;
}

export interface ClockStep {
  /** ms; negative: backwards. */
  readonly stepMs: number;
  /** Earliest instant that the new clock may have stamped on a write, ms since the epoch. */
  readonly since: number;
  /** Upper bound. */
  readonly queues: readonly string[];
  readonly schedules: readonly string[];
}
