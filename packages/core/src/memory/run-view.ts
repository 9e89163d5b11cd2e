import { nextAttemptOf, type Run, shownStatus, type StageRun } from '../domain/index.ts';
import type { RunRecord, StageRecord } from './deployment.ts';

/** The run as every view shows it; without the stages' outputs in lists. */
export const viewOf = (run: RunRecord, { outputs }: { outputs: boolean }): Run => {
  const stages = [...run.stages.values()].map((stage) => viewOfStage(stage, outputs));
  const { runId, pipeline, trigger, mode, params, labels, reason, fence, createdAt, startedAt, finishedAt, error } = run;
  return {
    runId,
    pipeline: pipeline.name,
    version: pipeline.version,
    status: shownStatus(run.status, stages),
    generation: 1,
    degraded: false,
    trigger,
    mode,
    params,
    labels,
    reason,
    fence,
    createdAt,
    startedAt,
    finishedAt,
    durationMs: between(startedAt, finishedAt),
    nextAttemptAt: nextAttemptOf(stages),
    error: finishedAt === null ? null : error,
    lastSeq: run.log.length,
    stages,
  };
};

/** `queuedAt`, `startedAt` and `worker` are those of the newest attempt; the older ones are in `attempts`. */
const viewOfStage = (stage: StageRecord, outputs: boolean): StageRun => {
  const { definition, status, attempt, queuedAt, parked, startedAt, finishedAt, nextAttemptAt, worker, fence, outputJson, error, attempts } = stage;
  return {
    stage: definition.name,
    status,
    generation: 1,
    attempt,
    queue: definition.queue,
    provenance: 'ran',
    queuedAt,
    waitingFor: parked?.cause ? { cause: parked.cause, since: parked.since } : null,
    startedAt,
    finishedAt,
    durationMs: between(startedAt, finishedAt),
    nextAttemptAt,
    worker,
    fence,
    output: outputs && outputJson !== null ? (JSON.parse(outputJson) as unknown) : null,
    error,
    attempts,
  };
};

const between = (from: number | null, to: number | null): number | null => (from === null || to === null ? null : to - from);
