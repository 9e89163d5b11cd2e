/** queued | retrying -> running, under the run's next fence. */
import { jobIdOf } from '../domain/index.ts';
import type { Claim } from '../ports/index.ts';
import type { Deployment, QueueEntry, RunRecord, StageRecord, WorkerRecord } from './deployment.ts';
import { recordOfStage } from './event-log.ts';
import { moveRun, moveStage } from './moves.ts';
import { isRunnable, nextParked, park, type Parked } from './parked.ts';
import { parkByPause, isPaused } from './pause-run.ts';
import { LOOKS, queueOf, takeNext } from './queues.ts';

/** Null: no stage of the queue may start now. */
export const claimNext = (deployment: Deployment, worker: WorkerRecord, slot: string, queue: string): Claim | null => {
  const takeOwn = (): QueueEntry | null =>
    takeNext(queueOf(deployment, queue), {
      isPaused: ({ run }) => isPaused(deployment, run),
      parkByPause: ({ run, stage }) => parkByPause(deployment, run, stage),
      isRunnable: ({ run, stage }) => isRunnable(worker.info, run, stage),
      park: ({ run, stage }) => park(deployment, run, stage),
    });
  const next = takeParked(deployment, worker, queue) ?? takeOwn();
  return next && begin(deployment, worker, slot, next);
};

const takeParked = (deployment: Deployment, worker: WorkerRecord, queue: string): Parked | null => {
  for (let looks = 0; looks < LOOKS; looks++) {
    const next = nextParked(deployment, worker, queue);
    if (next === null || !isPaused(deployment, next.run)) return next;
    parkByPause(deployment, next.run, next.stage);
  }
  return null;
};

/** As in Redis: 2026-01-01. */
const FENCES_SINCE = Date.UTC(2026, 0, 1);

export const begin = (
  deployment: Deployment,
  worker: WorkerRecord,
  slot: string,
  { run, stage }: Pick<QueueEntry, 'run' | 'stage'>,
): Claim => {
  const now = deployment.clock.now();
  const { queue } = stage.definition;
  moveStage(run, stage, 'running');
  stage.attempt += stage.repeatsAttempt ? 0 : 1;
  stage.repeatsAttempt = false;
  stage.fence = run.claimFence =
    Math.max(run.claimFence, (now - FENCES_SINCE) * 1_024) + 1 + Math.floor(deployment.random() * 1_023);
  stage.worker = worker.worker;
  stage.startedAt = now;
  stage.attempts.push({
    generation: stage.generation,
    attempt: stage.attempt,
    status: 'running',
    startedAt: now,
    finishedAt: null,
    worker: worker.worker,
    error: null,
  });
  if (run.status === 'starting') moveRun(run, 'running');
  run.startedAt ??= now;
  recordOfStage(deployment, run, stage, 'stage.started', { worker: worker.worker, fence: stage.fence, queue });
  const claim = claimOf(run, stage, now);
  worker.slots.set(slot, claim);
  return claim;
};

/** What a worker is sent: also when the claim is sent again, with what has changed since. */
export const claimOf = (run: RunRecord, stage: StageRecord, startedAt: number): Claim => {
  const { definition, generation, attempt, fence, worker, deadline, dependencies, checkpoint } = stage;
  const { kind, tick } = run.trigger;
  return {
    runId: run.runId,
    stageIndex: definition.index,
    generation,
    attempt,
    fence,
    worker: worker!,
    jobId: jobIdOf(run.runId, definition.index, generation),
    pipeline: run.pipeline.name,
    version: run.pipeline.version,
    stage: definition.name,
    queue: definition.queue,
    params: run.params,
    trigger: { kind, ...(tick === undefined ? {} : { tick }) },
    inputs: Object.fromEntries(
      dependencies.map((dependency) => [dependency.definition.name, JSON.parse(dependency.outputJson!) as unknown]),
    ),
    startedAt,
    stageDeadline: deadline,
    checkpointJson: checkpoint?.generation === generation ? checkpoint.json : null,
  };
};
