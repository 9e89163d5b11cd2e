import { currentSchedules, nextTicks, type Schedule, unknownName } from '@millrace/core/engine';
import type { Readings } from '@millrace/core/ports';
import { type ScheduleInForce, toInstant, toWireSchedule, toWireTick, wireInstant, wireSchedule, wireTick } from '@millrace/core/wire';
import { z } from 'zod';
import type { ApiDeps } from '../api-deps.ts';
import { defineRoute, ok, type Route } from '../http/define-route.ts';
import { listQuery, pageAt, pageOf } from './lists.ts';

/** When runs start by themselves. */
export const scheduleRoutes = ({ store }: ApiDeps): readonly Route[] => {
  const scheduleWithId = async (id: string): Promise<Schedule> => {
    const schedules = await currentSchedules(store);
    const schedule = schedules.get(id);
    if (schedule) return schedule;
    throw unknownName('unknown_schedule', id, [...schedules.keys()]);
  };
  const params = z.strictObject({ schedule_id: z.string() });

  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/schedules',
      summary: 'All schedules in force, by id',
      tag: 'schedules',
      role: 'viewer',
      query: z.strictObject(listQuery),
      responses: { 200: { description: 'A page of schedules', schema: pageOf(wireSchedule) } },
      handler: async ({ query }) => {
        const schedules = [...(await currentSchedules(store)).values()].sort((a, b) => (a.id < b.id ? -1 : 1));
        const page = pageAt(schedules, (schedule) => schedule.id, query);
        return ok({ items: (await schedulesOf(store, page.items, await store.now())).map(toWireSchedule), next_cursor: page.next_cursor });
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
        const [schedule] = await schedulesOf(store, [await scheduleWithId(call.params.schedule_id)], await store.now());
        return ok(toWireSchedule(schedule!));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/schedules/{schedule_id}/next',
      summary: 'The next instants at which it is due, paused or not',
      tag: 'schedules',
      role: 'viewer',
      params,
      query: z.strictObject({ n: z.coerce.number().pipe(z.int().min(1).max(100)).default(5) }),
      responses: { 200: { description: 'Instants, soonest first', schema: z.object({ items: z.array(wireInstant) }) } },
      handler: async (call) => {
        const schedule = await scheduleWithId(call.params.schedule_id);
        return ok({ items: nextTicks(schedule, await store.now(), call.query.n).map(toInstant) });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/schedules/{schedule_id}/ticks',
      summary: 'The ledger: what became of each tick, newest first',
      tag: 'schedules',
      role: 'viewer',
      params,
      query: z.strictObject({ limit: listQuery.limit }),
      responses: { 200: { description: 'Ticks', schema: z.object({ items: z.array(wireTick) }) } },
      handler: async (call) => {
        const schedule = await scheduleWithId(call.params.schedule_id);
        return ok({ items: (await store.ticks(schedule.id, call.query.limit)).map(toWireTick) });
      },
    }),
  ];
};

/** Schedules with what set them and when they are due next. */
export const schedulesOf = async (store: Readings, schedules: readonly Schedule[], now: number): Promise<readonly ScheduleInForce[]> => {
  const setByApi = new Set((await store.schedules()).map((stored) => stored.id));
  return schedules.map((schedule) => ({
    id: schedule.id,
    pipeline: schedule.pipeline,
    cron: schedule.cron,
    everyMs: schedule.everyMs,
    timezone: schedule.timezone,
    paused: schedule.paused,
    setBy: setByApi.has(schedule.id) ? 'api' : 'definition',
    nextAt: schedule.paused ? null : (nextTicks(schedule, now, 1)[0] ?? null),
  }));
};
