/* A fan-out and its join on bare BullMQ's flows. */
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { startChild } from './child-process.mjs';

const WORKER = new URL('../workers/fan-out-worker.mjs', import.meta.url);

/** `a`, so many parts, and their join. */
export const fanOutFlows = (width) => ({
  name: 'flows',
  open: async (server, { concurrency, marks = false }) => {
    const redis = new Redis(server.url);
    await redis.flushall();
    const queue = new Queue('default', { connection: { port: server.port, maxRetriesPerRequest: null } });
    const child = startChild(WORKER, {
      BENCH_PORT: String(server.port),
      BENCH_CONCURRENCY: String(concurrency),
      BENCH_WIDTH: String(width),
      ...(marks ? { BENCH_MARKS: '1' } : {}),
    });
    await child.told('ready');
    let started = 0;
    return {
      name: 'flows',
      redis,
      marks: async () => (await child.ask('marks')).marks,
      startOne: async () => {
        const run = String((started += 1));
        await queue.add('a', { run });
        return run;
      },
      close: async () => {
        await child.stop();
        await queue.close();
        redis.disconnect();
      },
    };
  },
});
