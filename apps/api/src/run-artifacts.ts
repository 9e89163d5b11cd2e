import type { Run } from '@millrace/core/domain';
import type { ArtifactMeta, Readings } from '@millrace/core/ports';
import type { RunArtifact } from '@millrace/core/wire';
import { stillThere } from './still-there.ts';

const PAGE = 500;

/** The artifacts of a run that count: of each stage, those of its last attempt, which won or is the evidence of a failure. In the order in which they were stored. */
export const artifactsOf = async (store: Readings, run: Run): Promise<readonly RunArtifact[]> => {
  const counting = new Map<string, number>(run.stages.filter(isSettled).map((stage) => [stage.stage, stage.attempt]));
  const artifacts: RunArtifact[] = [];
  if (counting.size === 0) return artifacts;
  for (let afterSeq = 0; ; ) {
    const events = stillThere(await store.events(run.runId, { afterSeq, limit: PAGE }), run.runId);
    for (const event of events) {
      afterSeq = event.seq;
      if (event.type !== 'stage.artifact' || counting.get(event.stage) !== event.attempt) continue;
      artifacts.push({ ...(event.data as unknown as ArtifactMeta), stage: event.stage, attempt: event.attempt, storedAt: event.at });
    }
    if (events.length < PAGE) return artifacts;
  }
};

/** An attempt that runs may still fail and be made again. */
const isSettled = ({ status }: Run['stages'][number]): boolean => status !== 'pending' && status !== 'running';
