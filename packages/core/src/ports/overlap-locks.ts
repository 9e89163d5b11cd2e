import type { PipelineName, RunId } from '../domain/index.ts';

/**
 * A pipeline's Redlock on the lock nodes: keeps runs from overlapping when the state Redis fails over and loses data.
 * Within one Redis the store's own overlap lock decides, without it.
 */
export interface OverlapLocks {
  /**
   * Takes the lock for the run. Throws `store_full` or `store_unavailable` when it is free but the answering nodes
   * refuse writes.
   */
  acquire(pipeline: PipelineName, runId: RunId): Promise<LockAnswer>;
  /** Renews the run's lock, or takes it again if it expired. */
  hold(pipeline: PipelineName, runId: RunId): Promise<LockAnswer>;
  /** Releases the run's lock, and no other run's. Throws `store_unavailable` when the lock may still be held. */
  release(pipeline: PipelineName, runId: RunId): Promise<void>;
  readonly ttlMs: number;
}

export type LockAnswer =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** The holder, according to the nodes that answered; null: free by now, changing hands. */
      readonly holder: RunId | null;
      /** A majority of the nodes answered. */
      readonly answered: boolean;
    };
