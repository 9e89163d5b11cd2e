import type { QueueView, Readings } from '@millrace/core/ports';
import {
  toWireLock,
  toWireQueue,
  toWireWorker,
  type WireLock,
  wireLock,
  wireQueue,
  wireWorker,
} from '@millrace/core/wire';
import { z } from 'zod';
import type { ApiDeps } from '../api-deps.ts';
import { defineRoute, ok, type Route } from '../http/define-route.ts';
import { listQuery, pageOf } from './lists.ts';

/** Workers, queues and locks of the deployment. */
export const deploymentRoutes = ({ store }: ApiDeps): readonly Route[] => [
  defineRoute({
    method: 'get',
    path: '/api/v1/workers',
    summary: 'Registered workers and the stages they hold',
    tag: 'deployment',
    role: 'viewer',
    query: z.strictObject(listQuery),
    responses: { 200: { description: 'A page of workers', schema: pageOf(wireWorker) } },
    handler: async ({ query }) => {
      const found = await store.workers({ after: query.cursor ?? null, limit: query.limit + 1 });
      const items = found.slice(0, query.limit);
      return ok({
        items: items.map(toWireWorker),
        next_cursor: found.length > items.length ? items.at(-1)!.worker : null,
      });
    },
  }),
  defineRoute({
    method: 'get',
    path: '/api/v1/queues',
    summary: 'Queues, what is waiting in them, and how many workers serve each',
    tag: 'deployment',
    role: 'viewer',
    query: z.strictObject(listQuery),
    responses: { 200: { description: 'A page of queues', schema: pageOf(wireQueue) } },
    handler: async ({ query }) => {
      const found = await shownQueues(store, query.cursor ?? '', query.limit + 1);
      const items = found.slice(0, query.limit);
      return ok({
        items: items.map(toWireQueue),
        next_cursor: found.length > items.length ? items.at(-1)!.queue : null,
      });
    },
  }),
  defineRoute({
    method: 'get',
    path: '/api/v1/locks',
    summary: 'Overlap locks in use: the run that holds each, since when, and which runs are waiting',
    tag: 'deployment',
    role: 'viewer',
    reach: { pipelineOfItem: ({ pipeline }: WireLock) => pipeline },
    query: z.strictObject(listQuery),
    responses: { 200: { description: 'A page of locks', schema: pageOf(wireLock) } },
    handler: async ({ query }) => {
      const held = await store.locks({ after: query.cursor ?? null, limit: query.limit + 1 });
      const items = held.slice(0, query.limit);
      return ok({ items: items.map(toWireLock), next_cursor: held.length > items.length ? items.at(-1)!.lock : null });
    },
  }),
];

/** By name. A queue of an earlier version is listed only while it holds something, which reading it shows. */
const shownQueues = async (store: Readings, after: string, count: number): Promise<readonly QueueView[]> => {
  const names = (await store.queueNames()).filter((name) => name > after);
  const shown: QueueView[] = [];
  for (let from = 0; from < names.length && shown.length < count; from += count)
    shown.push(...(await store.queues(names.slice(from, from + count))));
  return shown.slice(0, count);
};
