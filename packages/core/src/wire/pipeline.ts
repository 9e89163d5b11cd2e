import { z } from 'zod';
import {
  type HandlerSpec,
  type MillraceError,
  OVERLAP_POLICIES,
  type OverlapPolicy,
  type Pause,
  type Pipeline,
  RUN_STATES,
  type Stage,
  type TrackRecord,
  TRIGGER_RULE_NAMES,
  type TriggerRuleName,
} from '../domain/index.ts';
import type { ParkedView } from '../ports/index.ts';
import { toWireStranded, wireStranded } from './deployment.ts';
import { toWireGateDefinition, wireGateDefinition } from './gate.ts';
import { toWirePause, toWireRunSummary, wirePause, wireRunSummary } from './run.ts';
import { type ScheduleInForce, toWireSchedule, wireSchedule } from './schedule.ts';
import { toInstantOrNull, wireInstant } from './time.ts';

const overlap = z.enum(OVERLAP_POLICIES as [OverlapPolicy, ...OverlapPolicy[]]);
const ms = z.number().nonnegative();
const jsonSchema = z.record(z.string(), z.unknown()).nullable();

const handler = z.union([
  z.object({ kind: z.literal('function'), source_hash: z.string() }),
  z.object({
    kind: z.literal('command'),
    command: z.array(z.string()),
    env: z.array(z.string()).meta({ description: 'Names only, since values may be secret' }),
    cwd: z.string().nullable(),
  }),
  z.object({ kind: z.literal('gate') }),
]);

export const wireStage = z
  .object({
    name: z.string(),
    index: z.int().nonnegative(),
    depends_on: z.array(z.string()),
    when: z
      .enum(TRIGGER_RULE_NAMES as [TriggerRuleName, ...TriggerRuleName[]])
      .meta({ description: 'Trigger rule: when it runs, by how its dependencies ended' }),
    teardown: z
      .object({ of: z.array(z.string()), fails_run: z.boolean() })
      .nullable()
      .meta({ description: 'It undoes what these stages did, and is skipped if none of them ran' }),
    gate: wireGateDefinition.nullable().meta({ description: 'Asks people for a decision; null: it has none' }),
    queue: z.string(),
    handler,
    retry: z.object({
      initial_interval_ms: ms,
      backoff_coefficient: z.number(),
      maximum_interval_ms: ms,
      maximum_attempts: z.int().positive(),
      non_retryable_errors: z.array(z.string()),
      jitter: z.number(),
    }),
    timeouts: z.object({
      attempt_ms: ms.nullable(),
      heartbeat_ms: ms.nullable(),
      stage_ms: ms.nullable(),
      queue_ms: ms.nullable(),
    }),
    output: z.object({ required: z.array(z.string()), schema: jsonSchema }),
    grace_ms: ms,
  })
  .meta({ id: 'Stage' });
export type WireStage = z.infer<typeof wireStage>;

/** How the pipeline's last runs went; rates and durations are of the last 100 that succeeded or failed. */
export const wireRecord = {
  state: z.enum(['idle', ...RUN_STATES]).meta({ description: 'Status of the newest live run, or `idle`' }),
  last_run: wireRunSummary.nullable(),
  freshness: z.object({
    last_success_at: wireInstant.nullable(),
    age_ms: ms.nullable(),
    expected_every_ms: ms
      .nullable()
      .meta({ description: 'Interval between the next two ticks of its most frequent schedule' }),
    stale: z.boolean().meta({ description: 'The last success is more than two expected intervals old' }),
  }),
  success_rate: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .meta({ description: 'Over the last 100 runs that succeeded or failed; null: there are none' }),
  duration_p50_ms: ms.nullable(),
  duration_p95_ms: ms.nullable(),
  duration_mean_ms: ms.nullable(),
};

export const wirePipeline = z
  .object({
    name: z.string(),
    version: z.string(),
    description: z.string(),
    params: jsonSchema.meta({ description: 'JSON Schema; null: the pipeline takes no params' }),
    modes: z.record(
      z.string(),
      z.object({
        params: z.record(z.string(), z.unknown()),
        stages: z.array(z.string()).nullable(),
        overlap: overlap.nullable(),
      }),
    ),
    overlap,
    timeout_ms: ms.nullable(),
    schedules: z.array(wireSchedule),
    stages: z.array(wireStage),
    definition_problem: z
      .object({ message: z.string(), errors: z.array(z.object({ path: z.string(), message: z.string() })) })
      .nullable()
      .meta({
        description:
          'Its file could not be loaded, or no file defines it any more: this is the last registered version',
      }),
    pause: wirePause
      .nullable()
      .meta({ description: 'Who paused it, or the whole deployment; null: neither is paused' }),
    stranded: z.array(wireStranded).meta({ description: 'Stages of its runs whose code no live worker has' }),
    pending_gates: z.int().nonnegative().meta({ description: 'Gates of its runs that wait for a decision' }),
    recent_runs: z.array(wireRunSummary).meta({ description: 'Newest first, at most 30' }),
    ...wireRecord,
  })
  .meta({ id: 'Pipeline' });
export type WirePipeline = z.infer<typeof wirePipeline>;

export const toWireRecord = (record: TrackRecord) => ({
  state: record.liveRun?.status ?? ('idle' as const),
  last_run: record.lastRun === null ? null : toWireRunSummary(record.lastRun),
  freshness: {
    last_success_at: toInstantOrNull(record.lastSuccessAt),
    age_ms: record.ageMs,
    expected_every_ms: record.expectedEveryMs,
    stale: record.stale,
  },
  success_rate: record.successRate,
  duration_p50_ms: record.p50,
  duration_p95_ms: record.p95,
  duration_mean_ms: record.mean,
});

export const toWirePipeline = (
  pipeline: Pipeline,
  schedules: readonly ScheduleInForce[],
  record: TrackRecord,
  problem: Pick<MillraceError, 'message' | 'errors'> | null = null,
  stranded: readonly ParkedView[] = [],
  pause: Pause | null = null,
  pendingGates = 0,
): WirePipeline => ({
  name: pipeline.name,
  version: pipeline.version,
  description: pipeline.description,
  params: pipeline.params,
  modes: Object.fromEntries(
    Object.entries(pipeline.modes).map(([name, mode]) => [
      name,
      { params: mode.params, stages: mode.stages && [...mode.stages], overlap: mode.overlap },
    ]),
  ),
  overlap: pipeline.overlap,
  timeout_ms: pipeline.timeoutMs,
  schedules: schedules.map(toWireSchedule),
  stages: pipeline.stages.map(toWireStage),
  definition_problem: problem && { message: problem.message, errors: [...problem.errors] },
  pause: pause && toWirePause(pause),
  stranded: stranded.map(toWireStranded),
  pending_gates: pendingGates,
  recent_runs: record.recentRuns.map(toWireRunSummary),
  ...toWireRecord(record),
});

const toWireStage = (stage: Stage): WireStage => ({
  name: stage.name,
  index: stage.index,
  depends_on: [...stage.dependsOn],
  when: stage.when,
  teardown: stage.teardown ? { of: [...stage.teardown.of], fails_run: stage.teardown.failsRun } : null,
  gate: stage.gate ? toWireGateDefinition(stage.gate) : null,
  queue: stage.queue,
  handler: toWireHandler(stage.handler),
  retry: {
    initial_interval_ms: stage.retry.initialInterval,
    backoff_coefficient: stage.retry.backoffCoefficient,
    maximum_interval_ms: stage.retry.maximumInterval,
    maximum_attempts: stage.retry.maximumAttempts,
    non_retryable_errors: [...stage.retry.nonRetryableErrors],
    jitter: stage.retry.jitter,
  },
  timeouts: {
    attempt_ms: stage.timeouts.attempt,
    heartbeat_ms: stage.timeouts.heartbeat,
    stage_ms: stage.timeouts.stage,
    queue_ms: stage.timeouts.queue,
  },
  output: { required: [...stage.output.required], schema: stage.output.schema },
  grace_ms: stage.graceMs,
});

const toWireHandler = (spec: HandlerSpec): z.infer<typeof handler> => {
  if (spec.kind === 'function') return { kind: 'function', source_hash: spec.sourceHash };
  if (spec.kind === 'gate') return { kind: 'gate' };
  return { kind: 'command', command: [...spec.command], env: Object.keys(spec.env), cwd: spec.cwd };
};
