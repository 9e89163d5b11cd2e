/** How a process behaves that starts while its Redis is down, refuses it, or goes down again. */
import { MillraceError } from '@millrace/core/domain';
import { freePort, onRedis } from '@millrace/core/embedded';
import { connectLockNodes, connectRedis, keysOf, redisStore, requestOptions } from '@millrace/core/redis';
import { startRedis, type TestRedis, waitFor } from '@millrace/core/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

let port: number;
let server: TestRedis | null;
let lines: string[];
beforeEach(async () => {
  [port, server, lines] = [await freePort(null), null, []];
});
afterEach(() => server?.stop());

const serve = async (args: readonly string[] = []) => (server = await startRedis({ port, args }));
const ask = <T>(
  begin: (url: string) => Promise<T>,
  { url = `redis://127.0.0.1:${port}`, signal }: { url?: string; signal?: AbortSignal } = {},
) =>
  onRedis(
    {
      redisUrl: url,
      dataDir: '/nonexistent',
      allowVolatile: false,
      log: (line) => lines.push(line),
      warn: () => {},
      ...(signal ? { signal } : {}),
    },
    async (redis) => begin(redis.url),
  );
const register = async (url: string): Promise<string> => {
  const redis = await connectRedis(url, requestOptions);
  try {
    await redisStore(redis, 'on-redis').renewLease({
      worker: 'w' as never,
      ttlMs: 1_000,
      info: { host: 'h', pid: 1, queues: [], concurrency: 1, pipelines: [] },
      register: true,
      held: [],
    });
    return (await redis.hget(keysOf('on-redis').worker('w'), 'ttl'))!;
  } finally {
    redis.disconnect();
  }
};
const WAITS = (): string[] => [
  expect.stringMatching(`127.0.0.1:${port} does not answer: connect ECONNREFUSED .*: waiting for it$`),
  'Redis is back: continuing',
];

test('down at first: it logs that once, waits, and continues', async () => {
  const begun = ask(register);
  await waitFor(() => lines.length === 1, { what: 'the first word' });
  await serve();
  expect(await begun).toBe('1000');
  expect(lines).toEqual(WAITS());
});

test('gone again while the process begins: it begins anew', async () => {
  await serve();
  let begun = 0;
  const beginning = ask(async (url) => {
    if (++begun === 1) await server!.kill9();
    return register(url);
  });
  await waitFor(() => lines.length === 1, { what: 'the wait' });
  await server!.restart();
  expect(await beginning).toBe('1000');
  expect([begun, lines.length]).toEqual([2, 2]);
});

test('refusing writes for now: it waits until they are taken', async () => {
  await serve(['--maxmemory', '1mb']);
  let looks = 0;
  const begun = ask((url) => {
    looks += 1;
    return register(url);
  });
  await waitFor(() => looks === 3, { what: 'the third look' });
  expect(lines).toEqual([expect.stringMatching(/out of memory.*waiting for it/)]);
  const redis = await connectRedis(server!.url, requestOptions);
  await redis.config('SET', 'maxmemory', '0');
  redis.disconnect();
  expect(await begun).toBe('1000');
});

test.each([
  ['a wrong password', (url: string) => url.replace('://', '://:wrong@'), /WRONGPASS/],
  ['no password', (url: string) => url, /NOAUTH/],
  [
    'a database that it does not have',
    (url: string) => `${url.replace('://', '://:right@')}/99`,
    /DB index is out of range/,
  ],
])('waiting does not cure %s: it is thrown at once', async (_what, urlOf, says) => {
  await serve(['--requirepass', 'right']);
  const refused = ask(register, { url: urlOf(server!.url) });
  await expect(refused).rejects.toThrow(says);
  await expect(refused).rejects.toBeInstanceOf(MillraceError);
  expect(lines).toEqual([]);
});

test('nor a Redis that would forget, nor a fault of the process itself', async () => {
  await serve(['--maxmemory-policy', 'allkeys-lru']);
  await expect(ask(register)).rejects.toMatchObject({ code: 'not_durable' });
  await server!.stop();
  await serve();
  await expect(ask(() => Promise.reject(new RangeError('a fault')))).rejects.toThrow('a fault');
  expect(lines).toEqual([]);
});

test('the wait can be aborted', async () => {
  const stop = new AbortController();
  const waiting = ask(register, { signal: stop.signal });
  await waitFor(() => lines.length === 1, { what: 'the wait' });
  stop.abort();
  await expect(waiting).rejects.toThrow();
});

test('a lock node that is down prevents no start, and votes once it is up; one that refuses the login does prevent it', async () => {
  const [node] = await connectLockNodes([`redis://127.0.0.1:${port}`]);
  try {
    await expect(node!.get('x')).rejects.toThrow();
    await serve();
    await waitFor(async () => (await node!.set('x', '1')) === 'OK', { what: 'its first vote' });
  } finally {
    node!.disconnect();
  }
  await server!.stop();
  await serve(['--requirepass', 'right']);
  await expect(connectLockNodes([`redis://:wrong@127.0.0.1:${port}`])).rejects.toThrow('WRONGPASS');
});
