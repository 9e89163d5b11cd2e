import { MillraceError } from '@millrace/core/domain';
import { createSchedule, deleteSchedule, editSchedule, type ScheduleEdit, scheduleNamed } from '@millrace/core/engine';
import type { Schedule } from '@millrace/core/ports';
import { toWireSchedule, wireSchedule } from '@millrace/core/wire';
import { z } from 'zod';
import type { RouteDeps } from '../api-deps.ts';
import { type Call, defineRoute, ok, type Route } from '../http/define-route.ts';
import { schedulesInForce } from '../schedule-views.ts';
import { idempotencyOf } from './idempotency.ts';
import { createBody, patchBody, patchedSettings, pauseBody, settingsFrom, wholeBody } from './schedule-body.ts';
import { askedOfTrigger, replyOfKey, replyToStart, startHeaders, startResponses } from './start.ts';

/** Edits to schedules. Once an edit is answered, every later tick follows it. */
export const scheduleEditRoutes = (deps: RouteDeps): readonly Route[] => {
  const { store, log } = deps;
  const params = z.strictObject({ schedule_id: z.string() });
  const shown = async (id: string) => {
    const [view] = await schedulesInForce(store, [await scheduleNamed(store, id)], await store.now());
    return toWireSchedule(view!);
  };
  /** Logs who did what. */
  const tell = (call: Pick<Call, 'principal' | 'request'>, id: string, what: string): void =>
    log.info(
      {
        schedule: id,
        by: call.principal?.name ?? null,
        role: call.principal?.role ?? null,
        request_id: call.request.id,
      },
      `schedule ${what}`,
    );
  const edited = async (
    call: Pick<Call, 'principal' | 'request'>,
    id: string,
    what: string,
    edit: (schedule: Schedule) => ScheduleEdit,
  ) => {
    await editSchedule(store, id, call.principal?.name ?? null, edit);
    tell(call, id, what);
    return ok(await shown(id));
  };
  const audit = {
    before: (call: { readonly params: { readonly schedule_id: string } }) => shown(call.params.schedule_id),
  };
  const now = { 200: { description: 'The schedule as it is now', schema: wireSchedule } };

  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/schedules',
      summary: 'Create a schedule; its first tick is the first one after this is answered',
      tag: 'schedules',
      role: 'operator',
      reach: { pipelineOf: ({ body }) => body.pipeline },
      headers: startHeaders,
      body: createBody,
      responses: {
        200: { description: 'The schedule of an earlier request with this Idempotency-Key', schema: wireSchedule },
        201: { description: 'The schedule', schema: wireSchedule },
      },
      handler: async (call) => {
        const { body, principal } = call;
        const idempotency = idempotencyOf(call, { schedule: body });
        const made = {
          id: body.id ?? null,
          pipeline: body.pipeline,
          paused: body.paused ?? false,
          note: body.note ?? null,
        };
        const { id, repeated } = await createSchedule(store, {
          ...made,
          settings: settingsFrom(body),
          by: principal?.name ?? null,
          idempotency,
        });
        if (!repeated) tell(call, id, 'made');
        const headers = {
          Location: `/api/v1/schedules/${id}`,
          ...(repeated ? { 'Idempotency-Replayed': 'true' } : {}),
        };
        return { status: repeated ? 200 : 201, json: await shown(id), headers };
      },
    }),
    defineRoute({
      method: 'put',
      path: '/api/v1/schedules/{schedule_id}',
      summary: "Replace a schedule: omitted fields get their defaults. A definition's schedule becomes `set_by: api`",
      tag: 'schedules',
      role: 'operator',
      params,
      audit,
      body: wholeBody,
      responses: now,
      handler: (call) =>
        edited(call, call.params.schedule_id, 'replaced', ({ pipeline }) => {
          if (call.body.pipeline !== undefined && call.body.pipeline !== pipeline) throw otherPipeline(pipeline);
          return { settings: settingsFrom(call.body), paused: call.body.paused ?? false, note: call.body.note ?? null };
        }),
    }),
    defineRoute({
      method: 'patch',
      path: '/api/v1/schedules/{schedule_id}',
      summary:
        "Change some fields of a schedule. A definition's schedule becomes `set_by: api`, unless only `paused` or `note` change",
      tag: 'schedules',
      role: 'operator',
      params,
      audit,
      body: patchBody,
      responses: now,
      handler: (call) => edited(call, call.params.schedule_id, 'changed', (schedule) => editOf(call.body, schedule)),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/schedules/{schedule_id}',
      summary:
        "Remove a schedule set through the API; the definition's, if any, applies again and cannot itself be removed (409)",
      tag: 'schedules',
      role: 'operator',
      params,
      audit: { ...audit, after: (json) => (json as { schedule: unknown }).schedule },
      responses: {
        200: {
          description: 'What is left',
          schema: z.object({
            detail: z.string(),
            schedule: wireSchedule
              .nullable()
              .meta({ description: "The definition's schedule, which applies again; null: the schedule is gone" }),
          }),
        },
      },
      handler: async (call) => {
        const id = call.params.schedule_id;
        const { fallsBack } = await deleteSchedule(store, id);
        tell(call, id, 'deleted');
        if (!fallsBack) return ok({ detail: `schedule ${id} is gone`, schedule: null });
        return ok({
          detail: `settings from the API removed: schedule ${id} follows the pipeline's definition again`,
          schedule: await shown(id),
        });
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/schedules/{schedule_id}/pause',
      summary: 'Pause: ticks are recorded as skipped and start no runs. Runs already started continue',
      tag: 'schedules',
      role: 'operator',
      params,
      audit,
      body: pauseBody,
      responses: now,
      handler: (call) =>
        edited(call, call.params.schedule_id, 'paused', () => ({ ...call.body, paused: true }) as ScheduleEdit),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/schedules/{schedule_id}/resume',
      summary: 'Resume from the next tick on: ticks skipped during the pause are not made up',
      tag: 'schedules',
      role: 'operator',
      params,
      audit,
      body: pauseBody,
      responses: now,
      handler: (call) =>
        edited(call, call.params.schedule_id, 'resumed', () => ({ note: call.body.note ?? null, paused: false })),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/schedules/{schedule_id}/trigger',
      summary:
        'Start a run now, just as a tick would, paused or not: with its params, mode, stages and overlap policy. The run is `manual` and not in the ledger',
      tag: 'schedules',
      role: 'operator',
      params,
      headers: startHeaders,
      body: z.strictObject({ reason: z.string().nullable().optional() }),
      responses: startResponses,
      audit: { carried: true },
      handler: async (call) => {
        const id = call.params.schedule_id;
        const before = await replyOfKey(deps, idempotencyOf(call, askedOfTrigger(id, call.body.reason)));
        if (before !== null) return before;
        const schedule = await scheduleNamed(store, id);
        const body = {
          params: schedule.params,
          mode: schedule.mode,
          stages: schedule.stages?.slice() ?? null,
          ...call.body,
        };
        const reply = await replyToStart(deps, schedule.pipeline, body, call, schedule);
        tell(call, schedule.id, 'triggered');
        return reply;
      },
    }),
  ];
};

/** Also used by `POST /api/schedule`. */
export const editOf = (body: z.output<typeof patchBody>, schedule: Schedule): ScheduleEdit => {
  const settings = patchedSettings(body, schedule);
  return {
    ...(settings === undefined ? {} : { settings }),
    ...(body.paused === undefined ? {} : { paused: body.paused }),
    ...(body.note === undefined ? {} : { note: body.note }),
  };
};

const otherPipeline = (pipeline: string): MillraceError => {
  const message = `must be "${pipeline}": a schedule cannot move to another pipeline`;
  return new MillraceError('invalid_request', `pipeline: ${message}`, { errors: [{ path: 'pipeline', message }] });
};
