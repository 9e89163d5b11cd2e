/** What BullMQ's own classes read: what waits, runs, is delayed or paused, and nothing of what ended. */
import { connectRedis, keysOf, redisStore, workOptions } from '@millrace/core/redis';
import { isolatedPrefix } from '@millrace/core/testing';
import { chainOf, diamondOf, rigOf } from '@millrace/core/testing/conformance';
import { type Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';

let redis: Redis;
let keys: ReturnType<typeof keysOf>;
let rig: ReturnType<typeof rigOf>;
let stages: Queue;
let runs: Queue;

beforeEach(async () => {
  const prefix = isolatedPrefix('queues');
  redis = await connectRedis(inject('redisUrl'), workOptions);
  keys = keysOf(prefix);
  rig = rigOf({
    store: redisStore(redis, prefix),
    feed: { subscribe: () => Promise.reject(new Error('not used')) },
    advanceTime: null,
    close: async () => {},
  });
  stages = new Queue('default', { connection: redis, prefix: keys.queuePrefix });
  runs = new Queue('runs', { connection: redis, prefix: keys.queuePrefix });
});
afterEach(async () => {
  await stages.close();
  await runs.close();
  await redis.quit();
});

const inShort = (jobs: readonly Job[]) => jobs.map(({ id, name, timestamp }) => `${id} ${name} ${timestamp > 0}`);

test('the getters of a Queue tell what waits, runs and is delayed', async () => {
  const first = await rig.start(chainOf('p', 2, { retry: { maximumAttempts: 2, initialInterval: 60_000 } }));
  const second = await rig.start(chainOf('p', 2, { retry: { maximumAttempts: 2, initialInterval: 60_000 } }));
  expect(inShort(await stages.getWaiting()).sort()).toEqual([`${first}.0.1 s0 true`, `${second}.0.1 s0 true`]);
  expect(inShort(await runs.getWaitingChildren()).sort()).toEqual([`${first} p true`, `${second} p true`]);
  const worker = await rig.worker();
  const claim = await worker.take();
  await worker.succeed(await worker.take());
  expect(inShort(await stages.getActive())).toEqual([`${first}.0.1 s0 true`]);
  expect(inShort(await stages.getWaiting())).toEqual([`${second}.1.1 s1 true`]);
  await worker.fail(claim);
  const [delayed] = await stages.getDelayed();
  expect(inShort([delayed!])).toEqual([`${first}.0.1 s0 true`]);
  expect(delayed!.delay).toBe(60_000);
  await stages.pause();
  expect(await worker.claim()).toBeNull();
  expect(await stages.getJobCounts('wait', 'active', 'delayed', 'completed', 'failed')).toEqual({
    wait: 1,
    active: 0,
    delayed: 1,
    completed: 0,
    failed: 0,
  });
});

test('whatever the end of a stage, its job goes, and the flow of its run with the run', async () => {
  const worker = await rig.worker();
  await rig.start(chainOf('good', 3));
  await worker.drain();
  await rig.start(diamondOf('bad'));
  await worker.fail(await worker.take(), { retryable: false });
  const cancelled = await rig.start(pairOf('cancelled'));
  const running = await worker.take();
  await rig.cancel(cancelled);
  await worker.send(running, { kind: 'cancelled', reason: 'enough' });
  const lost = await rig.start(chainOf('lost', 2));
  const doomed = await rig.worker('doomed');
  await doomed.take();
  await doomed.die(0);
  expect((await rig.run(lost)).status).toBe('failed');
  const left = await redis.keys(`${keys.queuePrefix.replaceAll(/[{}]/g, '?')}:*`);
  expect(left.map((key) => key.slice(keys.queuePrefix.length)).sort()).toEqual([
    ':default:marker',
    ':default:meta',
    ':runs:meta',
  ]);
  expect(await rig.violations()).toEqual([]);
});

/** Two stages that need nothing: one runs, one waits. */
const pairOf = (name: string) => {
  const chain = chainOf(name, 2);
  return { ...chain, stages: chain.stages.map((stage) => ({ ...stage, dependsOn: [] })) };
};

test('what a pruned run left unfinished is forgotten by the next sweep', async () => {
  await rig.register(chainOf('p', 1));
  await redis.sadd(keys.unfinished, '0190a0a0-0000-7000-8000-000000000001');
  await rig.store.reconcile('0', 0);
  expect(await redis.scard(keys.unfinished)).toBe(0);
});

test('a log that has lost its beginning is read from the first event that it has', async () => {
  const worker = await rig.worker();
  const runId = await rig.start(chainOf('p', 3));
  await worker.drain();
  await redis.ltrim(keys.events(runId), 3, -1);
  const after = async (afterSeq: number, limit: number) =>
    (await rig.store.events(runId, { afterSeq, limit }))!.map(({ seq }) => seq);
  const before = async (beforeSeq: number | null, limit: number) =>
    (await rig.store.eventsBefore(runId, { beforeSeq, limit }))!.map(({ seq }) => seq);
  expect([await after(0, 1), await after(1, 3), await after(4, 2), await after(7, 5), await after(8, 5)]).toEqual([
    [4],
    [4, 5, 6],
    [5, 6],
    [8],
    [],
  ]);
  expect([await before(null, 2), await before(7, 2), await before(6, 9), await before(4, 9)]).toEqual([
    [7, 8],
    [5, 6],
    [4, 5],
    [],
  ]);
});

test('an event that would have the seq of another is refused, and not left in the log', async () => {
  const worker = await rig.worker();
  const runId = await rig.start(chainOf('p', 2));
  const claim = await worker.take();
  await redis.hset(keys.run(runId), 'seq', '1');
  await expect(worker.succeed(claim)).rejects.toMatchObject({
    code: 'internal',
    message: expect.stringContaining('is longer than its seq'),
  });
  expect(await redis.llen(keys.events(runId))).toBe(2);
});
