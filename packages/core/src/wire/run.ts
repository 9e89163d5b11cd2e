import { z } from 'zod';
import {
  type AttemptRecord,
  type Pause,
  PAUSE_SCOPES,
  PROVENANCES,
  type ReusedFrom,
  RUN_STATES,
  type RunSummary,
  STAGE_STATES,
  type StageRun,
  type Trigger,
  TRIGGER_KINDS,
  type WaitCause,
  WAIT_CAUSES,
} from '../domain/index.ts';
import type { StagePage } from '../ports/index.ts';
import { toInstant, toInstantOrNull, wireInstant } from './time.ts';

const instant = wireInstant.nullable();
const stageError = z.object({ code: z.string(), message: z.string() });

const attempt = z
  .object({
    generation: z.int().positive().meta({ description: 'Of the stage: each rerun begins the next one' }),
    attempt: z.int().positive().meta({ description: 'From 1 on in each generation' }),
    status: z.enum(['running', 'succeeded', 'failed', 'cancelled', 'worker_lost', 'handed_back', 'gated']),
    started_at: wireInstant,
    finished_at: instant,
    worker: z.string(),
    error: stageError.nullable(),
  })
  .meta({ id: 'Attempt' });

export const wireReusedFrom = z
  .object({
    run_id: z.string(),
    generation: z.int().positive(),
    other_params: z.boolean().meta({ description: 'It was made for a run with other params' }),
  })
  .meta({ id: 'ReusedFrom' });

export const wireStageRun = z
  .object({
    stage: z.string(),
    status: z.enum(STAGE_STATES),
    generation: z.int().positive().meta({ description: '1, and one more with each rerun' }),
    attempt: z.int().nonnegative().meta({ description: '0 before the first attempt starts' }),
    queue: z.string(),
    provenance: z
      .enum(PROVENANCES)
      .meta({ description: 'An attempt of this run made its result, or another run, a cache, or its fallback' }),
    reused_from: wireReusedFrom
      .nullable()
      .meta({ description: 'The run that made a reused result; null: it is not reused' }),
    queued_at: instant,
    waiting_for: z
      .object({ cause: z.enum(Object.keys(WAIT_CAUSES) as [WaitCause]), since: wireInstant })
      .nullable()
      .meta({ description: 'What it is waiting for outside of its queue, and since when' }),
    started_at: instant,
    finished_at: instant,
    duration_ms: z.number().nullable(),
    next_attempt_at: instant,
    worker: z.string().nullable(),
    fence: z.int().nonnegative().meta({ description: 'Fence of the last attempt; 0 before the first' }),
    output: z.unknown(),
    error: stageError.nullable(),
    attempts: z.array(attempt),
  })
  .meta({ id: 'StageRun' });
export type WireStageRun = z.infer<typeof wireStageRun>;

export const wireTrigger = z
  .object({
    kind: z.enum(TRIGGER_KINDS),
    schedule_id: z.string().optional(),
    tick: wireInstant.optional(),
    caught_up: z.boolean().optional(),
    by: z.string().optional(),
  })
  .meta({ id: 'Trigger' });
export type WireTrigger = z.infer<typeof wireTrigger>;

export const wirePauseCause = z
  .object({ kind: z.literal('gate_rejected'), gate: z.string().meta({ description: 'Id of the gate' }) })
  .meta({ id: 'PauseCause', description: 'What paused the run; absent: somebody did' });

export const wirePause = z
  .object({
    since: wireInstant,
    scope: z.enum(PAUSE_SCOPES).meta({
      description:
        'What was paused: this run, its pipeline, or all pipelines; `rerun`: the run, while a rerun opens stages again',
    }),
    by: z.string().nullable(),
    reason: z.string().nullable(),
    cause: wirePauseCause.optional(),
  })
  .meta({ id: 'Pause' });
export type WirePause = z.infer<typeof wirePause>;

export const toWirePause = ({ since, scope, by, reason, cause }: Pause): WirePause => ({
  since: toInstant(since),
  scope,
  by,
  reason,
  ...(cause === undefined ? {} : { cause }),
});

/** A pause of a pipeline, or of the deployment. */
export const wirePauseInForce = wirePause
  .extend({ pipeline: z.string().nullable().meta({ description: 'null: the whole deployment' }) })
  .meta({ id: 'PauseInForce' });
export type WirePauseInForce = z.infer<typeof wirePauseInForce>;

const runFacts = {
  run_id: z.string(),
  pipeline: z.string(),
  version: z.string(),
  status: z.enum(RUN_STATES),
  generation: z.int().positive(),
  retry_of: z.string().nullable().meta({ description: 'The ended run that it retries; null: it is no retry' }),
  retries: z
    .array(z.string())
    .meta({ description: 'Runs that retry it, oldest first: the last 50. They may be pruned before it' }),
  degraded: z.boolean().meta({ description: 'At least one stage used its fallback output' }),
  trigger: wireTrigger,
  mode: z.string().nullable(),
  params: z.record(z.string(), z.unknown()),
  labels: z.record(z.string(), z.string()),
  reason: z.string().nullable(),
  fence: z.int().meta({ description: 'Increases with every run of the pipeline' }),
  created_at: wireInstant,
  started_at: instant,
  finished_at: instant,
  duration_ms: z.number().nullable(),
  next_attempt_at: instant,
  error: stageError.extend({ stage: z.string().nullable(), attempt: z.int().nullable() }).nullable(),
  pause: wirePause.nullable().meta({ description: 'Who paused it; null: it is not paused' }),
  last_seq: z.int().nonnegative().meta({ description: '`seq` of the last event' }),
};

const stageCounts = z.object({
  total: z.int().nonnegative(),
  ended: z.int().nonnegative().meta({ description: 'Stages that have ended, in any state' }),
  running: z.int().nonnegative(),
});
const stagePage = {
  stages: z.array(wireStageRun).meta({ description: 'In definition order; only the first ones of a large run' }),
  stages_next_cursor: z
    .string()
    .nullable()
    .meta({ description: '`cursor` for the next stages; null: there are no more' }),
};

export const wireRun = z.object({ ...runFacts, stage_counts: stageCounts, ...stagePage }).meta({ id: 'Run' });
export type WireRun = z.infer<typeof wireRun>;

/** A gate that waits, where its run is shown. */
export const wireWaitingGate = z
  .object({ gate_id: z.string(), stage: z.string(), deadline: instant })
  .meta({ id: 'WaitingGate' });
export type WireWaitingGate = z.infer<typeof wireWaitingGate>;

/** The answer about one run. */
export const wireRunAtGates = wireRun
  .extend({
    gates: z.array(wireWaitingGate).optional().meta({ description: 'Gates that wait for a decision, if any do' }),
  })
  .meta({ id: 'RunAtGates' });
export type WireRunAtGates = z.infer<typeof wireRunAtGates>;

export const wireListedRun = z
  .object({
    ...runFacts,
    stage_counts: stageCounts,
    stages: stagePage.stages
      .optional()
      .meta({ description: 'With `stages=all`, without outputs; only the first ones of a large run' }),
    stages_next_cursor: stagePage.stages_next_cursor.optional(),
  })
  .meta({ id: 'ListedRun' });
export type WireListedRun = z.infer<typeof wireListedRun>;

/** `last_seq`: of the instant at which the page was read. */
export const wireStagePage = z
  .object({
    items: z.array(wireStageRun),
    next_cursor: z.string().nullable(),
    last_seq: z.int().nonnegative().meta({
      description: "`seq` of the run's last event when the page was read: later events are not reflected in it",
    }),
  })
  .meta({ id: 'StagePage' });
export type WireStagePage = z.infer<typeof wireStagePage>;

export const wireStartedRun = wireRun
  .extend({ warnings: z.array(z.string()).meta({ description: 'Why it cannot run right now, one sentence each' }) })
  .meta({ id: 'StartedRun' });
export type WireStartedRun = z.infer<typeof wireStartedRun>;

/** A run with the first of its stages. */
export const toWireRun = (page: StagePage): WireRun => ({
  ...toWireListedRun(page.run),
  stages: page.items.map(toWireStageRun),
  stages_next_cursor: cursorOf(page),
});

export const toWireStagePage = (page: StagePage): WireStagePage => ({
  items: page.items.map(toWireStageRun),
  next_cursor: cursorOf(page),
  last_seq: page.run.lastSeq,
});

const cursorOf = ({ nextAfter }: StagePage): string | null => (nextAfter === null ? null : String(nextAfter));

export const toWireListedRun = (run: RunSummary, page?: StagePage): WireListedRun => ({
  run_id: run.runId,
  pipeline: run.pipeline,
  version: run.version,
  status: run.status,
  generation: run.generation,
  retry_of: run.retryOf,
  retries: [...run.retries],
  degraded: run.degraded,
  trigger: toWireTrigger(run.trigger),
  mode: run.mode,
  params: run.params,
  labels: run.labels,
  reason: run.reason,
  fence: run.fence,
  created_at: toInstant(run.createdAt),
  started_at: toInstantOrNull(run.startedAt),
  finished_at: toInstantOrNull(run.finishedAt),
  duration_ms: run.durationMs,
  next_attempt_at: toInstantOrNull(run.nextAttemptAt),
  error: run.error,
  pause: run.pause && toWirePause(run.pause),
  last_seq: run.lastSeq,
  stage_counts: run.stageCounts,
  ...(page === undefined ? {} : { stages: page.items.map(toWireStageRun), stages_next_cursor: cursorOf(page) }),
});

const toWireTrigger = (trigger: Trigger): WireTrigger => ({
  kind: trigger.kind,
  ...(trigger.scheduleId === undefined ? {} : { schedule_id: trigger.scheduleId }),
  ...(trigger.tick === undefined ? {} : { tick: toInstant(trigger.tick) }),
  ...(trigger.caughtUp === undefined ? {} : { caught_up: trigger.caughtUp }),
  ...(trigger.by === undefined ? {} : { by: trigger.by }),
});

export const toWireReusedFrom = ({ runId, generation, otherParams }: ReusedFrom): z.infer<typeof wireReusedFrom> => ({
  run_id: runId,
  generation,
  other_params: otherParams,
});

const toWireStageRun = (stage: StageRun): WireStageRun => ({
  stage: stage.stage,
  status: stage.status,
  generation: stage.generation,
  attempt: stage.attempt,
  queue: stage.queue,
  provenance: stage.provenance,
  reused_from: stage.reusedFrom && toWireReusedFrom(stage.reusedFrom),
  queued_at: toInstantOrNull(stage.queuedAt),
  waiting_for: stage.waitingFor && { cause: stage.waitingFor.cause, since: toInstant(stage.waitingFor.since) },
  started_at: toInstantOrNull(stage.startedAt),
  finished_at: toInstantOrNull(stage.finishedAt),
  duration_ms: stage.durationMs,
  next_attempt_at: toInstantOrNull(stage.nextAttemptAt),
  worker: stage.worker,
  fence: stage.fence,
  output: stage.output ?? null,
  error: stage.error,
  attempts: stage.attempts.map(toWireAttempt),
});

const toWireAttempt = (record: AttemptRecord): z.infer<typeof attempt> => ({
  generation: record.generation,
  attempt: record.attempt,
  status: record.status,
  started_at: toInstant(record.startedAt),
  finished_at: toInstantOrNull(record.finishedAt),
  worker: record.worker,
  error: record.error,
});

/** A run in few words: what lists of pipelines and health show. */
export const wireRunSummary = z
  .object({
    run_id: z.string(),
    status: z.enum(RUN_STATES),
    trigger: z.enum(TRIGGER_KINDS),
    created_at: wireInstant,
    started_at: instant,
    finished_at: instant,
    duration_ms: z.number().nullable(),
  })
  .meta({ id: 'RunSummary' });
export type WireRunSummary = z.infer<typeof wireRunSummary>;

export const toWireRunSummary = (run: RunSummary): WireRunSummary => ({
  run_id: run.runId,
  status: run.status,
  trigger: run.trigger.kind,
  created_at: toInstant(run.createdAt),
  started_at: toInstantOrNull(run.startedAt),
  finished_at: toInstantOrNull(run.finishedAt),
  duration_ms: run.durationMs,
});
