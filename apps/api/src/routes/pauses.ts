import { pauseRun, resumeRun } from '@millrace/core/engine';
import { toWireRun, wireRun } from '@millrace/core/wire';
import { z } from 'zod';
import type { ApiDeps } from '../api-deps.ts';
import { defineRoute, ok, type Reply, type Route } from '../http/define-route.ts';
import { stillThere } from '../still-there.ts';
import { FIRST_STAGES } from './lookups.ts';

const TAG = 'runs';
const body = z.strictObject({ reason: z.string().max(1024).nullable().optional() });

/** Pausing and resuming. */
export const pauseRoutes = ({ store }: Pick<ApiDeps, 'store'>): readonly Route[] => {
  const replyFor =
    (verb: typeof pauseRun) =>
    async (runId: string, by: string | null, reason: string | null | undefined): Promise<Reply> => {
      const id = await verb(store, { runId, by, reason: reason ?? null });
      return ok(toWireRun(stillThere(await store.stages(id, FIRST_STAGES), id)));
    };
  const [pause, resume] = [replyFor(pauseRun), replyFor(resumeRun)];
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/runs/{run_id}/pause',
      summary: 'Pause a run: its running stages end, and no other starts until it is resumed',
      tag: TAG,
      role: 'operator',
      params: z.strictObject({ run_id: z.string() }),
      body,
      responses: { 200: { description: 'The run, which is `paused`, also if it was before', schema: wireRun } },
      handler: ({ params, body: { reason }, principal }) => pause(params.run_id, principal?.name ?? null, reason),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/runs/{run_id}/resume',
      summary: 'Resume a paused run: it goes on where it was',
      tag: TAG,
      role: 'operator',
      params: z.strictObject({ run_id: z.string() }),
      body,
      responses: { 200: { description: 'The run; one that was not paused is as it was', schema: wireRun } },
      handler: ({ params, body: { reason }, principal }) => resume(params.run_id, principal?.name ?? null, reason),
    }),
  ];
};
