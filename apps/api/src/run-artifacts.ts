import type { Run } from '@millrace/core/domain';
import type { ArtifactMeta, Readings } from '@millrace/core/ports';
import type { RunArtifact } from '@millrace/core/wire';
import { stillThere } from './still-there.ts';

const PAGE = 500;

/**
 * The artifacts of attempts that have ended, in the order in which they were stored: of each stage those of its last attempt, which won or is
 * the evidence of a failure; with `all` those of the attempts before it too.
 */
export const artifactsOf = async (store: Readings, run: Run, which: 'last' | 'all' = 'last'): Promise<readonly RunArtifact[]> => {
  const stages = new Map<string, Run['stages'][number]>(run.stages.filter(({ attempt }) => attempt > 0).map((stage) => [stage.stage, stage]));
  const counts = (name: string, attempt: number): boolean => {
    const stage = stages.get(name);
    if (stage === undefined || attempt > stage.attempt) return false;
    return attempt === stage.attempt ? isSettled(stage) : which === 'all';
  };
  const artifacts: RunArtifact[] = [];
  if (stages.size === 0) return artifacts;
  for (let afterSeq = 0; ; ) {
    const events = stillThere(await store.events(run.runId, { afterSeq, limit: PAGE }), run.runId);
    for (const event of events) {
      afterSeq = event.seq;
      if (event.type !== 'stage.artifact' || !counts(event.stage, event.attempt)) continue;
      artifacts.push({ ...(event.data as unknown as ArtifactMeta), stage: event.stage, attempt: event.attempt, storedAt: event.at });
    }
    if (events.length < PAGE) return artifacts;
  }
};

/** An attempt that runs may still fail and be made again. */
const isSettled = ({ status }: Run['stages'][number]): boolean => status !== 'pending' && status !== 'running';
