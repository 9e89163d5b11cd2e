import {
  nextAttemptOf,
  type Pause,
  type PipelineName,
  type PipelineVersion,
  type Run,
  type RunError,
  type RunFacts,
  type RunId,
  type RunStatus,
  type RunSummary,
  shownStatus,
  type StageRun,
  type Trigger,
} from '../domain/index.ts';
import { storedNames } from './layout/packed.ts';
import { RUN } from './layout/records.ts';
import type { RedisHash } from './stage-record.ts';

const STORED = storedNames(RUN);

/** The run's own fields in its hash. */
export const RUN_FIELDS = [
  STORED.status,
  STORED.pipeline,
  STORED.version,
  STORED.generation,
  STORED.retryOf,
  STORED.retries,
  STORED.trigger,
  STORED.mode,
  STORED.params,
  STORED.labels,
  STORED.reason,
  STORED.fence,
  STORED.createdAt,
  STORED.begunAt,
  STORED.endedAt,
  STORED.error,
  STORED.pause,
  STORED.lastSeq,
  STORED.subset,
  STORED.stagesLeft,
  STORED.stagesRunning,
  STORED.delayedStages,
  STORED.atGates,
];

/**
 * `waits`: its stages, or at least those that are delayed or may run meanwhile. None: no stage of the run is delayed.
 */
const readFacts = (
  runId: RunId,
  hash: RedisHash,
  waits: readonly Pick<StageRun, 'status' | 'nextAttemptAt'>[],
): RunFacts => {
  const startedAt = time(hash[STORED.begunAt]);
  const finishedAt = time(hash[STORED.endedAt]);
  const error = hash[STORED.error];
  return {
    runId,
    pipeline: hash[STORED.pipeline] as PipelineName,
    version: hash[STORED.version] as PipelineVersion,
    status: shownStatus(hash[STORED.status] as RunStatus, waits),
    generation: Number(hash[STORED.generation] ?? 1),
    retryOf: (hash[STORED.retryOf] as RunId | undefined) ?? null,
    retries: (hash[STORED.retries]?.split(' ') ?? []) as RunId[],
    degraded: false,
    trigger: readTrigger(hash[STORED.trigger] ?? '{"kind":"manual"}'),
    mode: JSON.parse(hash[STORED.mode] ?? 'null') as string | null,
    params: JSON.parse(hash[STORED.params] ?? '{}') as Record<string, unknown>,
    labels: JSON.parse(hash[STORED.labels] ?? '{}') as Record<string, string>,
    reason: JSON.parse(hash[STORED.reason] ?? 'null') as string | null,
    fence: Number(hash[STORED.fence]),
    createdAt: Number(hash[STORED.createdAt]),
    startedAt,
    finishedAt,
    durationMs: startedAt !== null && finishedAt !== null ? finishedAt - startedAt : null,
    nextAttemptAt: nextAttemptOf(waits),
    pause: hash[STORED.status] === 'paused' ? (JSON.parse(hash[STORED.pause]!) as Pause) : null,
    error: error === undefined || hash[STORED.status] !== 'failed' ? null : (JSON.parse(error) as RunError),
    lastSeq: Number(hash[STORED.lastSeq]),
  };
};

export const readSummary = (
  runId: RunId,
  hash: RedisHash,
  { total, waits }: { readonly total: number; readonly waits: readonly Pick<StageRun, 'status' | 'nextAttemptAt'>[] },
): RunSummary => ({
  ...readFacts(runId, hash, waits),
  stageCounts: { total, ended: total - Number(hash[STORED.stagesLeft]), running: Number(hash[STORED.stagesRunning]) },
});

export const readRun = (runId: RunId, hash: RedisHash, stages: readonly StageRun[]): Run => ({
  ...readFacts(runId, hash, stages),
  degraded: stages.some((stage) => stage.provenance === 'fallback'),
  stages,
});

/** Whether any of its stages is delayed or at a gate: only those show whether the run waits, and until when. */
export const hasDelays = (hash: RedisHash): boolean =>
  Number(hash[STORED.delayedStages] ?? 0) > 0 || Number(hash[STORED.atGates] ?? 0) > 0;

/** Triggers are stored as their events show them, in snake_case. */
export const readTrigger = (json: string): Trigger => {
  const stored = JSON.parse(json) as {
    kind: Trigger['kind'];
    schedule_id?: string;
    tick?: number;
    caught_up?: boolean;
    by?: string;
  };
  return {
    kind: stored.kind,
    ...(stored.schedule_id === undefined ? {} : { scheduleId: stored.schedule_id }),
    ...(stored.tick === undefined ? {} : { tick: stored.tick }),
    ...(stored.caught_up === undefined ? {} : { caughtUp: stored.caught_up }),
    ...(stored.by === undefined ? {} : { by: stored.by }),
  };
};

export const writeTrigger = (trigger: Trigger): string =>
  JSON.stringify({
    kind: trigger.kind,
    schedule_id: trigger.scheduleId,
    tick: trigger.tick,
    caught_up: trigger.caughtUp,
    by: trigger.by,
  });

const time = (text: string | undefined): number | null => (text === undefined ? null : Number(text));
