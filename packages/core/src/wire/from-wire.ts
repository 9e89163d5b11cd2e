/** From the wire back to the model, for clients. Imports no schemas: a browser need not load them. */
import type {
  AttemptRecord,
  GateId,
  Pause,
  PipelineName,
  PipelineVersion,
  Run,
  RunEvent,
  RunId,
  StageName,
  StageRun,
  Trigger,
} from '../domain/index.ts';
import type { WireEvent } from './event.ts';
import type { WirePause, WireRun, WireStageRun, WireTrigger } from './run.ts';

export const fromWireEvent = (wire: WireEvent): RunEvent => ({
  seq: wire.seq,
  runId: wire.run_id as RunId,
  pipeline: wire.pipeline as PipelineName,
  stage: wire.stage,
  attempt: wire.attempt,
  generation: wire.generation,
  type: wire.type,
  at: Date.parse(wire.timestamp),
  data: wire.data,
});

export const fromWireRun = (wire: WireRun): Run => ({
  runId: wire.run_id as RunId,
  pipeline: wire.pipeline as PipelineName,
  version: wire.version as PipelineVersion,
  status: wire.status,
  generation: wire.generation,
  retryOf: wire.retry_of as RunId | null,
  retries: wire.retries as RunId[],
  degraded: wire.degraded,
  trigger: fromWireTrigger(wire.trigger),
  mode: wire.mode,
  params: wire.params,
  labels: wire.labels,
  reason: wire.reason,
  fence: wire.fence,
  createdAt: Date.parse(wire.created_at),
  startedAt: msOrNull(wire.started_at),
  finishedAt: msOrNull(wire.finished_at),
  durationMs: wire.duration_ms,
  nextAttemptAt: msOrNull(wire.next_attempt_at),
  error: wire.error === null ? null : { ...wire.error, stage: wire.error.stage as StageName | null },
  pause: wire.pause && fromWirePause(wire.pause),
  lastSeq: wire.last_seq,
  stages: wire.stages.map(fromWireStageRun),
});

const fromWirePause = ({ since, scope, by, reason, cause }: WirePause): Pause => ({
  since: Date.parse(since),
  scope,
  by,
  reason,
  ...(cause === undefined ? {} : { cause: { kind: cause.kind, gate: cause.gate as GateId } }),
});

const fromWireTrigger = (wire: WireTrigger): Trigger => ({
  kind: wire.kind,
  ...(wire.schedule_id === undefined ? {} : { scheduleId: wire.schedule_id }),
  ...(wire.tick === undefined ? {} : { tick: Date.parse(wire.tick) }),
  ...(wire.caught_up === undefined ? {} : { caughtUp: wire.caught_up }),
  ...(wire.by === undefined ? {} : { by: wire.by }),
});

const fromWireStageRun = (wire: WireStageRun): StageRun => ({
  stage: wire.stage as StageName,
  status: wire.status,
  generation: wire.generation,
  attempt: wire.attempt,
  queue: wire.queue,
  provenance: wire.provenance,
  reusedFrom: wire.reused_from && {
    runId: wire.reused_from.run_id as RunId,
    generation: wire.reused_from.generation,
    otherParams: wire.reused_from.other_params,
  },
  queuedAt: msOrNull(wire.queued_at),
  waitingFor: wire.waiting_for && { cause: wire.waiting_for.cause, since: Date.parse(wire.waiting_for.since) },
  startedAt: msOrNull(wire.started_at),
  finishedAt: msOrNull(wire.finished_at),
  durationMs: wire.duration_ms,
  nextAttemptAt: msOrNull(wire.next_attempt_at),
  worker: wire.worker,
  fence: wire.fence,
  output: wire.output,
  error: wire.error,
  attempts: wire.attempts.map(fromWireAttempt),
});

const fromWireAttempt = (wire: WireStageRun['attempts'][number]): AttemptRecord => ({
  generation: wire.generation,
  attempt: wire.attempt,
  status: wire.status,
  startedAt: Date.parse(wire.started_at),
  finishedAt: msOrNull(wire.finished_at),
  worker: wire.worker,
  error: wire.error,
});

const msOrNull = (instant: string | null): number | null => (instant === null ? null : Date.parse(instant));
