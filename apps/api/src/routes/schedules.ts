import { currentSchedules, nextTicks, scheduleNamed, wallTime } from '@millrace/core/engine';
import {
  toInstant,
  toWireSchedule,
  toWireTick,
  wireInstant,
  type WireSchedule,
  wireSchedule,
  wireTick,
} from '@millrace/core/wire';
import { z } from 'zod';
import type { ApiDeps } from '../api-deps.ts';
import { defineRoute, ok, type Route } from '../http/define-route.ts';
import { validate } from '../http/validate.ts';
import { inWords, schedulesInForce } from '../schedule-views.ts';
import { listQuery, pageAt, pageOf } from './lists.ts';
import { previewQuery, recurrenceOf } from './schedule-body.ts';

/** Schedules and their ticks. */
export const scheduleRoutes = ({ store }: ApiDeps): readonly Route[] => {
  const params = z.strictObject({ schedule_id: z.string() });

  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/schedules',
      summary: 'All schedules in force, by id',
      tag: 'schedules',
      role: 'viewer',
      reach: { pipelineOfItem: ({ pipeline }: WireSchedule) => pipeline },
      query: z.strictObject(listQuery),
      responses: { 200: { description: 'A page of schedules', schema: pageOf(wireSchedule) } },
      handler: async ({ query }) => {
        const schedules = [...(await currentSchedules(store)).values()].sort((a, b) => (a.id < b.id ? -1 : 1));
        const page = pageAt(schedules, (schedule) => schedule.id, query);
        return ok({
          items: (await schedulesInForce(store, page.items, await store.now())).map(toWireSchedule),
          next_cursor: page.next_cursor,
        });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/schedules/preview',
      summary: 'When a recurrence would fire, in words and as instants, computed as schedulers do. Saves nothing',
      tag: 'schedules',
      role: 'viewer',
      reach: 'none',
      query: previewFields,
      responses: {
        200: {
          description: 'Instants, soonest first; `local` is the local time in the time zone',
          schema: z.object({ words: z.string(), items: z.array(z.object({ at: wireInstant, local: z.string() })) }),
        },
      },
      handler: async (call) => {
        // Problems use the field names of the request bodies, since forms show both.
        const query = validate([{ at: '', schema: previewQuery, value: call.query }])[0] as z.output<
          typeof previewQuery
        >;
        const recurrence = recurrenceOf(query);
        const items = nextTicks(recurrence, await store.now(), query.n).map((at) => ({
          at: toInstant(at),
          local: wallTime(recurrence.timezone, at),
        }));
        return ok({ words: inWords(recurrence), items });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/schedules/{schedule_id}',
      summary: 'A schedule',
      tag: 'schedules',
      role: 'viewer',
      params,
      responses: { 200: { description: 'The schedule', schema: wireSchedule } },
      handler: async (call) => {
        const [schedule] = await schedulesInForce(
          store,
          [await scheduleNamed(store, call.params.schedule_id)],
          await store.now(),
        );
        return ok(toWireSchedule(schedule!));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/schedules/{schedule_id}/next',
      summary: 'When it fires next, paused or not',
      tag: 'schedules',
      role: 'viewer',
      params,
      query: z.strictObject({ n: z.coerce.number().pipe(z.int().min(1).max(100)).default(5) }),
      responses: { 200: { description: 'Instants, soonest first', schema: z.object({ items: z.array(wireInstant) }) } },
      handler: async (call) => {
        const schedule = await scheduleNamed(store, call.params.schedule_id);
        return ok({ items: nextTicks(schedule, await store.now(), call.query.n).map(toInstant) });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/schedules/{schedule_id}/ticks',
      summary: 'The ledger: the outcome of each tick, newest first',
      tag: 'schedules',
      role: 'viewer',
      params,
      query: ticksQuery,
      responses: { 200: { description: 'A page of ticks; the newest 1,000 are kept', schema: pageOf(wireTick) } },
      handler: async (call) => {
        const schedule = await scheduleNamed(store, call.params.schedule_id);
        const { limit, cursor } = call.query;
        const ticks = await store.ticks(schedule.id, limit + 1, cursor);
        const items = ticks.slice(0, limit);
        return ok({
          items: items.map(toWireTick),
          next_cursor: ticks.length > limit ? String(items.at(-1)!.instant) : null,
        });
      },
    }),
  ];
};

const ticksQuery = z.strictObject({
  limit: listQuery.limit,
  cursor: z
    .string()
    .regex(/^\d{1,16}$/, 'must be the next_cursor of a previous page')
    .transform(Number)
    .optional()
    .meta({ description: '`next_cursor` of the previous page' }),
});

const previewFields = z.strictObject({
  cron: z.string().optional().meta({ description: 'Either this or `every`' }),
  every: z.string().optional().meta({ description: '"15m", or ms' }),
  timezone: z.string().optional().meta({ description: 'IANA name; default UTC' }),
  n: z.string().optional().meta({ description: '1..100, default 5' }),
});
