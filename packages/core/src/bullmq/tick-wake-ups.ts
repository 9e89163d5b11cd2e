import { type ConnectionOptions, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { WakeUps } from '../ports/index.ts';

/** Reserved, like `runs`: not a name for a pool of workers. */
export const TICKS_QUEUE = 'ticks';
/** Finished wake-ups kept for Bull Board. */
const KEPT = 100;

interface TickData {
  readonly schedule_id: string;
  readonly spec: string;
}

/**
 * Wake-ups by BullMQ's job schedulers, one per schedule, on a small separate queue that is never paused.
 * `redis` must retry for ever (`workOptions`); the caller closes it.
 */
export const tickWakeUps = (redis: Redis, queuePrefix: string): WakeUps & { close(): Promise<void> } => {
  const connection = redis as ConnectionOptions;
  const queue = new Queue<TickData>(TICKS_QUEUE, { connection, prefix: queuePrefix });
  // Commands that need a lost connection report it.
  queue.on('error', () => {});
  return {
    arranged: async () => {
      const schedulers = await queue.getJobSchedulers(0, -1);
      return new Map(
        schedulers.filter((known) => known !== undefined).map(({ key, template }) => [key, template?.data?.spec ?? '']),
      );
    },
    arrange: async ({ id, cron, everyMs, timezone }, spec) => {
      const repeat =
        cron === null
          ? { every: everyMs!, startDate: await nextSlot(redis, everyMs!) }
          : { pattern: cron, tz: timezone };
      await queue.upsertJobScheduler(id, repeat, { name: id, data: { schedule_id: id, spec } });
    },
    drop: async (scheduleId) => {
      await queue.removeJobScheduler(scheduleId);
    },
    onTick: async (listener) => {
      const worker = new Worker<TickData>(TICKS_QUEUE, (job) => listener(job.data.schedule_id), {
        connection,
        prefix: queuePrefix,
        concurrency: 10,
        removeOnComplete: { count: KEPT },
        removeOnFail: { count: KEPT },
      });
      worker.on('error', () => {});
      await worker.waitUntilReady();
      return () => worker.close(true);
    },
    close: () => queue.close(),
  };
};

/**
 * BullMQ counts an interval from its first tick, so the first is placed at the schedule's next due instant by Redis's
 * clock.
 */
const nextSlot = async (redis: Redis, everyMs: number): Promise<number> => {
  const [seconds] = await redis.time();
  return (Math.floor((Number(seconds) * 1_000) / everyMs) + 1) * everyMs;
};
