import { MillraceError, type Pipeline } from '@millrace/core/domain';
import { cancelRun, createSchedule, currentSchedules, editSchedule } from '@millrace/core/engine';
import { toWireSchedule, wireRun, wireSchedule } from '@millrace/core/wire';
import { z } from 'zod';
import type { ApiDeps, RouteDeps } from '../api-deps.ts';
import { defineRoute, ok, type Route } from '../http/define-route.ts';
import { schedulesInForce } from '../schedule-views.ts';
import { liveRunOf, snapshotOf, statusOf, wireSnapshot, wireStatus } from '../snapshot.ts';
import { editOf } from './edit-schedules.ts';
import { defaultPipeline } from './lookups.ts';
import { cancelBody, replyToCancel } from './runs.ts';
import { patchBody, settingsFrom } from './schedule-body.ts';
import { replyToStart, startBody, startHeaders, startResponses } from './start.ts';

const TAG = 'default pipeline';

/** Short paths for the default pipeline; each calls the use case of its v1 twin. */
export const seedRoutes = (deps: RouteDeps): readonly Route[] => {
  const { store } = deps;
  const reach = { pipelineOf: async () => (await defaultPipeline(deps)).name };
  return [
    defineRoute({
      method: 'post',
      path: '/api/pipeline/start',
      summary: 'Start a run',
      tag: TAG,
      role: 'operator',
      reach,
      headers: startHeaders,
      body: startBody,
      responses: startResponses,
      audit: { carried: true },
      handler: async (call) => replyToStart(deps, (await defaultPipeline(deps)).name, call.body, call),
    }),
    defineRoute({
      method: 'get',
      path: '/api/pipeline/status',
      summary: 'The live run, or `{"state":"idle"}`',
      tag: TAG,
      role: 'viewer',
      reach,
      responses: { 200: { description: 'The status', schema: wireStatus } },
      handler: async () => ok(await statusOf(store, await liveRunOf(store, (await defaultPipeline(deps)).name))),
    }),
    defineRoute({
      method: 'get',
      path: '/api/pipeline/snapshot',
      summary: 'Status, recent events, metrics and the next run',
      tag: TAG,
      role: 'viewer',
      reach,
      responses: { 200: { description: 'The snapshot', schema: wireSnapshot } },
      handler: async () => ok(await snapshotOf(store, await defaultPipeline(deps))),
    }),
    defineRoute({
      method: 'post',
      path: '/api/pipeline/stop',
      summary: 'Cancel the live run; 409 if there is none',
      tag: TAG,
      role: 'operator',
      reach,
      body: cancelBody,
      responses: { 202: { description: 'The run is `cancelling`, or already `cancelled`', schema: wireRun } },
      handler: async ({ body, principal }) => {
        const pipeline = await defaultPipeline(deps);
        const live = await liveRunOf(store, pipeline.name);
        if (!live) throw new MillraceError('illegal_transition', `no live run of ${pipeline.name} to stop`);
        return replyToCancel(deps, live.runId, body, principal?.name ?? null);
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/pipeline/stage/{stage}',
      summary: 'Start a run of this stage only; its dependencies count as met',
      tag: TAG,
      role: 'operator',
      reach,
      params: z.strictObject({ stage: z.string() }),
      headers: startHeaders,
      body: startBody.omit({ stages: true }),
      responses: startResponses,
      audit: { carried: true },
      handler: async (call) =>
        replyToStart(deps, (await defaultPipeline(deps)).name, { ...call.body, stages: [call.params.stage] }, call),
    }),
    defineRoute({
      method: 'post',
      path: '/api/pipeline/reset',
      summary: 'Back to idle: cancels every live run at once, without grace',
      tag: TAG,
      role: 'operator',
      reach,
      body: z.strictObject({ reason: z.string().max(1024).nullable().optional() }),
      responses: {
        200: { description: 'The status: `idle`, or `cancelling` until running stages have ended', schema: wireStatus },
      },
      handler: async ({ body, principal }) => {
        const { name } = await defaultPipeline(deps);
        for (const runId of await store.liveRuns(name, 1_000))
          await cancelRun(store, {
            runId,
            reason: body.reason ?? 'reset',
            by: principal?.name ?? null,
            graceMs: 0,
          }).catch(unlessOver);
        return ok(await statusOf(store, await liveRunOf(store, name)));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/schedule',
      summary: 'The first schedule, or null if there is none',
      tag: TAG,
      role: 'viewer',
      reach,
      responses: { 200: { description: 'The schedule', schema: wireSchedule.nullable() } },
      handler: async () => ok(await firstSchedule(deps, await defaultPipeline(deps))),
    }),
    defineRoute({
      method: 'post',
      path: '/api/schedule',
      summary: 'Change the first schedule, or create one; schedulers pick it up automatically',
      tag: TAG,
      role: 'operator',
      reach,
      body: patchBody,
      responses: { 200: { description: 'The schedule as it is now', schema: wireSchedule.nullable() } },
      handler: async ({ body, principal }) => {
        const pipeline = await defaultPipeline(deps);
        await setFirstSchedule(deps, pipeline, body, principal?.name ?? null);
        return ok(await firstSchedule(deps, pipeline));
      },
    }),
  ];
};

/** The run ended between the list and the cancel, which is the requested result. */
const unlessOver = (error: unknown): void => {
  if (!(error instanceof MillraceError && error.code === 'run_is_terminal')) throw error;
};

const idOf = (pipeline: Pipeline): string => pipeline.schedules[0]?.id ?? pipeline.name;

const firstSchedule = async ({ store }: ApiDeps, pipeline: Pipeline) => {
  const schedule = (await currentSchedules(store)).get(idOf(pipeline));
  if (!schedule) return null;
  const [view] = await schedulesInForce(store, [schedule], await store.now());
  return toWireSchedule(view!);
};

/** Edits the first schedule, or creates one. */
const setFirstSchedule = async (
  { store, log }: ApiDeps,
  pipeline: Pipeline,
  body: z.output<typeof patchBody>,
  by: string | null,
): Promise<void> => {
  const id = idOf(pipeline);
  const exists = (await currentSchedules(store)).has(id);
  if (exists) await editSchedule(store, id, by, (schedule) => editOf(body, schedule));
  else if (body.cron === undefined && body.every === undefined)
    throw new MillraceError('invalid_request', `${pipeline.name} has no schedule yet: give "cron" or "every"`, {
      errors: [{ path: 'cron', message: 'is needed to create a schedule' }],
    });
  else {
    const made = {
      id,
      pipeline: pipeline.name,
      settings: settingsFrom(body),
      paused: body.paused ?? false,
      note: body.note ?? null,
    };
    await createSchedule(store, { ...made, by, idempotency: null });
  }
  log.info({ schedule: id, by }, `schedule ${exists ? 'changed' : 'made'}`);
};
