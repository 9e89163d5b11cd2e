import {
  nextAttemptOf,
  type Pipeline,
  type PipelineName,
  type PipelineVersion,
  type Run,
  type RunError,
  type RunId,
  type RunStatus,
  shownStatus,
  type Trigger,
} from '../domain/index.ts';
import { storedNames } from './layout/packed.ts';
import { RUN } from './layout/records.ts';
import { readStage, type RunHash } from './stage-record.ts';

const STORED = storedNames(RUN);

/** The Run that a hash records; `pipeline` is the version it is pinned to, null for a run without its stages. */
export const readRun = (runId: RunId, hash: RunHash, pipeline: Pipeline | null, withOutputs: boolean): Run => {
  const subset = hash[STORED.subset] ?? '';
  const stages = (pipeline?.stages ?? [])
    .filter((stage) => subset === '' || subset.includes(` ${stage.index} `))
    .map((stage) => readStage(hash, stage, withOutputs));
  const startedAt = time(hash[STORED.begunAt]);
  const finishedAt = time(hash[STORED.endedAt]);
  const error = hash[STORED.error];
  return {
    runId,
    pipeline: hash[STORED.pipeline] as PipelineName,
    version: hash[STORED.version] as PipelineVersion,
    status: shownStatus(hash[STORED.status] as RunStatus, stages),
    generation: Number(hash[STORED.generation]),
    degraded: stages.some((stage) => stage.provenance === 'fallback'),
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
    nextAttemptAt: nextAttemptOf(stages),
    error: error === undefined || hash[STORED.status] !== 'failed' ? null : (JSON.parse(error) as RunError),
    lastSeq: Number(hash[STORED.lastSeq]),
    stages,
  };
};

/** Triggers are stored as their events show them, in snake_case. */
export const readTrigger = (json: string): Trigger => {
  const stored = JSON.parse(json) as { kind: Trigger['kind']; schedule_id?: string; tick?: number; caught_up?: boolean; by?: string };
  return {
    kind: stored.kind,
    ...(stored.schedule_id === undefined ? {} : { scheduleId: stored.schedule_id }),
    ...(stored.tick === undefined ? {} : { tick: stored.tick }),
    ...(stored.caught_up === undefined ? {} : { caughtUp: stored.caught_up }),
    ...(stored.by === undefined ? {} : { by: stored.by }),
  };
};

export const writeTrigger = (trigger: Trigger): string =>
  JSON.stringify({ kind: trigger.kind, schedule_id: trigger.scheduleId, tick: trigger.tick, caught_up: trigger.caughtUp, by: trigger.by });

const time = (text: string | undefined): number | null => (text === undefined ? null : Number(text));
