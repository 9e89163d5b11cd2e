import {
  nextAttemptOf,
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
import type { RedisHash } from './stage-record.ts';

/** What a run's hash holds of the run itself. */
export const RUN_FIELDS = ['st', 'pl', 'v', 'gen', 'tk', 'md', 'p', 'lb', 'rs', 'fe', 'ct', 'bt', 'et', 'err', 'seq', 'sub', 'left', 'act', 'due'];

/** `waits`: its stages, or those of them that wait for an instant or may run meanwhile. Without any, nothing of the run waits for an instant. */
const readFacts = (runId: RunId, hash: RedisHash, waits: readonly Pick<StageRun, 'status' | 'nextAttemptAt'>[]): RunFacts => {
  const startedAt = time(hash['bt']);
  const finishedAt = time(hash['et']);
  return {
    runId,
    pipeline: hash['pl'] as PipelineName,
    version: hash['v'] as PipelineVersion,
    status: shownStatus(hash['st'] as RunStatus, waits),
    generation: Number(hash['gen'] ?? 1),
    degraded: false,
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
    nextAttemptAt: nextAttemptOf(waits),
    error: hash['err'] === undefined || hash['st'] !== 'failed' ? null : (JSON.parse(hash['err']) as RunError),
    lastSeq: Number(hash['seq']),
  };
};

export const readSummary = (
  runId: RunId,
  hash: RedisHash,
  { total, waits }: { readonly total: number; readonly waits: readonly Pick<StageRun, 'status' | 'nextAttemptAt'>[] },
): RunSummary => ({
  ...readFacts(runId, hash, waits),
  stageCounts: { total, ended: total - Number(hash['left']), running: Number(hash['act']) },
});

export const readRun = (runId: RunId, hash: RedisHash, stages: readonly StageRun[]): Run => ({
  ...readFacts(runId, hash, stages),
  degraded: stages.some((stage) => stage.provenance === 'fallback'),
  stages,
});

/** Whether some of its stages wait for an instant: only they tell whether the run is `retrying`, and until when. */
export const hasDelays = (hash: RedisHash): boolean => Number(hash['due'] ?? 0) > 0;

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
