import { explainRun } from '@millrace/core/engine';
import { toWireExplanation, wireExplanation } from '@millrace/core/wire';
import { z } from 'zod';
import type { ApiDeps } from '../api-deps.ts';
import { defineRoute, ok, type Route } from '../http/define-route.ts';
import { listQuery } from './lists.ts';
import { checkStage, runWithId } from './lookups.ts';

/** Why a run or its waiting stages are not running. */
export const explainRoute = ({ store }: Pick<ApiDeps, 'store'>): Route =>
  defineRoute({
    method: 'get',
    path: '/api/v1/runs/{run_id}/explain',
    summary: 'What a run and its stages are waiting for, since when and until when',
    tag: 'runs',
    role: 'viewer',
    params: z.strictObject({ run_id: z.string() }),
    query: z.strictObject({
      stage: z.string().optional().meta({ description: 'Only this stage' }),
      limit: listQuery.limit,
    }),
    responses: { 200: { description: 'The blockers, in order; none: nothing is waiting', schema: wireExplanation } },
    handler: async ({ params, query }) => {
      const run = await runWithId(store, params.run_id);
      await checkStage(store, run.runId, query.stage);
      return ok(
        toWireExplanation(run.runId, await explainRun(store, run, { only: query.stage ?? null, limit: query.limit })),
      );
    },
  });
