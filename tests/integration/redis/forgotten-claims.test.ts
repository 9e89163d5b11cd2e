/** A failover that lost the last second: lost claims are granted again, and their earlier holders are refused. */
import { setTimeout as delay } from 'node:timers/promises';
import { FsArtifactStore } from '@millrace/core/artifacts';
import { compilePipeline, definePipeline, sourceOfDefinition } from '@millrace/core/definition';
import { startRun } from '@millrace/core/engine';
import { connectRedis, keysOf, redisFeed, redisStore, redlockLocks, workOptions } from '@millrace/core/redis';
import { isolatedPrefix, waitFor } from '@millrace/core/testing';
import { chainOf, type Rig, rigOf } from '@millrace/core/testing/conformance';
import { createWorker } from '@millrace/worker';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';

let prefix: string;
let redis: Redis;
let subscriber: Redis;
let rig: Rig;
beforeEach(async () => {
  prefix = isolatedPrefix();
  [redis, subscriber] = await Promise.all([
    connectRedis(inject('redisUrl'), workOptions),
    connectRedis(inject('redisUrl'), workOptions),
  ]);
  rig = rigOf({
    store: redisStore(redis, prefix),
    feed: redisFeed(subscriber, keysOf(prefix)),
    advanceTime: null,
    close: async () => {},
  });
});
afterEach(() => {
  for (const connection of [redis, subscriber]) connection.disconnect();
});

/**
 * Everything of the deployment as it is now; what it answers puts all of it back, as a replica that is behind would
 * serve it.
 */
const remember = async (): Promise<() => Promise<void>> => {
  const keysNow = () => redis.keys(`${keysOf(prefix).root}*`);
  const kept = await Promise.all((await keysNow()).map(async (key) => [key, await redis.dumpBuffer(key)] as const));
  return async () => {
    const forget = redis.multi();
    for (const key of await keysNow()) forget.del(key);
    for (const [key, value] of kept) forget.restore(key, 0, value);
    await forget.exec();
  };
};

test.each(['another worker', 'the same worker'])(
  'S2: a claim that was forgotten and given to %s: the first one writes nothing any more',
  async (whom) => {
    const runId = await rig.start(chainOf('p', 1));
    const first = await rig.worker();
    const second = whom === 'the same worker' ? first : await rig.worker();
    const forget = await remember();
    const lost = await first.take('default', 'one');
    await forget();
    const held = await second.take('default', 'two');
    expect([held.stage, held.attempt]).toEqual([lost.stage, lost.attempt]);
    expect(held.fence).toBeGreaterThan(lost.fence);
    expect((await first.renew([lost, held])).fenced).toContainEqual(expect.objectContaining({ fence: lost.fence }));
    const progress = [{ type: 'stage.progress' as const, data: { fraction: 1 } }];
    expect(await rig.store.report(lost, progress)).toBe('fenced');
    expect(await first.succeed(lost)).toBe('fenced');
    expect(await rig.store.report(held, progress)).toBe('ok');
    expect(await second.succeed(held)).toBe('succeeded');
    expect(await first.succeed(lost)).toBe('fenced');
    expect((await rig.run(runId)).stages[0]!.attempts).toHaveLength(1);
    expect(await rig.violations()).toEqual([]);
  },
);

test('a worker that is given its own forgotten claim again stops the attempt that it had begun, and keeps the new one', async () => {
  const seen: { fence: number; signal: AbortSignal }[] = [];
  let letGo = false;
  const definition = definePipeline('silent', { overlap: 'allow' }).stage('only', {
    run: async (ctx) => {
      seen.push(ctx);
      while (!letGo) await delay(20, undefined, { signal: ctx.signal });
      return {};
    },
  });
  const { pipeline, handlers } = compilePipeline(sourceOfDefinition(definition, null));
  await rig.register(pipeline);
  const worker = createWorker({
    store: rig.store,
    control: redisFeed(subscriber, keysOf(prefix)),
    artifacts: new FsArtifactStore('/nonexistent'),
    artifactLimits: { attempt: { count: 10, bytes: 1e6 }, run: { count: 100, bytes: 1e7 } },
    pipelines: [{ pipeline, handlers, dir: '/', file: 'silent.pipeline.ts' }],
    queues: null,
    concurrency: 2,
    leaseMs: 60_000,
    // The claim comes before the next heartbeat, which would reveal the loss to the worker.
    heartbeatMs: 600_000,
    drainMs: 1_000,
    connection: { ...workOptions, url: inject('redisUrl') },
    prefix: keysOf(prefix).queuePrefix,
    keepLease: () => async () => {},
    log: pino({ level: 'silent' }),
  });
  await worker.start();
  const queue = new Queue('default', { connection: redis, prefix: keysOf(prefix).queuePrefix });
  await queue.pause();
  const started = await startRun(rig.store, redlockLocks([redis], keysOf(prefix).root, 30_000), {
    pipeline: 'silent',
    trigger: { kind: 'manual' },
  });
  const forget = await remember();
  await queue.resume();
  await waitFor(() => seen.length === 1, { what: 'the first attempt' });
  await forget();
  await queue.resume();
  await waitFor(() => seen.length === 2, { what: 'the second attempt', timeoutMs: 20_000 });
  await waitFor(() => seen[0]!.signal.aborted, { what: 'the end of the first attempt' });
  expect(seen[0]!.signal.reason).toMatchObject({ kind: 'fenced' });
  expect(seen[1]!.fence).toBeGreaterThan(seen[0]!.fence);
  const runId = 'runId' in started ? started.runId : null;
  await waitFor(async () => (await rig.facts(runId!)).includes('only fenced'), {
    what: 'the refusal of the first outcome',
  });
  expect(worker.held.refs().map(({ fence }) => fence)).toEqual([seen[1]!.fence]);
  letGo = true;
  await waitFor(async () => (await rig.run(runId!)).status === 'succeeded', { what: 'the end of the run' });
  await worker.stop();
  await queue.close();
}, 60_000);
