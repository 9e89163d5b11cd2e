/** Guessing the token is slowed down; clients that do not guess are not. */
import { io } from 'socket.io-client';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { CHAIN, type DeployedApi, deployApi, TOKEN } from './deployed-api.ts';

const LIMIT = 3;
let deployed: DeployedApi;
beforeEach(async () => {
  deployed = await deployApi(inject('redisUrl'), { failuresPerMinute: LIMIT });
  await deployed.register(CHAIN);
});
afterEach(() => deployed.end());

const times = <T>(count: number, act: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, act));
const statusWith = async (token: string | null, headers: Record<string, string> = {}) =>
  (await deployed.get('/api/v1/runs', { token, headers })).status;
/** `connected`, or the code of the refusal. */
const connectWith = (token: string): Promise<string> => {
  const socket = io(`${deployed.url}/events`, {
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    auth: { token },
  });
  return new Promise<string>((resolve) => {
    socket.once('connect', () => resolve('connected'));
    socket.once('connect_error', (error) => resolve((error as Error & { data: { code: string } }).data.code));
  }).finally(() => socket.disconnect());
};

test('pages without a session are no guesses, and what a browser gives up is none', async () => {
  expect(await times(2 * LIMIT, () => statusWith(null))).toEqual(Array(2 * LIMIT).fill(401));
  const { run_id: runId } = (await deployed.post('/api/v1/pipelines/chain/runs')).json;
  await times(2 * LIMIT, async () => {
    const leaving = new AbortController();
    const stream = await fetch(`${deployed.url}/api/v1/runs/${runId}/events/stream`, {
      headers: { authorization: `Bearer ${TOKEN}` },
      signal: leaving.signal,
    });
    expect(stream.status).toBe(200);
    leaving.abort();
  });
  expect(await statusWith(TOKEN)).toBe(200);
});

test('beyond the limit a wrong token is a 429 until the minute is over; the right one and sessions are never kept waiting', async () => {
  const signIn = (token: string) => deployed.call('POST', '/api/v1/session', { token: null, body: { token } });
  const cookie = (await signIn(TOKEN)).headers.get('set-cookie')!.split(';')[0]!;
  const told = await times(8 * LIMIT, () => statusWith('guess'));
  expect([told.filter((status) => status === 401).length, told.filter((status) => status === 429).length]).toEqual([
    LIMIT,
    7 * LIMIT,
  ]);
  const { status, json, headers } = await deployed.get('/api/v1/runs', { token: 'guess' });
  expect([status, json.code]).toEqual([429, 'rate_limited']);
  expect(json.detail).toMatch(
    /^more than 3 wrong tokens came from this address within a minute: send the right one, or wait \d+ s$/,
  );
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
  expect((await signIn('guess')).status).toBe(429);
  expect([await statusWith(TOKEN), await statusWith(null, { cookie }), (await signIn(TOKEN)).status]).toEqual([
    200, 200, 200,
  ]);
  // As Redis does when the minute has passed.
  const kept = await deployed.redis.keys(`${deployed.keys.rateLimits}/refused/*`);
  expect(kept.length).toBe(1);
  expect(await deployed.redis.pttl(kept[0]!)).toBeGreaterThan(0);
  await deployed.redis.del(kept);
  expect(await statusWith('guess')).toBe(401);
});

test('guesses by socket count as well', async () => {
  for (let n = 0; n < LIMIT; n++) expect(await connectWith('guess')).toBe('unauthenticated');
  expect(await connectWith('guess')).toBe('rate_limited');
  expect(await statusWith('guess')).toBe(429);
  expect(await connectWith(TOKEN)).toBe('connected');
});

test('a client with the token has its own limit, whatever others at its address do', async () => {
  const limited = await deployApi(inject('redisUrl'), { requestsPerMinute: 5 });
  try {
    const anonymous = await times(10, async () => (await limited.get('/openapi.json', { token: null })).status);
    expect(anonymous.filter((status) => status === 429).length).toBe(5);
    expect(await times(5, async () => (await limited.get('/openapi.json')).status)).toEqual(Array(5).fill(200));
    expect((await limited.get('/openapi.json')).status).toBe(429);
    expect((await limited.get('/metrics', { token: null })).status).toBe(429);
    const opened = () => limited.get('/socket.io/?EIO=4&transport=polling', { token: null });
    expect((await times(6, async () => (await opened()).status)).filter((status) => status === 429)).toHaveLength(1);
    const { json, headers } = await opened();
    expect([json.code, headers.get('retry-after')]).toEqual(['rate_limited', '60']);
    expect((await limited.get('/socket.io/?EIO=4&transport=polling')).status).toBe(200);
  } finally {
    await limited.end();
  }
});

test('a trusted proxy names the client, over HTTP and to the socket; another one counts as the client itself', async () => {
  const behind = await deployApi(inject('redisUrl'), { failuresPerMinute: 1, config: { trustProxy: ['127.0.0.0/8'] } });
  try {
    const guessAs = async (address: string, api = behind) =>
      (await api.get('/api/v1/runs', { token: 'guess', headers: { 'x-forwarded-for': `6.6.6.6, ${address}` } })).status;
    expect([await guessAs('10.0.0.1'), await guessAs('10.0.0.1'), await guessAs('10.0.0.2')]).toEqual([401, 429, 401]);
    const socket = io(`${behind.url}/events`, {
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      auth: { token: 'guess' },
      extraHeaders: { 'x-forwarded-for': '10.0.0.2' },
    });
    const refusal = await new Promise<{ code: string }>((resolve) =>
      socket.once('connect_error', (error) => resolve((error as Error & { data: { code: string } }).data)),
    );
    expect(refusal.code).toBe('rate_limited');
    expect([
      await guessAs('10.0.0.1', deployed),
      await guessAs('10.0.0.2', deployed),
      await guessAs('10.0.0.3', deployed),
      await guessAs('10.0.0.4', deployed),
    ]).toEqual([401, 401, 401, 429]);
  } finally {
    await behind.end();
  }
});
