import type { Run } from '@millrace/core/domain';
import type { ArtifactMeta, Readings } from '@millrace/core/ports';
import type { RunArtifact } from '@millrace/core/wire';

const PAGE = 500;

/** The artifacts of a run that count: stored by the attempt that won, of a stage that succeeded. In the order in which they were stored. */
export const artifactsOf = async (store: Readings, run: Run): Promise<readonly RunArtifact[]> => {
  const winner = new Map<string, number>(run.stages.filter((stage) => stage.status === 'succeeded').map((stage) => [stage.stage, stage.attempt]));
  const artifacts: RunArtifact[] = [];
  if (winner.size === 0) return artifacts;
  for (let afterSeq = 0; ; ) {
    const events = (await store.events(run.runId, { afterSeq, limit: PAGE })) ?? [];
    for (const event of events) {
      afterSeq = event.seq;
      if (event.type !== 'stage.artifact' || winner.get(event.stage) !== event.attempt) continue;
      artifacts.push({ ...(event.data as unknown as ArtifactMeta), stage: event.stage, attempt: event.attempt, storedAt: event.at });
    }
    if (events.length < PAGE) return artifacts;
  }
};
