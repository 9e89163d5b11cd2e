import { z } from 'zod';
import type { LockView, ParkedView, QueueView, WorkerView } from '../ports/index.ts';
import { toInstant, wireInstant } from './time.ts';

export const wireWorker = z
  .object({
    worker: z.string(),
    host: z.string(),
    pid: z.int(),
    queues: z.array(z.string()),
    concurrency: z.int().meta({ description: 'How many stages it runs at once from each of its queues' }),
    pipelines: z.array(z.string()).meta({ description: '`name@version` of each pipeline it can run' }),
    registered_at: wireInstant,
    lease_until: wireInstant,
    holds: z.array(z.object({ run_id: z.string(), stage: z.string(), since: wireInstant })),
  })
  .meta({ id: 'Worker' });
export type WireWorker = z.infer<typeof wireWorker>;

export const toWireWorker = (worker: WorkerView): WireWorker => ({
  worker: worker.worker,
  host: worker.host,
  pid: worker.pid,
  queues: [...worker.queues],
  concurrency: worker.concurrency,
  pipelines: [...worker.pipelines],
  registered_at: toInstant(worker.registeredAt),
  lease_until: toInstant(worker.leaseUntil),
  holds: worker.holds.map((held) => ({ run_id: held.runId, stage: held.stage, since: toInstant(held.since) })),
});

const count = z.int().nonnegative();
export const wireQueue = z
  .object({ queue: z.string(), waiting: count, active: count, delayed: count, paused: z.boolean(), workers: count })
  .meta({ id: 'Queue' });
export type WireQueue = z.infer<typeof wireQueue>;

export const toWireQueue = (queue: QueueView): WireQueue => ({
  queue: queue.queue,
  waiting: queue.waiting,
  active: queue.active,
  delayed: queue.delayed,
  paused: queue.paused,
  workers: queue.workers,
});

export const wireLock = z
  .object({
    lock: z.string(),
    pipeline: z.string(),
    holder: z.string().meta({ description: 'The run that holds the lock' }),
    fence: z.int(),
    since: wireInstant,
    age_ms: z.number(),
    queued: z.array(z.string()).meta({ description: 'Runs waiting for the lock, in order' }),
  })
  .meta({ id: 'Lock' });
export type WireLock = z.infer<typeof wireLock>;

export const toWireLock = (lock: LockView): WireLock => ({
  lock: lock.lock,
  pipeline: lock.pipeline,
  holder: lock.holder,
  fence: lock.fence,
  since: toInstant(lock.since),
  age_ms: lock.ageMs,
  queued: [...lock.queued],
});

export const wireStranded = z
  .object({
    queue: z.string(),
    pipeline: z.string(),
    version: z.string().nullable().meta({ description: 'null: any version of the pipeline will do' }),
    stages: count,
    since: wireInstant.meta({ description: 'When the first of them got stuck' }),
  })
  .meta({ id: 'Stranded', description: 'Stages whose code no live worker of their queue has' });
export type WireStranded = z.infer<typeof wireStranded>;

export const toWireStranded = ({ queue, pipeline, version, stages, since }: ParkedView): WireStranded => ({
  queue,
  pipeline,
  version,
  stages,
  since: toInstant(since),
});
