/** What BullMQ keeps of ended runs, for Bull Board: bounded by number and by age; BullMQ's own classes read it. */
import { connectRedis, keysOf, redisStore, workOptions } from '@millrace/core/redis';
import { isolatedPrefix } from '@millrace/core/testing';
import { chainOf, rigOf } from '@millrace/core/testing/conformance';
import { FlowProducer, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';

const DAY_MS = 86_400_000;
let redis: Redis;
let keys: ReturnType<typeof keysOf>;
let rig: ReturnType<typeof rigOf>;

beforeEach(async () => {
  const prefix = isolatedPrefix('flows');
  redis = await connectRedis(inject('redisUrl'), workOptions);
  keys = keysOf(prefix);
  rig = rigOf({ store: redisStore(redis, prefix), feed: { subscribe: () => Promise.reject(new Error('not used')) }, advanceTime: null, close: async () => {} });
});
afterEach(() => redis.quit());

const runOnce = async (pipeline: ReturnType<typeof chainOf>, worker: Awaited<ReturnType<typeof rig.worker>>) => {
  const runId = await rig.start(pipeline, { overlap: 'allow' });
  await worker.drain();
  return runId;
};

test('a run is a flow: BullMQ reads the parent, its children and their states', async () => {
  const runId = await runOnce(chainOf('p', 3), await rig.worker());
  const flows = new FlowProducer({ connection: redis, prefix: keys.queuePrefix });
  const queue = new Queue('default', { connection: redis, prefix: keys.queuePrefix });
  try {
    const flow = await flows.getFlow({ id: runId, queueName: 'runs' });
    expect(flow.children?.map(({ job }) => job.name).sort()).toEqual(['s0', 's1', 's2']);
    expect(await Promise.all(flow.children!.map(({ job }) => job.getState()))).toEqual(['completed', 'completed', 'completed']);
    expect(await flow.job.getState()).toBe('completed');
    expect(await queue.getJobCounts('completed', 'active', 'wait')).toEqual({ completed: 3, active: 0, wait: 0 });
  } finally {
    await flows.close();
    await queue.close();
  }
});

test('at most 1,064 flows are kept, and nothing of the others', async () => {
  const pipeline = chainOf('p', 1);
  const worker = await rig.worker();
  const first = await runOnce(pipeline, worker);
  for (let batch = 0; batch < 12; batch++) {
    await Promise.all(Array.from({ length: 100 }, () => rig.start(pipeline, { overlap: 'allow' })));
    await worker.drain();
  }
  expect(await redis.zcard(keys.queue('runs', 'completed'))).toBeLessThanOrEqual(1_064);
  expect(await redis.zcard(keys.queue('default', 'completed'))).toBeLessThanOrEqual(1_064);
  expect(await redis.exists(keys.queue('runs', first), keys.queue('runs', `${first}:processed`), keys.queue('default', `${first}.0.1`))).toBe(0);
});

test('flows older than a day go, however few there are', async () => {
  const worker = await rig.worker();
  const [old, young] = [await runOnce(chainOf('p', 2), worker), await runOnce(chainOf('p', 2), worker)];
  await redis.zadd(keys.queue('runs', 'completed'), Date.now() - DAY_MS - 1_000, old);
  await rig.store.pruneRuns({ count: 100, ageMs: DAY_MS }, 100);
  expect(await redis.zrange(keys.queue('runs', 'completed'), '0', '-1')).toEqual([young]);
  expect(await redis.exists(keys.queue('runs', old), keys.queue('default', `${old}.0.1`), keys.queue('default', `${old}.1.1`))).toBe(0);
});

test('what a pruned run left unfinished is forgotten by the next sweep', async () => {
  await rig.register(chainOf('p', 1));
  await redis.sadd(keys.unfinished, '0190a0a0-0000-7000-8000-000000000001');
  await rig.store.reconcile('0', 0);
  expect(await redis.scard(keys.unfinished)).toBe(0);
});
