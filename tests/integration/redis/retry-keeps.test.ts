/** What a retry takes from an ended run is in the new run's keys before it exists: they must not outlast a start. */
import { connectRedis, keysOf, redisStore, workOptions } from '@millrace/core/redis';
import { expectNoKeys, isolatedPrefix } from '@millrace/core/testing';
import { chainOf, newRunId, retryOf, rigOf, startOf } from '@millrace/core/testing/conformance';
import type { RunId } from '@millrace/core/domain';
import type { Redis } from 'ioredis';
import { beforeEach, expect, inject, test } from 'vitest';
import { pipelineRegistry } from '../../../packages/core/src/redis/pipelines.ts';
import { keepForRetry } from '../../../packages/core/src/redis/retry-keeps.ts';

const PIPELINE = chainOf('p', 3);
let redis: Redis;
let keys: ReturnType<typeof keysOf>;
let rig: ReturnType<typeof rigOf>;
let failed: RunId;

beforeEach(async () => {
  const prefix = isolatedPrefix('keeps');
  redis = await connectRedis(inject('redisUrl'), workOptions);
  keys = keysOf(prefix);
  rig = rigOf({
    store: redisStore(redis, prefix),
    feed: { subscribe: () => Promise.reject(new Error('not used')) },
    advanceTime: null,
    close: async () => {},
  });
  failed = await rig.start(PIPELINE);
  const worker = await rig.worker();
  await worker.succeed(await worker.take(), { long: 'x'.repeat(1_000) });
  await worker.fail(await worker.take(), { retryable: false });
  return async () => {
    expect(await rig.violations()).toEqual([]);
    await redis.quit();
  };
});

const command = async () => {
  const asked = { ...startOf(PIPELINE), runId: newRunId() };
  const retry = retryOf({ source: await rig.run(failed), ran: PIPELINE, pipeline: PIPELINE });
  return { ...asked, ...retry, retry: retry.retry! };
};
const ofRun = (runId: RunId) => [keys.run(runId), keys.outputs(runId), keys.begins(runId)];
const ttls = (runId: RunId) => Promise.all(ofRun(runId).map((key) => redis.pttl(key)));

test('a start that is refused leaves nothing behind', async () => {
  await rig.start(PIPELINE, { overlap: 'skip' });
  const asked = await command();
  expect(await rig.ask(PIPELINE, { ...asked, overlap: 'skip' })).toMatchObject({ kind: 'overlap' });
  await expectNoKeys(redis, `*${asked.runId}*`);
});

test('what is left by a process that died before the start expires, and is no run meanwhile', async () => {
  const db = { redis, keys };
  const asked = await command();
  await keepForRetry(db as never, pipelineRegistry(db as never), PIPELINE, asked);
  for (const ttl of await ttls(asked.runId)) expect(ttl).toBeGreaterThan(0);
  expect(await rig.store.run(asked.runId)).toBeNull();
  expect(await rig.store.runSummary(asked.runId)).toBeNull();
  expect((await rig.store.runs({ limit: 10, cursor: null })).items).toHaveLength(1);
  // Sent once more, it is the same retry, and stays.
  expect(await rig.ask(PIPELINE, asked)).toMatchObject({ kind: 'started', runId: asked.runId });
  expect(await ttls(asked.runId)).toEqual([-1, -1, -2]);
  const worker = await rig.worker();
  expect(await worker.drain()).toEqual(['s1', 's2']);
  expect(await rig.run(asked.runId)).toMatchObject({ status: 'succeeded', retryOf: failed });
});

test('a process that died before it went on with the start leaves that to the sweep', async () => {
  const asked = await command();
  // Queued behind the lock, it goes on in the script that ends the holder, whose caller dies.
  const holder = await rig.start(PIPELINE, { overlap: 'queue' });
  expect(await rig.store.startRun({ ...asked, overlap: 'queue' })).toMatchObject({ kind: 'queued' });
  await rig.store.cancelRun({ runId: holder, reason: null, by: null, graceMs: null });
  expect((await rig.run(asked.runId)).stages.map(({ status }) => status)).toEqual(['succeeded', 'pending', 'pending']);
  await rig.store.reconcile('0', 1_000, 60_000);
  expect((await rig.run(asked.runId)).stages.map(({ status }) => status)).toEqual(['succeeded', 'queued', 'pending']);
});
