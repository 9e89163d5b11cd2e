/** Redis answers but takes no writes: the probes say so with its reason, and end saying so by themselves. */
import { startRedis, type TestRedis } from '@millrace/core/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DeployedApi, deployApi } from './deployed-api.ts';

let redis: TestRedis;
let admin: Redis;
let deployed: DeployedApi;
beforeAll(async () => {
  redis = await startRedis();
  admin = new Redis(redis.url);
  deployed = await deployApi(redis.url);
});
afterAll(async () => {
  await deployed?.end();
  admin?.disconnect();
  await redis?.stop();
});

test.each([
  ['OOM', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0']],
  ['NOREPLICAS', ['CONFIG', 'SET', 'min-replicas-to-write', '1'], ['CONFIG', 'SET', 'min-replicas-to-write', '0']],
  ['READONLY', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']],
] as const)('%s: not ready, degraded, and ready again', async (reason, refuse, allow) => {
  const before = await admin.dbsize();
  await admin.call(refuse[0], ...refuse.slice(1));
  const { status, json } = await deployed.get('/readyz');
  expect([status, json.checks.find(({ check }: { check: string }) => check === 'writes')]).toEqual([
    503,
    { check: 'writes', ok: false, detail: expect.stringContaining(reason) },
  ]);
  const health = (await deployed.get('/api/v1/health')).json;
  expect(health.status).toBe('degraded');
  expect(health.concerns).toContainEqual(expect.stringMatching(`^Redis refuses writes: .*${reason}`));
  await admin.call(allow[0], ...allow.slice(1));
  expect((await deployed.get('/readyz')).status).toBe(200);
  expect(await admin.dbsize()).toBe(before);
});
