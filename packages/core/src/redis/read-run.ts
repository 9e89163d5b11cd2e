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
import { readStage, type RunHash } from './stage-record.ts';

/** The Run that a hash records; `pipeline` is the version it is pinned to, null for a run without its stages. */
export const readRun = (runId: RunId, hash: RunHash, pipeline: Pipeline | null, withOutputs: boolean): Run => {
  const subset = hash['sub'] ?? '';
  const stages = (pipeline?.stages ?? []).filter((stage) => subset === '' || subset[stage.index] === '1').map((stage) => readStage(hash, stage, withOutputs));
  const startedAt = time(hash['bt']);
  const finishedAt = time(hash['et']);
  return {
    runId,
    pipeline: hash['pl'] as PipelineName,
    version: hash['v'] as PipelineVersion,
    status: shownStatus(hash['st'] as RunStatus, stages),
    generation: Number(hash['gen']),
    degraded: stages.some((stage) => stage.provenance === 'fallback'),
    trigger: readTrigger(hash['tk'] ?? '{"kind":"manual"}'),
    mode: JSON.parse(hash['md'] ?? 'null') as string | null,
    params: JSON.parse(hash['p'] ?? '{}') as Record<string, unknown>,
    labels: JSON.parse(hash['lb'] ?? '{}') as Record<string, string>,
    reason: JSON.parse(hash['rs'] ?? 'null') as string | null,
    fence: Number(hash['fe']),
    createdAt: Number(hash['ct']),
    startedAt,
    finishedAt,
    durationMs: startedAt !== null && finishedAt !== null ? finishedAt - startedAt : null,
    nextAttemptAt: nextAttemptOf(stages),
    error: hash['err'] === undefined || hash['st'] !== 'failed' ? null : (JSON.parse(hash['err']) as RunError),
    lastSeq: Number(hash['seq']),
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
