import { isTerminalRun, LIMITS, MillraceError, type Run } from '@millrace/core/domain';
import { planRun, type Schedule, startRun, startWarnings } from '@millrace/core/engine';
import { toWireRun, type WireStartedRun, wireStartedRun } from '@millrace/core/wire';
import type { Store, WorkerInfo } from '@millrace/core/ports';
import { z } from 'zod';
import type { ApiDeps } from '../api-deps.ts';
import type { Call, Reply } from '../http/define-route.ts';
import { idempotencyOf } from './idempotency.ts';
import { brokenDefinition } from './lookups.ts';

/** What a start may say. `force` skips freshness checks and caches, of which this release has none. */
export const startBody = z.strictObject({
  params: z.record(z.string(), z.unknown()).optional(),
  mode: z.string().nullable().optional(),
  stages: z.array(z.string()).max(LIMITS.stages).nullable().optional().meta({ description: 'Only these; dependencies outside count as met' }),
  force: z.boolean().optional(),
  dry_run: z.boolean().optional().meta({ description: 'Answers the plan and starts nothing' }),
  labels: z.record(z.string(), z.string()).optional(),
  reason: z.string().nullable().optional(),
});
export type StartBody = z.output<typeof startBody>;

export const startHeaders = z.object({
  'Idempotency-Key': z.string().max(LIMITS.idempotency_key_bytes).optional().meta({ description: 'The same key and body: the same run. Kept 24 h' }),
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
  .object({ run_id: z.string(), pipeline: z.string(), created_at: z.string(), pruned: z.literal(true), warnings: z.array(z.string()) })
  .meta({ description: 'Of an Idempotency-Key whose run has been pruned since: all that is left of it' });

export const startResponses = {
  200: {
    description: 'The run of an earlier request with this Idempotency-Key, or, with `dry_run`, the plan',
    schema: z.union([wireStartedRun, plan, pruned]),
  },
  201: { description: 'The run has started', schema: wireStartedRun },
  202: { description: 'The run waits for the overlap slot', schema: wireStartedRun },
};

/** A run's id is a UUID v7: its first 48 bits are the moment at which the start was asked for, ms. */
const createdAt = (runId: string): string => new Date(Number.parseInt(runId.replaceAll('-', '').slice(0, 12), 16)).toISOString();

const startedRun = async (store: Store, run: Run, workers: readonly WorkerInfo[]): Promise<WireStartedRun> => {
  const definition = isTerminalRun(run.status) ? null : await store.pipeline(run.pipeline, run.version);
  return { ...toWireRun(run), warnings: definition === null ? [] : [...startWarnings(run, definition, workers)] };
};

type StartDeps = Pick<ApiDeps, 'store' | 'locks' | 'problems'>;

/** Starts a run of the pipeline; `body` has been validated, `call` is the request that it came with, `schedule` whose run it is, if one's. */
export const replyToStart = async (
  { store, locks, problems }: StartDeps,
  pipeline: string,
  body: StartBody,
  call: Pick<Call, 'header' | 'principal'>,
  schedule: Pick<Schedule, 'id' | 'overlap'> | null = null,
): Promise<Reply> => {
  const broken = await brokenDefinition({ store, problems }, pipeline);
  if (broken !== null)
    throw new MillraceError('invalid_definition', `${pipeline} cannot be started, because no worker can load its file: ${broken.message}`, {
      errors: broken.errors,
    });
  const request = {
    pipeline,
    trigger: { kind: 'manual' as const, by: call.principal?.name ?? 'unknown', ...(schedule === null ? {} : { scheduleId: schedule.id }) },
    overlap: schedule?.overlap ?? null,
    params: body.params ?? {},
    mode: body.mode ?? null,
    stages: body.stages ?? null,
    labels: body.labels ?? {},
    reason: body.reason ?? null,
  };
  if (body.dry_run) {
    const planned = await planRun(store, request);
    const { name, version, stages } = planned.pipeline;
    const chosen = planned.stages ?? stages.map((stage) => stage.name);
    return {
      status: 200,
      json: { dry_run: true, pipeline: name, version, mode: planned.mode, params: planned.params, stages: chosen, overlap: planned.overlap },
    };
  }
  const asked = schedule === null ? { pipeline, body } : { schedule: schedule.id, reason: body.reason };
  const answer = await startRun(store, locks, { ...request, idempotency: idempotencyOf(call, asked) });
  switch (answer.kind) {
    case 'started':
    case 'queued':
    case 'repeated': {
      const [run, workers] = await Promise.all([store.run(answer.runId), store.liveWorkers()]);
      if (answer.kind === 'repeated') {
        // Keys are kept for 24 h, ended runs perhaps for less: the key still says which run it was.
        const json = run
          ? await startedRun(store, run, workers)
          : { run_id: answer.runId, pipeline, created_at: createdAt(answer.runId), pruned: true, warnings: [] };
        return { status: 200, json, headers: { Location: `/api/v1/runs/${answer.runId}`, 'Idempotency-Replayed': 'true' } };
      }
      if (!run) throw new MillraceError('store_unavailable', `run ${answer.runId} was started, and the store does not know it any more`);
      return {
        status: answer.kind === 'started' ? 201 : 202,
        json: await startedRun(store, run, workers),
        headers: { Location: `/api/v1/runs/${answer.runId}` },
      };
    }
    case 'overlap':
      throw new MillraceError('overlap', `run ${answer.liveRunId} of ${pipeline} is live, and the pipeline's overlap policy is "skip"`, {
        extra: { live_run_id: answer.liveRunId },
      });
    case 'idempotency_mismatch':
      throw new MillraceError('idempotency_mismatch', 'this Idempotency-Key came with another pipeline or body before');
    case 'retired':
      throw new MillraceError('unknown_pipeline', `pipeline ${pipeline} was removed`);
    case 'unknown_version':
    case 'tick_done':
    case 'schedule_changed':
      // Registered a moment ago and read from the same store: only a store that forgot can answer so.
      throw new MillraceError('internal', `the store answered ${answer.kind} to a start of ${pipeline}`);
  }
};
