import { MillraceError } from '@millrace/core/domain';
import { assertRedis, checkRedis } from '@millrace/core/embedded';
import { startRedis, type TestRedis, waitFor } from '@millrace/core/testing';
import { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';

const started: TestRedis[] = [];
const redisWith = async (...args: string[]): Promise<TestRedis> => {
  const redis = await startRedis({ args });
  started.push(redis);
  return redis;
};
const codesOf = async (url: string, options?: { allowVolatile: boolean }) =>
  (await checkRedis(url, options)).map(({ code, severity }) => `${severity} ${code}`);

afterEach(async () => {
  await Promise.all(started.splice(0).map((redis) => redis.stop()));
});

test('a durable master is fine', async () => {
  const { url } = await redisWith();
  expect(await checkRedis(url)).toEqual([]);
  expect(await assertRedis(url)).toEqual([]);
});

test('a Redis that evicts is refused', async () => {
  const { url } = await redisWith('--maxmemory-policy', 'allkeys-lru');
  expect(await codesOf(url)).toEqual(['refusal evicts']);
  await expect(assertRedis(url)).rejects.toMatchObject({
    code: 'not_durable',
    errors: [{ path: 'evicts', message: expect.stringContaining('allkeys-lru') }],
  });
});

test('a Redis without AOF is refused, unless it may be volatile', async () => {
  const { url } = await redisWith('--appendonly', 'no');
  expect(await codesOf(url)).toEqual(['refusal no_aof']);
  expect(await codesOf(url, { allowVolatile: true })).toEqual(['warning no_aof']);
  await expect(assertRedis(url, { allowVolatile: true })).resolves.toHaveLength(1);
});

test('an fsync each second is a warning', async () => {
  const { url } = await redisWith('--appendfsync', 'everysec');
  expect(await codesOf(url)).toEqual(['warning fsync_not_always']);
});

test('a replica is refused', async () => {
  const master = await redisWith();
  const { url } = await redisWith('--replicaof', '127.0.0.1', String(master.port));
  await waitFor(async () => (await codesOf(url)).includes('refusal replica'), { what: 'the role of a replica' });
  await expect(assertRedis(url)).rejects.toThrow(`it is a replica (role slave) of 127.0.0.1:${master.port}`);
});

test('all reasons for a refusal are listed at once', async () => {
  const { url } = await redisWith('--maxmemory-policy', 'volatile-ttl', '--appendonly', 'no');
  const refused = await assertRedis(url).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(MillraceError);
  expect((refused as MillraceError).errors.map(({ path }) => path)).toEqual(['evicts', 'no_aof']);
});

test('where CONFIG is forbidden INFO answers', async () => {
  const evicting = await redisWith('--rename-command', 'CONFIG', '', '--maxmemory-policy', 'allkeys-random');
  expect(await codesOf(evicting.url)).toEqual(['refusal evicts', 'warning fsync_unknown']);

  const limited = await redisWith();
  const admin = new Redis(limited.url);
  await admin.call('ACL', 'SETUSER', 'app', 'on', '>pw', '~*', '+@all', '-config');
  admin.disconnect();
  expect(await codesOf(limited.url.replace('//', '//app:pw@'))).toEqual(['warning fsync_unknown']);
});

test('a wrong password and a dead port are store_unavailable, without the password', async () => {
  const { url, port } = await redisWith('--requirepass', 'right');
  const refused = await checkRedis(url.replace('//', '//:wrong-secret@')).catch((error: MillraceError) => error);
  expect(refused).toMatchObject({
    code: 'store_unavailable',
    message: expect.stringMatching(`127.0.0.1:${port}.*WRONGPASS`),
  });
  expect((refused as MillraceError).message).not.toContain('wrong-secret');
  await expect(checkRedis('redis://127.0.0.1:1')).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.stringContaining('ECONNREFUSED'),
  });
});
