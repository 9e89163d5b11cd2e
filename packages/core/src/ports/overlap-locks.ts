import type { PipelineName, RunId } from '../domain/index.ts';

/**
 * The Redlock of a pipeline on the lock nodes: keeps runs from overlapping when the state Redis fails over and forgets.
 * Within one Redis the store's own overlap lock decides; nothing here is needed for that.
 */
export interface OverlapLocks {
  /** Takes the lock for the run. Throws `store_full` or `store_unavailable` when nobody has it and nodes that answer refuse writes. */
  acquire(pipeline: PipelineName, runId: RunId): Promise<LockAnswer>;
  /** Renews the run's lock, or takes it when it lapsed. */
  hold(pipeline: PipelineName, runId: RunId): Promise<LockAnswer>;
  /** Lets go of the run's lock; one that is another's, or gone, is left. Throws `store_unavailable` when it may still be there. */
  release(pipeline: PipelineName, runId: RunId): Promise<void>;
  readonly ttlMs: number;
}

export type LockAnswer =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** Who has it, as far as nodes answered; null: nobody by now, it changes hands. */
      readonly holder: RunId | null;
      /** A majority of the nodes answered. */
      readonly answered: boolean;
    };
