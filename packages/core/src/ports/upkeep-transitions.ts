import type { RunId } from '../domain/index.ts';

/** What the leading scheduler does, and how it comes to lead. */
export interface UpkeepTransitions {
  /** Renews or takes the scheduler's leadership; the answer's fence rises with each new leader. */
  lead(command: { scheduler: string; ttlMs: number }): Promise<{ leader: boolean; fence: number; holder: string }>;
  /** Applies run, whole-stage and waiting timeouts that came due. `latest` as for `rescueLost` (worker-transitions.ts). */
  fireTimeouts(limit: number, latest?: number): Promise<number>;
  /**
   * The store's clock jumped: leases get their ttl, and delays and timeouts what was left of them. Schedules whose cursor is ahead of
   * the clock go on from now. Answers false when another caller has noted the same step.
   */
  noteClockStep(step: ClockStep): Promise<boolean>;
  /**
   * Compares some of the next `limit` live runs, as many as one step looks at, with the queues and repairs differences older than `patienceMs`
   * (default 5 s); cursor "0" starts and ends a pass.
   */
  reconcile(cursor: string, limit: number, patienceMs?: number): Promise<{ cursor: string; checked: number; repaired: number }>;
  /** The same with these runs, all of them; answers how many differences it repaired. */
  reconcileRuns(runIds: readonly RunId[], patienceMs?: number): Promise<number>;
  /** Deletes terminal runs beyond `keep.count` or older than `keep.ageMs`, at most `limit`. */
  pruneRuns(keep: { count: number; ageMs: number }, limit: number): Promise<number>;
  /** The artifacts of these runs are removed: they are in `prunedArtifacts` no more. */
  forgetArtifacts(runIds: readonly RunId[]): Promise<void>;
}

export interface ClockStep {
  /** ms; negative: back. */
  readonly stepMs: number;
  /** From this instant of the new clock on, things may have been written by it, ms since the epoch. */
  readonly since: number;
  /** All that there may be. */
  readonly queues: readonly string[];
  readonly schedules: readonly string[];
}
