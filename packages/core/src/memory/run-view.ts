import {
  fitPage,
  isTerminalStage,
  nextAttemptOf,
  type Run,
  type RunFacts,
  type RunSummary,
  shownStatus,
  type StageRun,
} from '../domain/index.ts';
import type { StagePage, StageQuery } from '../ports/index.ts';
import type { RunRecord, StageRecord } from './deployment.ts';

export const viewOf = (run: RunRecord): Run => {
  const stages = [...run.stages.values()].map((stage) => viewOfStage(stage, true));
  return { ...factsOf(run, stages), stages };
};

export const summaryOf = (run: RunRecord): RunSummary => {
  const stages = [...run.stages.values()].map((stage) => viewOfStage(stage, false));
  const count = (counts: (stage: StageRun) => boolean): number => stages.filter(counts).length;
  const ended = count(({ status }) => isTerminalStage(status));
  return {
    ...factsOf(run, stages),
    stageCounts: { total: stages.length, ended, running: count(({ status }) => status === 'running') },
  };
};

export const pageOfStages = (run: RunRecord, { after, limit, status, names, outputs }: StageQuery): StagePage => {
  const found = [...run.stages]
    .filter(
      ([index, stage]) =>
        (after === null || index > after) &&
        (names?.includes(stage.definition.name) ?? true) &&
        (status?.includes(stage.status) ?? true),
    )
    .slice(0, limit + 1);
  const items = fitPage(found.slice(0, limit).map(([, stage]) => viewOfStage(stage, outputs)));
  return { run: summaryOf(run), items, nextAfter: items.length < found.length ? found[items.length - 1]![0] : null };
};

const factsOf = (run: RunRecord, stages: readonly StageRun[]): RunFacts => {
  const { runId, pipeline, trigger, mode, params, labels, reason, fence, createdAt, startedAt, finishedAt, error } =
    run;
  return {
    runId,
    pipeline: pipeline.name,
    version: pipeline.version,
    status: shownStatus(run.status, stages),
    generation: 1,
    retryOf: run.retryOf,
    retries: [...run.retries],
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
    pause: run.status === 'paused' ? run.pause : null,
    lastSeq: run.log.length,
  };
};

/** `queuedAt`, `startedAt` and `worker` are those of the newest attempt; older ones are in `attempts`. */
const viewOfStage = (stage: StageRecord, outputs: boolean): StageRun => {
  const {
    definition,
    status,
    generation,
    attempt,
    queuedAt,
    parked,
    startedAt,
    finishedAt,
    nextAttemptAt,
    worker,
    fence,
    outputJson,
    error,
    attempts,
  } = stage;
  return {
    stage: definition.name,
    status,
    generation,
    attempt,
    queue: definition.queue,
    provenance: stage.reusedFrom ? 'reused' : 'ran',
    reusedFrom: stage.reusedFrom,
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

const between = (from: number | null, to: number | null): number | null =>
  from === null || to === null ? null : to - from;
