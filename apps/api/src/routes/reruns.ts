import { planRerunOf, rerunStage } from '@millrace/core/engine';
import { toWireListedRun, toWireRerunPlan, toWireRun, wireRerunPlan, wireRun } from '@millrace/core/wire';
import { z } from 'zod';
import type { ApiDeps } from '../api-deps.ts';
import { defineRoute, ok, type Route } from '../http/define-route.ts';
import { stillThere } from '../still-there.ts';
import { idempotencyOf } from './idempotency.ts';
import { FIRST_STAGES, runWithId } from './lookups.ts';
import { startHeaders } from './start.ts';

const body = z.strictObject({
  downstream: z.boolean().default(true).meta({ description: 'false: stages that depend on it keep their results' }),
  reason: z.string().max(1024).nullable().optional(),
  dry_run: z.boolean().optional().meta({ description: 'Answers the plan and changes nothing' }),
  plan_hash: z.string().optional().meta({
    description: 'Of a plan: if the stages that would run again, or their states, have changed, nothing is done',
  }),
});

/** Running stages of a live run again. */
export const rerunRoutes = ({ store }: Pick<ApiDeps, 'store'>): readonly Route[] => [
  defineRoute({
    method: 'post',
    path: '/api/v1/runs/{run_id}/stages/{stage}/rerun',
    summary: 'Have a stage of a live run run again, and what depends on it: each opens its next generation',
    tag: 'runs',
    role: 'operator',
    params: z.strictObject({ run_id: z.string(), stage: z.string() }),
    headers: startHeaders,
    body,
    responses: {
      200: { description: 'With `dry_run`, the plan', schema: wireRerunPlan },
      202: { description: 'The run: the stages are open again', schema: wireRun },
    },
    audit: { before: async ({ params }) => toWireListedRun(await runWithId(store, params.run_id)) },
    handler: async (call) => {
      const { run_id: runId, stage } = call.params;
      const { downstream, dry_run: dryRun, reason = null, plan_hash: planHash = null } = call.body;
      if (dryRun) return ok(toWireRerunPlan(await planRerunOf(store, { runId, stage, downstream })));
      const by = call.principal?.name ?? null;
      const idempotency = idempotencyOf(call, { rerun: [runId, stage], body: call.body });
      const id = await rerunStage(store, { runId, stage, downstream, by, reason, gate: null, planHash, idempotency });
      return { status: 202, json: toWireRun(stillThere(await store.stages(id, FIRST_STAGES), id)) };
    },
  }),
];
