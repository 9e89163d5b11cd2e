import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { checkRedis, explainRedis, type ResolvedRedis, resolveRedis } from '@millrace/core/embedded';
import { startRedis, waitFor } from '@millrace/core/testing';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

let dataDir = '';
const users: ChildProcess[] = [];
const resolved: ResolvedRedis[] = [];
const clients: Redis[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'millrace-data-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const client of clients.splice(0)) client.disconnect();
  for (const user of users.splice(0)) user.kill('SIGKILL');
  // The last user that is left ends whatever server still runs.
  if (existsSync(join(dataDir, 'redis/pid'))) resolved.push(await resolve());
  for (const redis of resolved.splice(0)) await redis.stop();
  rmSync(dataDir, { recursive: true });
});

const resolve = (redisUrl?: string): Promise<ResolvedRedis> => resolveRedis({ dataDir, redisUrl, log: () => {} });
const use = async (): Promise<ResolvedRedis> => {
  const redis = await resolve();
  resolved.push(redis);
  return redis;
};
const connect = (url: string): Redis => {
  const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on('error', () => {});
  clients.push(client);
  return client;
};
const userProcess = async (): Promise<{ process: ChildProcess; url: string; pid: number }> => {
  const entry = fileURLToPath(new URL('user-process.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', entry, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  users.push(child);
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { process: child, ...(JSON.parse(line) as { url: string; pid: number }) };
};
const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.[0] !== 'Z';
  } catch {
    return false;
  }
};
const recordedPid = (): number => Number(readFileSync(join(dataDir, 'redis/pid'), 'utf8').split('\n')[0]);
const kill9 = async (pid: number): Promise<void> => {
  process.kill(pid, 'SIGKILL');
  await waitFor(() => !isRunning(pid), { what: `the end of process ${pid}` });
};

test('it is durable, private and on loopback', async () => {
  const redis = await use();
  expect(redis).toMatchObject({
    embedded: true,
    url: expect.stringMatching(/^redis:\/\/:[\w-]{43}@127\.0\.0\.1:\d+\/0$/),
  });
  expect(await checkRedis(redis.url)).toEqual([]);
  for (const name of ['password', 'redis.conf'])
    expect(statSync(join(dataDir, 'redis', name)).mode & 0o777).toBe(0o600);
  expect(statSync(join(dataDir, 'redis')).mode & 0o777).toBe(0o700);
  await expect(checkRedis(redis.url.replace(/:[^:@]*@/, ''))).rejects.toThrow(/NOAUTH/);
});

test('what it acknowledged survives a kill -9 of everything, and a restart', async () => {
  const first = await userProcess();
  await connect(first.url).set('kept', 'yes');
  first.process.kill('SIGKILL');
  await kill9(first.pid);
  const second = await use();
  expect(second.pid).not.toBe(first.pid);
  expect(second.url).toBe(first.url);
  expect(await connect(second.url).get('kept')).toBe('yes');
});

test('processes that start at once share one server, which the last of them ends', async () => {
  const all = await Promise.all([userProcess(), userProcess(), userProcess()]);
  expect(new Set(all.map(({ pid }) => pid)).size).toBe(1);
  expect(new Set(all.map(({ url }) => url)).size).toBe(1);
  const [one, two, three] = all.map((user) => user.process) as [ChildProcess, ChildProcess, ChildProcess];
  const { pid, url } = all[0];
  for (const leaver of [one, two]) {
    leaver.kill('SIGTERM');
    await once(leaver, 'exit');
    expect(await connect(url).ping()).toBe('PONG');
  }
  three.kill('SIGTERM');
  await once(three, 'exit');
  expect(isRunning(pid)).toBe(false);
});

test('a killed user does not keep the server, nor does its death end it', async () => {
  const killed = await userProcess();
  const redis = await use();
  killed.process.kill('SIGKILL');
  await once(killed.process, 'exit');
  expect(await connect(redis.url).ping()).toBe('PONG');
  await redis.stop();
  expect(isRunning(killed.pid)).toBe(false);
  await redis.stop();
});

test('a server that dies while it is used comes back on the same port with its data', async () => {
  const redis = await use();
  const client = connect(redis.url);
  await client.set('kept', 'yes');
  await kill9(redis.pid!);
  await waitFor(() => recordedPid() !== redis.pid && isRunning(recordedPid()), { what: 'a new server' });
  expect(await client.get('kept')).toBe('yes');
});

test('a lock and a pid file of dead processes are taken over', async () => {
  const dead = spawn(process.execPath, ['-e', '']);
  await once(dead, 'exit');
  mkdirSync(join(dataDir, 'redis'), { recursive: true });
  writeFileSync(join(dataDir, 'redis/lock'), `${dead.pid}\nboot:1\n`);
  writeFileSync(join(dataDir, 'redis/pid'), `${dead.pid}\nboot:1\n`);
  const redis = await use();
  expect(isRunning(redis.pid!)).toBe(true);
  expect(readdirSync(join(dataDir, 'redis')).filter((name) => name.startsWith('lock'))).toEqual([]);
});

test('a pid that belongs to another process by now is not taken for the server', async () => {
  const first = await use();
  await kill9(first.pid!);
  await first.stop();
  writeFileSync(join(dataDir, 'redis/pid'), `${process.pid}\nboot:1\n`);
  const redis = await use();
  expect(redis.pid).not.toBe(process.pid);
  expect(await connect(redis.url).ping()).toBe('PONG');
});

test('a server whose starter was killed before it recorded it is found, not doubled', async () => {
  const first = await userProcess();
  first.process.kill('SIGKILL');
  await once(first.process, 'exit');
  rmSync(join(dataDir, 'redis/pid'));
  expect((await use()).pid).toBe(first.pid);
});

test('REDIS_URL is used, or fails with its address: no embedded server stands in for it', async () => {
  const own = await startRedis();
  const redis = await resolve(own.url);
  expect(redis).toMatchObject({ url: own.url, embedded: false, pid: null });
  await redis.stop();
  expect(await connect(own.url).ping()).toBe('PONG');
  await own.stop();
  await expect(resolve(own.url)).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.stringMatching(`127.0.0.1:${own.port}.*ECONNREFUSED.*REDIS_URL is set`),
  });
  expect(existsSync(join(dataDir, 'redis'))).toBe(false);
});

test('a data folder that cannot be one is named', async () => {
  const file = join(dataDir, 'file');
  writeFileSync(file, '');
  await expect(resolveRedis({ dataDir: file, log: () => {} })).rejects.toMatchObject({
    code: 'invalid_config',
    errors: [{ path: join(file, 'redis'), message: expect.stringContaining('ENOTDIR') }],
  });
});

test('the decision can be printed without acting on it', async () => {
  const steps = await explainRedis({ dataDir });
  expect(steps.map(({ step, outcome }) => `${step}: ${outcome}`)).toEqual([
    'REDIS_URL: passed',
    'running server: passed',
    'PATH: chosen',
  ]);
  expect(readdirSync(dataDir)).toEqual([]);
  const redis = await use();
  expect(redis.decision).toEqual(steps);
  expect((await explainRedis({ dataDir })).at(-1)).toMatchObject({
    step: 'running server',
    outcome: 'chosen',
    reason: expect.stringContaining(String(redis.pid)),
  });
  expect((await explainRedis({ dataDir, redisUrl: 'redis://127.0.0.1:1' })).at(-1)).toMatchObject({
    step: 'REDIS_URL',
    outcome: 'failed',
  });
});

test('a program that is too old, or does not start, is passed over with its reason', async () => {
  const bin = join(dataDir, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'redis-server'), '#!/bin/sh\necho "Redis server v=5.0.14 sha=0"\n', { mode: 0o755 });
  writeFileSync(join(bin, 'valkey-server'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  vi.stubEnv('PATH', bin);
  const onPath = (await explainRedis({ dataDir })).find(({ step }) => step === 'PATH');
  expect(onPath).toMatchObject({
    outcome: 'passed',
    reason: expect.stringMatching(/valkey-server does not start.*redis-server is 5\.0\.14, older than 6\.2/),
  });
});

test('without a server on PATH, apt fetches one into the project cache, and the next start finds it there', {
  timeout: 240_000,
}, async () => {
  vi.stubEnv('PATH', '');
  const redis = await use();
  expect(redis.decision.at(-1)).toMatchObject({ step: 'apt without root', outcome: 'chosen' });
  expect(readFileSync(`/proc/${redis.pid}/cmdline`, 'utf8')).toContain(join(dataDir, 'cache/redis/usr/bin'));
  expect(await checkRedis(redis.url)).toEqual([]);
  await redis.stop();
  expect(readdirSync(join(dataDir, 'cache'))).toEqual(['redis']);
  expect((await use()).decision.at(-1)).toMatchObject({ step: 'project cache', outcome: 'chosen' });
});
