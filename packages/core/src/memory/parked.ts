/** Stages that wait outside of their queue for a worker that has their code. */
import { hasCode, jobIdOf } from '../domain/index.ts';
import type { ParkedView, WorkerInfo } from '../ports/index.ts';
import type { Deployment, RunRecord, StageRecord, WorkerRecord } from './deployment.ts';

interface Parked {
  readonly run: RunRecord;
  readonly stage: StageRecord;
  readonly since: number;
}

/** False: the worker is registered with the code of what it would not run, and would only take it again. */
export const isLacking = (deployment: Deployment, run: RunRecord, stage: StageRecord): boolean => {
  const worker = deployment.workers.get(stage.worker!);
  return !worker || !canTake(worker.info, run, stage);
};

/** The stage, which is queued, in no queue. Another park of the same attempt does not change since when it waits. */
export const park = (deployment: Deployment, stage: StageRecord): void => {
  const since = stage.lackedCode?.attempt === stage.attempt ? stage.lackedCode.since : deployment.clock.now();
  stage.lackedCode = { since, attempt: stage.attempt };
  stage.parkedSince = since;
  // Who has its code some day begins with a clean sheet: it waits in one place, not also among those that run apart.
  stage.suspicions = 0;
};

/** The one that waits longest of those that the worker can run, or null. */
export const nextParked = (deployment: Deployment, { info }: WorkerRecord, queue: string): Parked | null =>
  parkedStages(deployment).find(({ run, stage }) => stage.definition.queue === queue && canTake(info, run, stage)) ?? null;

export const parkedViews = (deployment: Deployment): readonly ParkedView[] => {
  const views = new Map<string, ParkedView>();
  for (const { run, stage, since } of parkedStages(deployment)) {
    const own = { queue: stage.definition.queue, pipeline: run.pipeline.name, version: versionOf(run, stage) };
    const group = `${own.queue}/${own.pipeline}@${own.version ?? ''}`;
    const before = views.get(group);
    views.set(group, { ...own, stages: (before?.stages ?? 0) + 1, since: before?.since ?? since });
  }
  return [...views].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, view]) => view);
};

const parkedStages = (deployment: Deployment): readonly Parked[] =>
  [...deployment.runs.values()]
    .flatMap((run) => [...run.stages.values()].flatMap((stage) => (stage.parkedSince === null ? [] : [{ run, stage, since: stage.parkedSince }])))
    .sort((a, b) => a.since - b.since || (jobOf(a) < jobOf(b) ? -1 : 1));

const jobOf = ({ run, stage }: Parked): string => jobIdOf(run.runId, stage.definition.index, 1);

const versionOf = (run: RunRecord, { definition }: StageRecord): ParkedView['version'] => (definition.handler.kind === 'command' ? null : run.pipeline.version);

const canTake = (info: WorkerInfo, { pipeline: { name, version } }: RunRecord, { definition: { queue, handler } }: StageRecord): boolean =>
  info.queues.includes(queue) && hasCode(info, { pipeline: name, version, kind: handler.kind });
