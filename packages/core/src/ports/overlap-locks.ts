import type { PipelineName, RunId } from '../domain/index.ts';

/**
 * The overlap lock of a pipeline on the lock nodes (Redlock): keeps runs from overlapping when the state Redis fails over and forgets.
 * Within one Redis the store's atomic slot decides; nothing here is needed for that.
 */
export interface OverlapLocks {
  /** Takes the lock for the run; `holder` is who has it when it is taken (null: no majority answered). */
  acquire(pipeline: PipelineName, runId: RunId): Promise<{ readonly ok: true } | { readonly ok: false; readonly holder: RunId | null }>;
  /** Renews the run's lock, or takes it when it lapsed. */
  hold(pipeline: PipelineName, runId: RunId): Promise<{ readonly ok: true } | { readonly ok: false; readonly holder: RunId | null }>;
  /** Lets go of the run's lock; one that is another's, or gone, is left. Throws `store_unavailable` when it may still be there. */
  release(pipeline: PipelineName, runId: RunId): Promise<void>;
  readonly ttlMs: number;
}
