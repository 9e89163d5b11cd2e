import type { Run } from '@millrace/core/domain';
import type { ArtifactMeta, Readings } from '@millrace/core/ports';
import type { RunArtifact } from '@millrace/core/wire';
import { stillThere } from './still-there.ts';

/**
 * The artifacts of attempts that have ended, in the order in which they were stored: of each stage those of its last attempt, which won or is
 * the evidence of a failure; with `all` those of the attempts before it too. `id`: that one, if it counts.
 */
export const artifactsOf = async (store: Readings, run: Run, which: 'last' | 'all' = 'last', id?: string): Promise<readonly RunArtifact[]> => {
  const stages = new Map<string, Run['stages'][number]>(run.stages.filter(({ attempt }) => attempt > 0).map((stage) => [stage.stage, stage]));
  const counts = (name: string, attempt: number): boolean => {
    const stage = stages.get(name);
    if (stage === undefined || attempt > stage.attempt) return false;
    return attempt === stage.attempt ? isSettled(stage) : which === 'all';
  };
  if (stages.size === 0) return [];
  return stillThere(await store.artifactEvents(run.runId, id), run.runId)
    .filter(({ stage, attempt }) => counts(stage, attempt))
    .map(({ stage, attempt, at, data }) => ({ ...(data as unknown as ArtifactMeta), stage, attempt, storedAt: at }));
};

/** An attempt that runs may still fail and be made again. */
const isSettled = ({ status }: Run['stages'][number]): boolean => status !== 'pending' && status !== 'running';
