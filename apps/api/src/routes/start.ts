import { isTerminalRun, LIMITS, MillraceError, type Run, type RunId } from '@millrace/core/domain';
import { keyMismatch, madeBefore, planRun, startRun, type StartedRun, startWarnings } from '@millrace/core/engine';
import type { Schedule, StagePage } from '@millrace/core/ports';
import { toWireRun, type WireStartedRun, wireStartedRun } from '@millrace/core/wire';
import { z } from 'zod';
import type { RouteDeps } from '../api-deps.ts';
import type { Call, Reply } from '../http/define-route.ts';
import { stillThere } from '../still-there.ts';
import { idempotencyOf } from './idempotency.ts';
import { FIRST_STAGES, notRunnable } from './lookups.ts';

/** Body of a start. `force` skips freshness checks and caches, of which this release has none. */
export const startBody = z.strictObject({
  params: z.record(z.string(), z.unknown()).optional(),
  mode: z.string().nullable().optional(),
  stages: z
    .array(z.string())
    .max(LIMITS.stages)
    .nullable()
    .optional()
    .meta({ description: 'Only these; dependencies outside count as met' }),
  force: z.boolean().optional(),
  dry_run: z.boolean().optional().meta({ description: 'Answers the plan and starts nothing' }),
  labels: z.record(z.string(), z.string()).optional(),
  reason: z.string().nullable().optional(),
});
export type StartBody = z.output<typeof startBody>;

export const startHeaders = z.object({
  'Idempotency-Key': z
    .string()
    .max(LIMITS.idempotency_key_bytes)
    .optional()
    .meta({ description: 'The same key and body: the same run. Kept 24 h' }),
});

const plan = z.object({
  dry_run: z.literal(true),
  pipeline: z.string(),
  version: z.string(),
  mode: z.string().nullable(),
  params: z.record(z.string(), z.unknown()),
  stages: z.array(z.string()),
  overlap: z.string(),
});

const pruned = z
  .object({
    run_id: z.string(),
    pipeline: z.string(),
    created_at: z.string(),
    pruned: z.literal(true),
    warnings: z.array(z.string()),
  })
  .meta({ description: 'Of an Idempotency-Key whose run has been pruned since: all that is left of it' });

export const startResponses = {
  200: {
    description: 'The run of an earlier request with this Idempotency-Key, or, with `dry_run`, the plan',
    schema: z.union([wireStartedRun, plan, pruned]),
  },
  201: { description: 'The run has started', schema: wireStartedRun },
  202: { description: 'The run waits for the overlap lock', schema: wireStartedRun },
};

/** A run's id is a UUID v7: its first 48 bits are the time of the request, ms. */
const createdAt = (runId: string): string =>
  new Date(Number.parseInt(runId.replaceAll('-', '').slice(0, 12), 16)).toISOString();

const startedRun = async (
  { store, workers }: Pick<RouteDeps, 'store' | 'workers'>,
  page: StagePage,
): Promise<WireStartedRun> => {
  const { run, items: stages } = page;
  if (isTerminalRun(run.status)) return { ...toWireRun(page), warnings: [] };
  const [definition, live] = await Promise.all([store.pipeline(run.pipeline, run.version), workers.live()]);
  return {
    ...toWireRun(page),
    warnings: definition === null ? [] : [...startWarnings({ ...run, stages }, definition, live)],
  };
};

/** A new run as one page of all its stages; null: they exceed a page. */
const wholePage = ({ stages, ...run }: Run): StagePage | null =>
  stages.length > FIRST_STAGES.limit
    ? null
    : { run: { ...run, stageCounts: { total: stages.length, ended: 0, running: 0 } }, items: stages, nextAfter: null };

type StartDeps = Pick<RouteDeps, 'store' | 'locks' | 'problems' | 'defined' | 'workers'>;

/**
 * Starts a run of the pipeline; `body` has been validated, `call` is its request, `schedule` the schedule it belongs
 * to, if any.
 */
export const replyToStart = async (
  deps: StartDeps,
  pipeline: string,
  body: StartBody,
  call: Pick<Call, 'header' | 'principal' | 'entry'>,
  schedule: Pick<Schedule, 'id' | 'overlap'> | null = null,
): Promise<Reply> => {
  const { store, locks } = deps;
  const request = {
    pipeline,
    trigger: {
      kind: 'manual' as const,
      by: call.principal?.name ?? 'unknown',
      ...(schedule === null ? {} : { scheduleId: schedule.id }),
    },
    overlap: schedule?.overlap ?? null,
    params: body.params ?? {},
    mode: body.mode ?? null,
    stages: body.stages ?? null,
    labels: body.labels ?? {},
    reason: body.reason ?? null,
  };
  const asked = schedule === null ? { pipeline, body } : askedOfTrigger(schedule.id, body.reason);
  const idempotency = body.dry_run ? null : idempotencyOf(call, asked);
  const problem = await notRunnable(deps, pipeline);
  if (problem !== null) {
    // A used key gets its original answer, even if the file is broken by now.
    const before = await replyOfKey(deps, idempotency);
    if (before !== null) return before;
    throw new MillraceError(
      'invalid_definition',
      `${pipeline} cannot be started, because no worker can load it: ${problem.message}`,
      {
        errors: problem.errors,
        errorCount: problem.errorCount,
      },
    );
  }
  if (body.dry_run) {
    const planned = await planRun(store, request);
    const { name, version, stages } = planned.pipeline;
    const chosen = planned.stages ?? stages.map((stage) => stage.name);
    return {
      status: 200,
      json: {
        dry_run: true,
        pipeline: name,
        version,
        mode: planned.mode,
        params: planned.params,
        stages: chosen,
        overlap: planned.overlap,
      },
    };
  }
  const answer = await startRun(store, locks, { ...request, idempotency, audit: call.entry?.text ?? null });
  return replyToStarted(deps, answer, { pipeline, idempotency, entry: call.entry });
};

/** The reply to a start that the store has answered. */
export const replyToStarted = async (
  deps: Pick<RouteDeps, 'store' | 'workers'>,
  answer: StartedRun,
  {
    pipeline,
    idempotency,
    entry,
  }: {
    readonly pipeline: string;
    readonly idempotency: ReturnType<typeof idempotencyOf>;
    readonly entry: Call['entry'] | undefined;
  },
): Promise<Reply> => {
  const { store } = deps;
  switch (answer.kind) {
    case 'started':
    case 'queued': {
      entry?.carried();
      const page = answer.run === null ? null : wholePage(answer.run);
      const run = page ?? stillThere(await store.stages(answer.runId, FIRST_STAGES), answer.runId);
      return {
        status: answer.kind === 'started' ? 201 : 202,
        json: await startedRun(deps, run),
        headers: { Location: `/api/v1/runs/${answer.runId}` },
      };
    }
    case 'repeated':
      return replyAgain(deps, answer.runId, (await madeBefore(store, idempotency))?.pipeline ?? pipeline);
    case 'overlap':
      throw new MillraceError(
        'overlap',
        `run ${answer.liveRunId} of ${pipeline} is live, and the pipeline's overlap policy is "skip"`,
        {
          extra: { live_run_id: answer.liveRunId },
        },
      );
    case 'idempotency_mismatch':
      throw keyMismatch();
    case 'retired':
      throw new MillraceError('unknown_pipeline', `pipeline ${pipeline} was removed`);
    case 'unknown_version':
    case 'tick_done':
    case 'schedule_changed':
    case 'source_gone':
      // Just registered and read from the same store: only a store that lost its data can answer this.
      throw new MillraceError('internal', `the store answered ${answer.kind} to a start of ${pipeline}`);
  }
};

/**
 * The request of a schedule's trigger, for its Idempotency-Key: not the schedule's settings, which may change before a
 * repeat.
 */
export const askedOfTrigger = (schedule: string, reason: string | null | undefined): object => ({ schedule, reason });

/** The reply of an earlier start with this key; null: there was none. @throws MillraceError `idempotency_mismatch` */
export const replyOfKey = async (
  deps: Pick<RouteDeps, 'store' | 'workers'>,
  idempotency: ReturnType<typeof idempotencyOf>,
): Promise<Reply | null> => {
  const before = await madeBefore(deps.store, idempotency);
  return before && replyAgain(deps, before.made as RunId, before.pipeline);
};

/** Keys are kept for 24 h, ended runs possibly for less: the key still identifies the run. */
const replyAgain = async (
  deps: Pick<RouteDeps, 'store' | 'workers'>,
  runId: RunId,
  pipeline: string | null,
): Promise<Reply> => {
  const run = await deps.store.stages(runId, FIRST_STAGES);
  const json = run
    ? await startedRun(deps, run)
    : { run_id: runId, pipeline, created_at: createdAt(runId), pruned: true, warnings: [] };
  return { status: 200, json, headers: { Location: `/api/v1/runs/${runId}`, 'Idempotency-Replayed': 'true' } };
};
