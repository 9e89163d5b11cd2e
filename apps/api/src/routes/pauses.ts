import { pauseOf, pauseRun, resumeRun, setPause } from '@millrace/core/engine';
import type { PipelineName } from '@millrace/core/domain';
import { toWireListedRun, toWirePause, toWireRun, wirePause, wireRun } from '@millrace/core/wire';
import { z } from 'zod';
import type { ApiDeps } from '../api-deps.ts';
import { defineRoute, ok, type Reply, type Route } from '../http/define-route.ts';
import type { Principal } from '../http/roles.ts';
import { stillThere } from '../still-there.ts';
import { FIRST_STAGES, runWithId } from './lookups.ts';

const body = z.strictObject({ reason: z.string().max(1024).nullable().optional() });
const resumeBody = body.extend({
  from: z.string().nullable().optional().meta({
    description: 'A stage that runs again first, with what depends on it: of a run that is paused by itself',
  }),
});
const wirePaused = z.object({ pipeline: z.string().nullable(), pause: wirePause.nullable() }).meta({ id: 'Paused' });

interface Asked {
  readonly body: z.output<typeof body>;
  readonly principal: Principal | null;
}
const requestOf = ({ body: { reason }, principal }: Asked) => ({
  by: principal?.name ?? null,
  reason: reason ?? null,
});

const resumeFrom =
  (from: string | null): typeof pauseRun =>
  (store, request) =>
    resumeRun(store, { ...request, from });

/** Pausing and resuming runs, pipelines and the deployment. */
export const pauseRoutes = ({ store }: Pick<ApiDeps, 'store'>): readonly Route[] => {
  const changeRun = async (verb: typeof pauseRun, runId: string, asked: Asked): Promise<Reply> => {
    const id = await verb(store, { runId, ...requestOf(asked) });
    return ok(toWireRun(stillThere(await store.stages(id, FIRST_STAGES), id)));
  };
  /** Null: the deployment. */
  const change = async (pipeline: string | null, paused: boolean, asked: Asked): Promise<Reply> => {
    await setPause(store, { pipeline, paused, ...requestOf(asked) });
    const pauses = await store.pauses();
    const pause =
      pipeline === null ? pauses.find((one) => one.pipeline === null) : pauseOf(pauses, pipeline as PipelineName);
    return ok({ pipeline, pause: pause ? toWirePause(pause) : null });
  };
  const ofRun = {
    tag: 'runs',
    method: 'post',
    role: 'operator',
    params: z.strictObject({ run_id: z.string() }),
    body,
  } as const;
  const ofPipeline = {
    tag: 'pipelines',
    method: 'post',
    role: 'operator',
    params: z.strictObject({ pipeline: z.string() }),
    body,
  } as const;
  const ofAll = { tag: 'deployment', method: 'post', role: 'admin', body } as const;
  return [
    defineRoute({
      ...ofRun,
      path: '/api/v1/runs/{run_id}/pause',
      summary: 'Pause a run: its running stages end, and no other starts until it is resumed',
      responses: { 200: { description: 'The run, which is `paused`, also if it was before', schema: wireRun } },
      audit: { before: async ({ params }) => toWireListedRun(await runWithId(store, params.run_id)) },
      handler: (call) => changeRun(pauseRun, call.params.run_id, call),
    }),
    defineRoute({
      ...ofRun,
      path: '/api/v1/runs/{run_id}/resume',
      summary: 'Resume a paused run: it goes on where it was; what was rejected at a gate runs again',
      body: resumeBody,
      responses: { 200: { description: 'The run; one that was not paused is as it was', schema: wireRun } },
      audit: { before: async ({ params }) => toWireListedRun(await runWithId(store, params.run_id)) },
      handler: (call) => changeRun(resumeFrom(call.body.from ?? null), call.params.run_id, call),
    }),
    defineRoute({
      ...ofPipeline,
      path: '/api/v1/pipelines/{pipeline}/pause',
      summary: 'Pause a pipeline: its live runs are paused, new ones wait, and ticks of its schedules are skipped',
      responses: { 200: { description: 'Who paused it first', schema: wirePaused } },
      handler: (call) => change(call.params.pipeline, true, call),
    }),
    defineRoute({
      ...ofPipeline,
      path: '/api/v1/pipelines/{pipeline}/resume',
      summary: 'Resume a pipeline, and its runs but for those that were paused by themselves',
      responses: { 200: { description: 'Not paused any more, unless the deployment is', schema: wirePaused } },
      handler: (call) => change(call.params.pipeline, false, call),
    }),
    defineRoute({
      ...ofAll,
      path: '/api/v1/pause',
      summary: 'Pause the whole deployment, for maintenance: as for a pipeline, of all of them',
      responses: { 200: { description: 'Who paused it first', schema: wirePaused } },
      handler: (call) => change(null, true, call),
    }),
    defineRoute({
      ...ofAll,
      path: '/api/v1/resume',
      summary: 'Resume the deployment, and all that was paused with it',
      responses: { 200: { description: 'Not paused any more', schema: wirePaused } },
      handler: (call) => change(null, false, call),
    }),
  ];
};
