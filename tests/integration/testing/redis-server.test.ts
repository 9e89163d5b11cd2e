import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expectNoKeys, isolatedPrefix, startRedis, waitFor } from '@millrace/core/testing';
import { Redis } from 'ioredis';
import { expect, inject, onTestFinished, test } from 'vitest';

const connect = (url: string): Redis => {
  const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on('error', () => {});
  onTestFinished(() => client.disconnect());
  return client;
};
const stateOf = (pid: number): string | undefined => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.[0];
  } catch {
    return undefined;
  }
};

test('a killed server comes back on its port with what it acknowledged', async () => {
  const redis = await startRedis();
  const client = connect(redis.url);
  await client.set('kept', 'yes');
  const { pid } = redis;
  await redis.kill9();
  expect(stateOf(pid)).toBeUndefined();
  await redis.restart();
  expect(redis.pid).not.toBe(pid);
  expect(await client.get('kept')).toBe('yes');
  await redis.stop();
  expect(existsSync(redis.dir)).toBe(false);
});

test('a paused server answers when it is resumed', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const client = connect(redis.url);
  await client.ping();
  redis.pause();
  await waitFor(() => stateOf(redis.pid) === 'T', { what: 'the stopped server' });
  const answer = client.ping();
  redis.resume();
  expect(await answer).toBe('PONG');
});

test('wrong settings fail with the server’s own words', async () => {
  await expect(startRedis({ args: ['--maxmemory-policy', 'nonsense'] })).rejects.toThrow(/the server ended/);
});

test('a server dies with the process that started it, also by SIGKILL', async () => {
  const code =
    "import { startRedis } from '@millrace/core/testing'; console.log((await startRedis()).pid); setInterval(() => {}, 60_000);";
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const owner = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', '--input-type=module', '-e', code], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [pid] = (await once(createInterface(owner.stdout), 'line')) as [string];
  expect(stateOf(Number(pid))).toMatch(/[RSD]/);
  owner.kill('SIGKILL');
  await waitFor(() => [undefined, 'Z'].includes(stateOf(Number(pid))), { what: 'the end of the server' });
});

test('keys that are left behind are named; those of other prefixes are not ours', async () => {
  const redis = connect(inject('redisUrl'));
  const [mine, other] = [isolatedPrefix('leak'), isolatedPrefix('leak')];
  await redis.set(`{${other}}:run`, '1');
  await expectNoKeys(redis, `{${mine}}:*`);
  await redis.set(`{${mine}}:run:events`, '1');
  await expect(expectNoKeys(redis, `{${mine}}:*`)).rejects.toThrow(`{${mine}}:run:events`);
});
