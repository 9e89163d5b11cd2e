/** Guessing the token is slowed down; whoever does not guess is not. */
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

const times = <T>(count: number, act: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: count }, act));
const statusWith = async (token: string | null, headers: Record<string, string> = {}) => (await deployed.get('/api/v1/runs', { token, headers })).status;
/** `connected`, or the code of the refusal. */
const connectWith = (token: string): Promise<string> => {
  const socket = io(`${deployed.url}/events`, { transports: ['websocket'], reconnection: false, forceNew: true, auth: { token } });
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

test('beyond the limit no token is looked at, also the right one, until the minute is over; sessions go on', async () => {
  const signIn = () => deployed.call('POST', '/api/v1/session', { token: null, body: { token: TOKEN } });
  const cookie = (await signIn()).headers.get('set-cookie')!.split(';')[0]!;
  for (let n = 0; n < LIMIT; n++) expect(await statusWith('guess')).toBe(401);
  const { status, json, headers } = await deployed.get('/api/v1/runs');
  expect([status, json.code]).toEqual([429, 'rate_limited']);
  expect(json.detail).toMatch(/^3 wrong tokens came from this address within a minute: none is looked at for \d+ s$/);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
  expect((await signIn()).status).toBe(429);
  expect(await statusWith(null, { cookie })).toBe(200);
  expect((await deployed.get('/healthz')).status).toBe(200);
  // As Redis does when the minute is over.
  const kept = await deployed.redis.keys(`${deployed.keys.rateLimits}/refused/*`);
  expect(kept.length).toBe(1);
  expect(await deployed.redis.pttl(kept[0]!)).toBeGreaterThan(0);
  await deployed.redis.del(kept);
  expect(await statusWith(TOKEN)).toBe(200);
});

test('guesses by socket count as well', async () => {
  expect(await connectWith(TOKEN)).toBe('connected');
  for (let n = 0; n < LIMIT; n++) expect(await connectWith('guess')).toBe('unauthenticated');
  expect(await connectWith(TOKEN)).toBe('rate_limited');
  expect(await statusWith(TOKEN)).toBe(429);
});
