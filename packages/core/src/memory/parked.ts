/** Stages that wait outside their queue for a worker with their code. */
import { hasCode, jobIdOf } from '../domain/index.ts';
import type { ParkedView, WorkerInfo } from '../ports/index.ts';
import type { Deployment, RunRecord, StageRecord, WorkerRecord } from './deployment.ts';
import { recordOfStage } from './event-log.ts';

export interface Parked {
  readonly run: RunRecord;
  readonly stage: StageRecord;
  readonly since: number;
}

/** False: the worker is registered with the code of the stage it handed back, and would only claim it again. */
export const isLacking = (deployment: Deployment, run: RunRecord, stage: StageRecord): boolean => {
  const worker = deployment.workers.get(stage.worker!);
  return !worker || !canTake(worker.info, run, stage);
};

/** Parks a stage that is in no queue. Parking the awaited attempt again does not change since when it waits. */
export const park = (deployment: Deployment, run: RunRecord, stage: StageRecord): void => {
  const attempt = stage.attempt + (stage.repeatsAttempt ? 0 : 1);
  const since = stage.lackedCode?.attempt === attempt ? stage.lackedCode.since : deployment.clock.now();
  stage.lackedCode = { since, attempt };
  stage.parked = { since, cause: null };
  stage.entry = null;
  // The next worker with its code starts afresh: the stage waits in one place, not also among those that run apart.
  stage.suspicions = 0;
  recordCause(deployment, run, stage);
};

/** Parks a stage of a paused run, in a queue or parked for another cause, until the resume. */
export const parkPaused = (deployment: Deployment, run: RunRecord, stage: StageRecord, since: number): void => {
  // Parked again later, it has waited since then.
  if (stage.parked) stage.lackedCode = null;
  stage.entry = null;
  stage.parked = { since, cause: 'paused' };
  recordOfStage(deployment, run, stage, 'stage.parked', { cause: 'paused', since });
};

/** A stage parked while a live worker has its code only waits until that worker claims it: no cause is recorded. */
export const recordCause = (deployment: Deployment, run: RunRecord, stage: StageRecord): void => {
  if (stage.parked === null || stage.parked.cause !== null) return;
  const now = deployment.clock.now();
  if ([...deployment.workers.values()].some(({ leaseUntil, info }) => leaseUntil > now && canTake(info, run, stage)))
    return;
  const wait = { cause: 'no_compatible_worker', since: stage.parked.since } as const;
  stage.parked = wait;
  recordOfStage(deployment, run, stage, 'stage.parked', wait);
};

/** The longest waiting stage that the worker can run, or null. */
export const nextParked = (deployment: Deployment, { info }: WorkerRecord, queue: string): Parked | null =>
  parkedStages(deployment).find(({ run, stage }) => stage.definition.queue === queue && canTake(info, run, stage)) ??
  null;

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
    .flatMap((run) =>
      [...run.stages.values()].flatMap((stage) =>
        stage.parked === null || stage.parked.cause === 'paused' ? [] : [{ run, stage, since: stage.parked.since }],
      ),
    )
    .sort((a, b) => a.since - b.since || (jobOf(a) < jobOf(b) ? -1 : 1));

const jobOf = ({ run, stage }: Parked): string => jobIdOf(run.runId, stage.definition.index, stage.generation);

const versionOf = (run: RunRecord, { definition }: StageRecord): ParkedView['version'] =>
  definition.handler.kind === 'function' ? run.pipeline.version : null;

const canTake = (info: WorkerInfo, run: RunRecord, stage: StageRecord): boolean =>
  info.queues.includes(stage.definition.queue) && isRunnable(info, run, stage);

/** Whether the worker has its code. */
export const isRunnable = (
  info: WorkerInfo,
  { pipeline: { name, version } }: RunRecord,
  { definition: { handler } }: StageRecord,
): boolean => hasCode(info, { pipeline: name, version, kind: handler.kind });
