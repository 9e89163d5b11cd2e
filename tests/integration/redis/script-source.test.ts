/** An error of a script names the file and line that it comes from. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { RunId } from '@millrace/core/domain';
import { connectRedis, keysOf, redisStore, workOptions } from '@millrace/core/redis';
import { isolatedPrefix } from '@millrace/core/testing';
import { pipelineOf, rigOf } from '@millrace/core/testing/conformance';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { namingSource } from '../../../packages/core/src/redis/script-source.ts';

let redis: Redis;
let keys: ReturnType<typeof keysOf>;
let rig: ReturnType<typeof rigOf>;
let runId: RunId;

beforeEach(async () => {
  const prefix = isolatedPrefix('source');
  redis = await connectRedis(inject('redisUrl'), workOptions);
  keys = keysOf(prefix);
  rig = rigOf({
    store: redisStore(redis, prefix),
    feed: { subscribe: () => Promise.reject(new Error('not used')) },
    advanceTime: null,
    close: async () => {},
  });
  runId = await rig.start(pipelineOf('p', { a: [] }));
});
afterEach(() => redis.quit());

const cancel = () => rig.store.cancelRun({ runId, reason: null, by: null, graceMs: null });
const sourceLine = (file: string, line: number): string =>
  readFileSync(
    fileURLToPath(new URL(`../../../packages/core/src/redis/scripts/${file}`, import.meta.url)),
    'utf8',
  ).split('\n')[line - 1]!;

test.each([
  ['that all scripts include', 'lib/runs.lua', "call('HMGET', key,", () => keys.run(runId)],
  ['that only lazy functions need', 'lib/end_run.lua', "call('ZADD', R .. '/ended'", () => `${keys.root}/ended`],
])('a command that Redis refuses in a file %s', async (_, file, command, key) => {
  await redis.del(key());
  await redis.set(key(), 'not of that type');
  const error = await cancel().catch((thrown: unknown) => thrown as Error);
  expect(error).toMatchObject({
    code: 'internal',
    message: expect.stringMatching(/^Redis refused cancel_run: WRONGTYPE /) as string,
  });
  const [, named, line] = /\bon (lib\/\w+\.lua):(\d+)\.$/.exec((error as Error).message) ?? [];
  expect(named).toBe(file);
  expect(sourceLine(file, Number(line))).toContain(command);
});

test('an error of Lua itself', async () => {
  await redis.hset(keys.run(runId), 'tm', 'no number');
  await redis.zadd(keys.timers, 0, `r:${runId}`);
  const error = await rig.store.fireTimeouts(1).catch((thrown: unknown) => thrown as Error);
  const [, line] = /lib\/in_words\.lua:(\d+): attempt to compare/.exec((error as Error).message) ?? [];
  expect(sourceLine('lib/in_words.lua', Number(line))).toContain('if ms < 1000');
});

test('the ways in which Redis 6.2 and 7 name a place', () => {
  const place = /^lib\/clock\.lua:\d+$/;
  for (const text of ['@user_script:3', '@user_script: 3', 'user_script:3'])
    expect(namingSource(text, 'lead')).toMatch(place);
  expect(namingSource('ERR Error running script (call to f_1): @user_script:3: user_script:3: no', 'lead')).toMatch(
    /^ERR Error running script \(call to f_1\): (lib\/clock\.lua:\d+): \1: no$/,
  );
  expect(namingSource('@user_script:3', 'no_script_of_ours')).toBe('@user_script:3');
});
