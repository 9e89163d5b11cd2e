import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FsArtifactStore } from '@millrace/core/artifacts';
import { compilePipeline, definePipeline, sourceOfDefinition } from '@millrace/core/definition';
import { startRun } from '@millrace/core/engine';
import type { Store } from '@millrace/core/ports';
import { connectRedis, keysOf, redisFeed, redisStore, redlockLocks, workOptions } from '@millrace/core/redis';
import { isolatedPrefix, waitFor } from '@millrace/core/testing';
import { createWorker } from '@millrace/worker';
import { pino } from 'pino';
import { expect, inject, test } from 'vitest';

test('a stage runs when it is claimed, not when all free slots are filled', async () => {
  const granted: string[] = [];
  const knownAtStart: number[] = [];
  const scripts: number[] = [];
  const parts = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7', 'p8'];
  let definition = definePipeline('fan', { overlap: 'allow' }) as ReturnType<typeof definePipeline>;
  for (const part of parts)
    definition = definition.stage(part, { run: () => void knownAtStart.push(granted.length) }) as typeof definition;
  const { pipeline, handlers } = compilePipeline(sourceOfDefinition(definition, null));

  const prefix = isolatedPrefix('claimed');
  const redis = await connectRedis(inject('redisUrl'), workOptions);
  const subscriber = await connectRedis(inject('redisUrl'), workOptions);
  const dir = mkdtempSync(join(tmpdir(), 'claimed-'));
  const keys = keysOf(prefix);
  const store = redisStore(redis, prefix);
  const observed: Store = {
    ...store,
    advanceAll: async (commands) => {
      const answers = await store.advanceAll(commands);
      const claims = answers.flatMap(({ claim }) => (claim ? [claim.stage] : []));
      if (claims.length > 0) scripts.push(claims.length);
      granted.push(...claims);
      return answers;
    },
  };
  await store.registerPipeline(pipeline, { makeCurrent: true });
  await startRun(store, redlockLocks([redis], keys.root, 30_000), { pipeline: 'fan', trigger: { kind: 'manual' } });
  const worker = createWorker({
    store: observed,
    control: redisFeed(subscriber, keys),
    artifacts: new FsArtifactStore(dir),
    artifactLimits: { attempt: { count: 10, bytes: 1e6 }, run: { count: 100, bytes: 1e7 } },
    pipelines: [{ pipeline, handlers, dir, file: 'fan.pipeline.ts' }],
    queues: null,
    concurrency: parts.length,
    leaseMs: 30_000,
    heartbeatMs: 5_000,
    drainMs: 5_000,
    connection: { ...workOptions, url: inject('redisUrl') },
    prefix: keys.queuePrefix,
    keepLease: () => async () => {},
    log: pino({ level: 'silent' }),
  });
  await worker.start();
  try {
    await waitFor(() => knownAtStart.length === parts.length, { what: 'all parts to run' });
  } finally {
    await worker.stop();
    redis.disconnect();
    subscriber.disconnect();
    rmSync(dir, { recursive: true });
  }
  expect(granted.toSorted()).toEqual(parts);
  // Two slots were filled at first, then the other six with two more scripts, whatever BullMQ asks for one by one.
  expect(scripts.slice(0, 3)).toEqual([2, 4, 2]);
  expect(knownAtStart[0]).toBe(2);
});
