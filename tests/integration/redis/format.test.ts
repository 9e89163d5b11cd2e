/** A store is marked with its format, and a process that would misread it does not touch it. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { connectRedis, connectStore, keysOf, redisStore, workOptions } from '@millrace/core/redis';
import { isolatedPrefix } from '@millrace/core/testing';
import { pipelineOf } from '@millrace/core/testing/conformance';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';

const PIPELINE = pipelineOf('p', { a: [] });
let redis: Redis;
let prefix: string;
let keys: ReturnType<typeof keysOf>;

beforeEach(async () => {
  prefix = isolatedPrefix('format');
  keys = keysOf(prefix);
  redis = await connectRedis(inject('redisUrl'), workOptions);
});
afterEach(() => redis.quit());

const connect = async () => {
  const clients = await connectStore({ url: inject('redisUrl'), ca: null, prefix }, workOptions, workOptions);
  for (const client of clients) client.disconnect();
};
const register = () => redisStore(redis, prefix).registerPipeline(PIPELINE, { makeCurrent: true });
const everything = async () => {
  const names = (await redis.keys(`${keys.root}*`)).sort();
  return Promise.all(names.map(async (name) => [name, await redis.dumpBuffer(name)]));
};

test('an empty store is marked by the first process, and open to the next', async () => {
  await connect();
  expect(await redis.get(keys.format)).toMatch(/^\d+$/);
  await register();
  await connect();
});

test('a store that a Redis has forgotten is marked anew by the process that registers its pipelines again', async () => {
  await connect();
  await register();
  await redis.del(...(await redis.keys(`${keys.root}*`)));
  await register();
  await connect();
});

const OTHERS: readonly [name: string, mark: () => Promise<unknown>, format: string][] = [
  ['of an earlier version, which marked nothing', async () => redis.del(keys.format), '1'],
  ['of a later version', async () => redis.set(keys.format, '99'), '99'],
];

test.each(OTHERS)('a store %s is refused, and left as it was', async (_, mark, format) => {
  await register();
  await mark();
  const before = await everything();
  const refusal = { code: 'store_format', message: expect.stringContaining(`has format ${format}`) as string };
  await expect(connect()).rejects.toMatchObject(refusal);
  await expect(register()).rejects.toMatchObject(refusal);
  expect(await everything()).toEqual(before);
});

test.each(['api', 'worker', 'scheduler'])('the %s exits at such a store, and names what to read', async (app) => {
  await redis.set(keys.format, '99');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [fileURLToPath(new URL(`../../../apps/${app}/dist/main.js`, import.meta.url))],
    {
      env: {
        ...process.env,
        REDIS_URL: inject('redisUrl'),
        MILLRACE_PREFIX: prefix,
        MILLRACE_ALLOW_VOLATILE: 'true',
        MILLRACE_ADMIN_TOKEN: 'a-token',
        MILLRACE_PORT: '0',
      },
      encoding: 'utf8',
      timeout: 30_000,
    },
  );
  expect(status).toBe(1);
  expect(stdout + stderr).toMatch(/has format 99, .* see UPGRADING\.md/);
});
