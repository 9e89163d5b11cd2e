import type { LoadedPipeline } from '@millrace/core/definition';
import type { Stage } from '@millrace/core/domain';
import type { Claim, Store } from '@millrace/core/ports';

export interface Runnable {
  readonly loaded: LoadedPipeline;
  readonly stage: Stage;
}

/**
 * The code for a claim, or null if this worker lacks it: the run is pinned to a version, and functions of another
 * version are different code. A command stage is entirely in its definition: the worker needs only the folder, so older
 * versions run here too.
 */
export const stageLookup = (pipelines: readonly LoadedPipeline[], store: Store) => {
  const byName = new Map(pipelines.map((loaded) => [loaded.pipeline.name, loaded]));

  return async (claim: Claim): Promise<Runnable | null> => {
    const loaded = byName.get(claim.pipeline);
    if (!loaded) return null;
    if (loaded.pipeline.version === claim.version) return { loaded, stage: loaded.pipeline.stages[claim.stageIndex]! };
    const pinned = await store.pipeline(claim.pipeline, claim.version);
    const stage = pinned?.stages[claim.stageIndex];
    if (!pinned || !stage || stage.handler.kind === 'function') return null;
    return { loaded: { ...loaded, pipeline: pinned, handlers: new Map() }, stage };
  };
};
