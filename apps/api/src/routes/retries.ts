import { planRetry, retryRun } from '@millrace/core/engine';
import { LIMITS } from '@millrace/core/domain';
import { toWirePlannedStage, wireRetryPlan, wireStartedRun } from '@millrace/core/wire';
import { z } from 'zod';
import type { RouteDeps } from '../api-deps.ts';
import { defineRoute, ok, type Route } from '../http/define-route.ts';
import { idempotencyOf } from './idempotency.ts';
import { runWithId } from './lookups.ts';
import { replyOfKey, replyToStarted, startHeaders, startResponses } from './start.ts';

const body = z.strictObject({
  from: z.string().nullable().optional().meta({ description: 'Run this stage and what depends on it; keep the rest' }),
  downstream: z.boolean().optional().meta({ description: 'false: only the stage `from`, not what depends on it' }),
  failed_only: z
    .boolean()
    .optional()
    .meta({ description: 'Default: run what did not succeed and what depends on it. false: run everything' }),
  params: z
    .record(z.string(), z.unknown())
    .optional()
    .meta({ description: "Replace the run's params, name by name. Without `from`, changed params run everything" }),
  definition: z
    .enum(['same', 'current'])
    .optional()
    .meta({ description: '`same`: the version that the run had (default). `current`: stages that changed run' }),
  labels: z.record(z.string(), z.string()).optional().meta({ description: "Default: the run's" }),
  reason: z.string().max(LIMITS.reason_bytes).nullable().optional(),
  dry_run: z.boolean().optional().meta({ description: 'Answers the plan and starts nothing' }),
  plan_hash: z
    .string()
    .optional()
    .meta({ description: '`plan_hash` of a plan: 409 `plan_changed` if it is not the plan any more' }),
});

/** Retrying ended runs. */
export const retryRoutes = (deps: RouteDeps): readonly Route[] => {
  const { store } = deps;
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/runs/{run_id}/retry',
      summary: 'Retry an ended run: a new run that reuses what succeeded',
      tag: 'runs',
      role: 'operator',
      params: z.strictObject({ run_id: z.string() }),
      headers: startHeaders,
      body,
      responses: {
        ...startResponses,
        200: {
          description: 'The run of an earlier request with this Idempotency-Key, or, with `dry_run`, the plan',
          schema: z.union([wireStartedRun, wireRetryPlan, startResponses[200].schema]),
        },
      },
      audit: { carried: true },
      handler: async ({ params, body: asked, ...call }) => {
        const request = {
          runId: params.run_id,
          by: call.principal?.name ?? 'unknown',
          from: asked.from ?? null,
          ...(asked.downstream === undefined ? {} : { downstream: asked.downstream }),
          ...(asked.failed_only === undefined ? {} : { failedOnly: asked.failed_only }),
          ...(asked.params === undefined ? {} : { params: asked.params }),
          ...(asked.definition === undefined ? {} : { definition: asked.definition }),
          ...(asked.labels === undefined ? {} : { labels: asked.labels }),
          reason: asked.reason ?? null,
          planHash: asked.plan_hash ?? null,
        };
        if (asked.dry_run) {
          const plan = await planRetry(store, request);
          return ok({
            dry_run: true,
            retry_of: plan.source.runId,
            pipeline: plan.pipeline.name,
            version: plan.pipeline.version,
            mode: plan.mode,
            params: plan.params,
            overlap: plan.overlap,
            stages: plan.planned.map(toWirePlannedStage),
            plan_hash: plan.planHash,
          });
        }
        const idempotency = idempotencyOf(call, { retry_of: params.run_id, body: asked });
        const before = await replyOfKey(deps, idempotency);
        if (before !== null) return before;
        const { pipeline } = await runWithId(store, params.run_id);
        const answer = await retryRun(deps, { ...request, idempotency, audit: call.entry?.text ?? null });
        return replyToStarted(deps, answer, { pipeline, idempotency, entry: call.entry });
      },
    }),
  ];
};
