/** Redis's clock stepped back: what was to end within seconds claims to end in ten minutes. */
import type { WorkerId } from '@millrace/core/domain';
import { connectRedis, keysOf, redisStore, workOptions } from '@millrace/core/redis';
import { isolatedPrefix, waitFor } from '@millrace/core/testing';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';

const STEP_MS = 600_000;
const prefix = isolatedPrefix();
const keys = keysOf(prefix);
let redis: Redis;
beforeAll(async () => {
  redis = await connectRedis(inject('redisUrl'), workOptions);
});
afterAll(() => redis?.quit());

/** As the step leaves it: written when the clock was ahead. */
const moveAhead = async (key: string) => redis.hincrby(key, 'until', STEP_MS);

test('a leader’s term that was begun before the step has ended', async () => {
  const store = redisStore(redis, prefix);
  const first = await store.lead({ scheduler: 'a', ttlMs: 60_000 });
  await moveAhead(`${keys.root}/leader`);
  const second = await store.lead({ scheduler: 'b', ttlMs: 60_000 });
  expect(second).toMatchObject({ leader: true, holder: 'b' });
  expect(second.fence).toBeGreaterThan(first.fence);
});

test('a lost worker is found once its ttl has passed, and one that renews is kept', async () => {
  const store = redisStore(redis, prefix);
  const info = { host: 'h', pid: 1, queues: ['default'], concurrency: 1, pipelines: [] };
  for (const [worker, ttlMs] of [
    ['lost', 50],
    ['alive', 60_000],
  ] as const) {
    await store.renewLease({ worker: worker as WorkerId, ttlMs, info, register: true, held: [] });
    await redis.zadd(keys.workers, await moveAhead(keys.worker(worker)), worker);
  }
  await waitFor(async () => (await store.rescueLost({ maxLost: 3, limit: 100 })).workers.includes('lost' as WorkerId), {
    what: 'the rescue',
  });
  const left = await store.workers();
  expect(left.map(({ worker }) => worker)).toEqual(['alive']);
  expect(left[0]!.leaseUntil).toBeLessThanOrEqual((await store.now()) + 60_000);
});
