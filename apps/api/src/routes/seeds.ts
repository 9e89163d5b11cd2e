import { problemOfCron, problemOfTimezone } from '@millrace/core/definition';
import { MillraceError, parseDuration, type Pipeline } from '@millrace/core/domain';
import { cancelRun, currentSchedules } from '@millrace/core/engine';
import type { StoredSchedule } from '@millrace/core/ports';
import { toWireSchedule, wireRun, wireSchedule } from '@millrace/core/wire';
import { z } from 'zod';
import type { ApiDeps } from '../api-deps.ts';
import { defineRoute, ok, type Route } from '../http/define-route.ts';
import { liveRunOf, snapshotOf, statusOf, wireSnapshot, wireStatus } from '../snapshot.ts';
import { defaultPipeline } from './lookups.ts';
import { cancelBody, replyToCancel } from './runs.ts';
import { schedulesOf } from './schedules.ts';
import { replyToStart, startBody, startHeaders, startResponses } from './start.ts';

const TAG = 'default pipeline';

/** The short paths on the default pipeline: each calls the same use case as its v1 twin. */
export const seedRoutes = (deps: ApiDeps): readonly Route[] => {
  const { store } = deps;
  return [
    defineRoute({
      method: 'post',
      path: '/api/pipeline/start',
      summary: 'Start a run',
      tag: TAG,
      role: 'operator',
      headers: startHeaders,
      body: startBody,
      responses: startResponses,
      handler: async (call) => replyToStart(deps, (await defaultPipeline(deps)).name, call.body, call),
    }),
    defineRoute({
      method: 'get',
      path: '/api/pipeline/status',
      summary: 'The live run, or `{"state":"idle"}`',
      tag: TAG,
      role: 'viewer',
      responses: { 200: { description: 'The status', schema: wireStatus } },
      handler: async () => ok(statusOf(await liveRunOf(store, (await defaultPipeline(deps)).name))),
    }),
    defineRoute({
      method: 'get',
      path: '/api/pipeline/snapshot',
      summary: 'Status, recent events, metrics and the next run',
      tag: TAG,
      role: 'viewer',
      responses: { 200: { description: 'The snapshot', schema: wireSnapshot } },
      handler: async () => ok(await snapshotOf(store, await defaultPipeline(deps))),
    }),
    defineRoute({
      method: 'post',
      path: '/api/pipeline/stop',
      summary: 'Cancel the live run; 409 when nothing runs',
      tag: TAG,
      role: 'operator',
      body: cancelBody,
      responses: { 202: { description: 'The run is `cancelling`, or already `cancelled`', schema: wireRun } },
      handler: async ({ body, principal }) => {
        const pipeline = await defaultPipeline(deps);
        const live = await liveRunOf(store, pipeline.name);
        if (!live) throw new MillraceError('illegal_transition', `no run of ${pipeline.name} is live: there is nothing to stop`);
        return replyToCancel(deps, live.runId, body, principal?.name ?? null);
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/pipeline/stage/{stage}',
      summary: 'Start a run of that stage alone; its dependencies count as met',
      tag: TAG,
      role: 'operator',
      params: z.strictObject({ stage: z.string() }),
      headers: startHeaders,
      body: startBody.omit({ stages: true }),
      responses: startResponses,
      handler: async (call) => replyToStart(deps, (await defaultPipeline(deps)).name, { ...call.body, stages: [call.params.stage] }, call),
    }),
    defineRoute({
      method: 'post',
      path: '/api/pipeline/reset',
      summary: 'Back to idle: cancels every live run at once, without grace',
      tag: TAG,
      role: 'operator',
      body: z.strictObject({ reason: z.string().max(1024).nullable().optional() }),
      responses: { 200: { description: 'The status: `idle`, or `cancelling` until what ran has ended', schema: wireStatus } },
      handler: async ({ body, principal }) => {
        const { name } = await defaultPipeline(deps);
        for (const runId of await store.liveRuns(name, 1_000))
          await cancelRun(store, { runId, reason: body.reason ?? 'reset', by: principal?.name ?? null, graceMs: 0 }).catch(unlessOver);
        return ok(statusOf(await liveRunOf(store, name)));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/schedule',
      summary: 'The first schedule, or null when there is none',
      tag: TAG,
      role: 'viewer',
      responses: { 200: { description: 'The schedule', schema: wireSchedule.nullable() } },
      handler: async () => ok(await firstSchedule(deps, await defaultPipeline(deps))),
    }),
    defineRoute({
      method: 'post',
      path: '/api/schedule',
      summary: 'Change the first schedule, or make one; schedulers take it up by themselves',
      tag: TAG,
      role: 'operator',
      body: scheduleBody,
      responses: { 200: { description: 'The schedule as it is now', schema: wireSchedule.nullable() } },
      handler: async ({ body }) => {
        const pipeline = await defaultPipeline(deps);
        await store.putSchedule(await mergedSchedule(deps, pipeline, body));
        return ok(await firstSchedule(deps, pipeline));
      },
    }),
  ];
};

/** It ended by itself between the list and the cancel: that is what was asked for. */
const unlessOver = (error: unknown): void => {
  if (!(error instanceof MillraceError && error.code === 'run_is_terminal')) throw error;
};

const scheduleBody = z
  .strictObject({
    cron: z
      .string()
      .max(200)
      .superRefine((cron, context) => complain(problemOfCron(cron), context))
      .optional(),
    every: z
      .union([z.string(), z.number()])
      .superRefine((every, context) => complain((parseDuration(every) ?? 0) >= 1_000 ? null : 'must be a duration of "1s" or longer', context))
      .optional(),
    timezone: z
      .string()
      .max(100)
      .superRefine((timezone, context) => complain(problemOfTimezone(timezone), context))
      .optional(),
    paused: z.boolean().optional(),
  })
  .refine((body) => body.cron === undefined || body.every === undefined, { path: ['every'], message: 'give either "cron" or "every"' });

const complain = (problem: string | null, context: { addIssue(message: string): void }): void => {
  if (problem !== null) context.addIssue(problem);
};

const idOf = (pipeline: Pipeline): string => pipeline.schedules[0]?.id ?? pipeline.name;

const firstSchedule = async ({ store }: ApiDeps, pipeline: Pipeline) => {
  const schedule = (await currentSchedules(store)).get(idOf(pipeline));
  if (!schedule) return null;
  const [view] = await schedulesOf(store, [schedule], await store.now());
  return toWireSchedule(view!);
};

/** What the body leaves out stays as it is. */
const mergedSchedule = async ({ store }: ApiDeps, pipeline: Pipeline, body: z.output<typeof scheduleBody>): Promise<StoredSchedule> => {
  const now = (await currentSchedules(store)).get(idOf(pipeline));
  const respecified = body.cron !== undefined || body.every !== undefined;
  if (!now && !respecified)
    throw new MillraceError('invalid_request', `${pipeline.name} has no schedule yet: give "cron" or "every"`, {
      errors: [{ path: 'cron', message: 'is needed to make a schedule' }],
    });
  return {
    id: idOf(pipeline),
    pipeline: pipeline.name,
    cron: respecified ? (body.cron ?? null) : now!.cron,
    everyMs: respecified ? (body.every === undefined ? null : parseDuration(body.every)) : now!.everyMs,
    timezone: body.timezone ?? now?.timezone ?? 'UTC',
    paused: body.paused ?? now?.paused ?? false,
  };
};
