import type { EventData } from './event-data.ts';
import type { RunId, StageName } from './ids.ts';
import type { ReusedFrom } from './run.ts';

interface Kept {
  readonly stage: StageName;
  readonly reusedFrom: ReusedFrom | null;
}

/** What `run.created` tells of a retry: the stages that it keeps, in order, by the run that made their results. */
export const retryData = ({
  of,
  kept,
}: {
  readonly of: RunId;
  readonly kept: readonly Kept[];
}): Pick<EventData['run.created'], 'retry_of' | 'reused' | 'skipped'> => {
  const reused = new Map<string, { run_id: RunId; generation: number; other_params: boolean; stages: StageName[] }>();
  const skipped: StageName[] = [];
  for (const { stage, reusedFrom } of kept) {
    if (reusedFrom === null) {
      skipped.push(stage);
      continue;
    }
    const { runId, generation, otherParams } = reusedFrom;
    const origin = `${runId} ${generation} ${otherParams}`;
    const group = reused.get(origin) ?? { run_id: runId, generation, other_params: otherParams, stages: [] };
    group.stages.push(stage);
    reused.set(origin, group);
  }
  return {
    retry_of: of,
    ...(reused.size === 0 ? {} : { reused: [...reused.values()] }),
    ...(skipped.length === 0 ? {} : { skipped }),
  };
};
