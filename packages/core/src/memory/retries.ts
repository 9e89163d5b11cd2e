/** What the retry of an ended run takes from it (docs/retries.md). */
import { MOST_RETRIES, type RunEvent, type RunId, type StageName } from '../domain/index.ts';
import type { KeptStage, RetryStart } from '../ports/index.ts';
import type { Todo } from './cut.ts';
import type { Deployment, RunRecord, StageRecord } from './deployment.ts';

export interface Kept {
  readonly stages: ReadonlyMap<StageName, KeptStage & { readonly outputJson: string | null }>;
  readonly artifacts: readonly RunEvent[];
}
export const NOTHING_KEPT: Kept = { stages: new Map(), artifacts: [] };

/** Null: the run, or a stage as it was, is gone. */
export const keptBy = (deployment: Deployment, { of, kept, artifacts }: RetryStart): Kept | null => {
  const source = deployment.runs.get(of);
  if (!source) return null;
  const stages = new Map<StageName, KeptStage & { readonly outputJson: string | null }>();
  const before = new Map([...source.stages.values()].map((stage) => [stage.definition.name, stage]));
  for (const stage of kept) {
    const record = before.get(stage.stage);
    if (record?.status !== stage.status) return null;
    stages.set(stage.stage, { ...stage, outputJson: record.outputJson });
  }
  const recorded = new Map(artifactsOf(source).map((event) => [event.data['id'], event]));
  return { stages, artifacts: artifacts.flatMap((id) => recorded.get(id) ?? []) };
};

/** Its own, after those of kept stages. */
export const artifactsOf = ({ keptArtifacts, log }: RunRecord): readonly RunEvent[] => [
  ...keptArtifacts,
  ...log.filter(({ type }) => type === 'stage.artifact'),
];

/** They are from the start as the retried run left them; no clock of theirs runs. */
export const takeKept = (stages: ReadonlyMap<number, StageRecord>, { stages: kept }: Kept): void => {
  for (const stage of stages.values()) {
    const from = kept.get(stage.definition.name);
    if (!from) continue;
    stage.status = from.status;
    stage.reusedFrom = from.reusedFrom;
    stage.generation = from.reusedFrom?.generation ?? 1;
    stage.outputJson = from.outputJson;
  }
};

/** Kept stages count for those that wait for them as stages that end do, in as many steps as that takes. */
export const visitsOf = (stages: ReadonlyMap<number, StageRecord>, { stages: kept }: Kept): Todo[] =>
  [...stages.values()]
    .filter(
      ({ definition, dependants }) =>
        kept.has(definition.name) && dependants.some((dependant) => !kept.has(dependant.definition.name)),
    )
    .map((of) => ({ what: 'dependants', of, from: 0 }));

/** Once the run may queue stages. */
export const beginRetry = ({ cut }: Deployment, run: RunRecord): void => {
  if (run.begins.length === 0) return;
  run.todo.push(...run.begins.splice(0));
  cut.unfinished.add(run);
};

export const noteRetry = (deployment: Deployment, of: RunId, runId: RunId): void => {
  const source = deployment.runs.get(of);
  source?.retries.push(runId);
  source?.retries.splice(0, source.retries.length - MOST_RETRIES);
};
