/**
 * Parked stages in Redis's own terms: what becomes of them when their list is lost or out of date, or their queue is
 * paused.
 */
import { connectRedis, keysOf, redisStore, workOptions } from '@millrace/core/redis';
import { isolatedPrefix } from '@millrace/core/testing';
import { pipelineOf, rigOf } from '@millrace/core/testing/conformance';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';

const PIPELINE = pipelineOf('p', { a: [] });
let redis: Redis;
let keys: ReturnType<typeof keysOf>;
let rig: ReturnType<typeof rigOf>;

beforeEach(async () => {
  const prefix = isolatedPrefix('parked');
  redis = await connectRedis(inject('redisUrl'), workOptions);
  keys = keysOf(prefix);
  rig = rigOf({
    store: redisStore(redis, prefix),
    feed: { subscribe: () => Promise.reject(new Error('not used')) },
    advanceTime: null,
    close: async () => {},
  });
});
afterEach(async () => {
  expect(await rig.violations()).toEqual([]);
  await redis.quit();
});

const park = async () => {
  const runId = await rig.start(PIPELINE);
  expect(await (await rig.worker('unable', [])).claim()).toBeNull();
  return runId;
};
const group = `default/p@${PIPELINE.version}`;

test.each([
  ['the list', () => redis.del(keys.parkedIn(group))],
  ['its name', () => redis.del(keys.parked)],
])('the reconciler queues a parked stage again when %s was lost', async (_, lose) => {
  const runId = await park();
  await lose();
  await rig.pass(5);
  expect(await rig.store.reconcile('0', 100, 0)).toMatchObject({ checked: 1, repaired: 1 });
  expect((await rig.run(runId)).stages[0]).toMatchObject({ status: 'queued', waitingFor: null });
  expect((await (await rig.worker('able', [PIPELINE])).take()).runId).toBe(runId);
  expect(await redis.exists(keys.parked, keys.parkedIn(group))).toBe(0);
});

test('list entries of a run that has ended or is gone are skipped', async () => {
  const runId = await park();
  const [job] = (await redis.zrange(keys.parkedIn(group), '0', '-1')) as [string];
  await rig.cancel(runId);
  await redis.zadd(keys.parkedIn(group), 1, job, 2, '01a22bc7-dbbd-71d7-a9f0-000000000000.0.1');
  await redis.sadd(keys.parked, group);
  const next = await rig.start(PIPELINE);
  expect((await (await rig.worker('able', [PIPELINE])).take()).runId).toBe(next);
  expect(await redis.exists(keys.parked, keys.parkedIn(group))).toBe(0);
});

test('a paused queue gives out nothing that is parked, nor does one that may run no more at once', async () => {
  const runId = await park();
  const queue = new Queue('default', { connection: redis, prefix: keys.queuePrefix });
  try {
    const able = await rig.worker('able', [PIPELINE]);
    await queue.pause();
    expect(await able.claim()).toBeNull();
    await queue.resume();
    await queue.setGlobalConcurrency(1);
    const beside = pipelineOf('q', { a: [] });
    const other = await rig.worker('other', [beside]);
    await rig.start(beside);
    const held = await other.take();
    expect(await able.claim()).toBeNull();
    await other.succeed(held);
    expect((await able.take()).runId).toBe(runId);
  } finally {
    await queue.close();
  }
});

describe('a wake-up for what is parked', () => {
  /** Wakes a blocked worker: what BullMQ's BZPOPMIN takes. */
  const woken = async () => (await redis.zpopmin(keys.queue('default', 'marker'))).length > 0;

  test('is handed on by each worker that cannot run it, until one comes that can', async () => {
    const able = await rig.worker('able', [PIPELINE]);
    const unable = [await rig.worker('u1', []), await rig.worker('u2', [])];
    const runId = await rig.start(PIPELINE);
    for (const worker of unable) {
      expect(await woken()).toBe(true);
      expect(await worker.claim()).toBeNull();
    }
    expect(await woken()).toBe(true);
    expect((await able.take()).runId).toBe(runId);
    expect(await able.claim()).toBeNull();
    expect(await redis.hexists(keys.queue('default', 'meta'), 'offers')).toBe(0);
  });

  test('is not handed on for ever when the one that can does not come', async () => {
    await rig.worker('able', [PIPELINE]);
    const unable = await rig.worker('unable', []);
    await rig.start(PIPELINE);
    let times = 0;
    while (times < 20 && (await woken())) {
      expect(await unable.claim()).toBeNull();
      times += 1;
    }
    // The wake-up of the start, one for each live worker, and no more.
    expect(times).toBeLessThanOrEqual(4);
    expect(times).toBeGreaterThanOrEqual(3);
  });
});
