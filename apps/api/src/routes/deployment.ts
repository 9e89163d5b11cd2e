import type { Run } from '@millrace/core/domain';
import type { QueueView, Readings, WorkerView } from '@millrace/core/ports';
import { toWireLock, toWireQueue, toWireWorker, wireLock, wireQueue, wireWorker } from '@millrace/core/wire';
import { z } from 'zod';
import type { ApiDeps } from '../api-deps.ts';
import { defineRoute, ok, type Route } from '../http/define-route.ts';
import { listQuery, pageAt, pageOf } from './lists.ts';

/** Who is alive, what waits where, and who holds what. */
export const deploymentRoutes = ({ store }: ApiDeps): readonly Route[] => [
  defineRoute({
    method: 'get',
    path: '/api/v1/workers',
    summary: 'Workers that are registered, and the stages that they hold',
    tag: 'deployment',
    role: 'viewer',
    query: z.strictObject(listQuery),
    responses: { 200: { description: 'A page of workers', schema: pageOf(wireWorker) } },
    handler: async ({ query }) => {
      const page = pageAt(sortedBy(await store.workers(), 'worker'), (worker) => worker.worker, query);
      return ok({ items: (await withStageNames(store, page.items)).map(toWireWorker), next_cursor: page.next_cursor });
    },
  }),
  defineRoute({
    method: 'get',
    path: '/api/v1/queues',
    summary: 'Queues, what waits in them, and how many workers serve each',
    tag: 'deployment',
    role: 'viewer',
    query: z.strictObject(listQuery),
    responses: { 200: { description: 'A page of queues', schema: pageOf(wireQueue) } },
    handler: async ({ query }) => {
      const found = await shownQueues(store, query.cursor ?? '', query.limit + 1);
      const items = found.slice(0, query.limit);
      return ok({ items: items.map(toWireQueue), next_cursor: found.length > items.length ? items.at(-1)!.queue : null });
    },
  }),
  defineRoute({
    method: 'get',
    path: '/api/v1/locks',
    summary: 'Overlap locks that are held: by which run, since when, and who waits',
    tag: 'deployment',
    role: 'viewer',
    query: z.strictObject(listQuery),
    responses: { 200: { description: 'A page of locks', schema: pageOf(wireLock) } },
    handler: async ({ query }) => {
      const held = await store.locks({ after: query.cursor ?? null, limit: query.limit + 1 });
      const items = held.slice(0, query.limit);
      return ok({ items: items.map(toWireLock), next_cursor: held.length > items.length ? items.at(-1)!.lock : null });
    },
  }),
];

/** By name. A queue of an earlier version is shown only while something is left in it, which reading it tells. */
const shownQueues = async (store: Readings, after: string, count: number): Promise<readonly QueueView[]> => {
  const names = (await store.queueNames()).filter((name) => name > after);
  const shown: QueueView[] = [];
  for (let from = 0; from < names.length && shown.length < count; from += count) shown.push(...(await store.queues(names.slice(from, from + count))));
  return shown.slice(0, count);
};

const sortedBy = <K extends string, T extends Readonly<Record<K, string>>>(items: readonly T[], key: K): readonly T[] =>
  [...items].sort((a, b) => (a[key] < b[key] ? -1 : 1));

/** The store knows what a worker holds by the stage's index; people know it by name. */
const withStageNames = async (store: Readings, workers: readonly WorkerView[]): Promise<readonly WorkerView[]> => {
  const runs = new Map<string, Promise<Run | null>>();
  const nameOf = async (held: WorkerView['holds'][number]): Promise<string> => {
    if (!/^\d+$/.test(held.stage)) return held.stage;
    if (!runs.has(held.runId)) runs.set(held.runId, store.run(held.runId));
    const run = await runs.get(held.runId)!;
    const pipeline = run && (await store.pipeline(run.pipeline, run.version));
    return pipeline?.stages[Number(held.stage)]?.name ?? held.stage;
  };
  return Promise.all(
    workers.map(async (worker) => ({ ...worker, holds: await Promise.all(worker.holds.map(async (held) => ({ ...held, stage: await nameOf(held) }))) })),
  );
};
