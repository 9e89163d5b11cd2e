/** Signing out ends the session itself: copies of its cookie are rejected by every API process, across restarts. */
import { createApi } from '@millrace/api';
import { startRedis, type TestRedis, waitFor } from '@millrace/core/testing';
import { io } from 'socket.io-client';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { type DeployedApi, deployApi, TOKEN } from './deployed-api.ts';

let deployed: DeployedApi;
let ending: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  deployed = await deployApi(inject('redisUrl'));
});
afterEach(async () => {
  await Promise.all(ending.map((end) => end()));
  ending = [];
  await deployed.end();
});

/** Another API process of the same deployment. */
const another = async (): Promise<{ readonly url: string }> => {
  const api = createApi(deployed.deps);
  ending.push(() => api.stop());
  await api.start();
  return api;
};
const signIn = async (api = deployed): Promise<string> =>
  (await api.call('POST', '/api/v1/session', { token: null, body: { token: TOKEN } })).headers
    .get('set-cookie')!
    .split(';')[0]!;
const signOut = (cookie: string, api = deployed) =>
  api.call('DELETE', '/api/v1/session', { token: null, headers: { cookie, 'sec-fetch-site': 'same-origin' } });
const mayRead = async ({ url }: { readonly url: string }, cookie: string): Promise<number> =>
  (await fetch(`${url}/api/v1/runs`, { headers: { cookie } })).status;
const connect = ({ url }: { readonly url: string }, cookie: string) => {
  const socket = io(`${url}/events`, {
    transports: ['websocket'],
    extraHeaders: { cookie },
    reconnection: false,
    forceNew: true,
  });
  ending.push(async () => socket.disconnect());
  return new Promise<typeof socket>((resolve, reject) => {
    socket.once('connect', () => resolve(socket));
    socket.once('connect_error', reject);
  });
};

test('a copied cookie is refused at once where it was signed out, and soon elsewhere; other sessions go on', async () => {
  const second = await another();
  const [cookie, other] = [await signIn(), await signIn()];
  expect([await mayRead(deployed, cookie), await mayRead(second, cookie)]).toEqual([200, 200]);
  expect((await signOut(cookie)).status).toBe(204);
  expect(await mayRead(deployed, cookie)).toBe(401);
  expect((await deployed.get('/api/v1/session', { token: null, headers: { cookie } })).json.signed_in).toBe(false);
  await waitFor(async () => (await mayRead(second, cookie)) === 401, { what: 'the other process to have heard of it' });
  expect(await mayRead(await another(), cookie), 'a process that started since').toBe(401);
  expect([await mayRead(deployed, other), await mayRead(second, other)]).toEqual([200, 200]);
});

test('sockets of the session are closed, here and in the other process; those of others stay', async () => {
  const second = await another();
  const [cookie, other] = [await signIn(), await signIn()];
  const sockets = [await connect(deployed, cookie), await connect(second, cookie)];
  const others = [await connect(deployed, other), await connect(second, other)];
  await signOut(cookie);
  await waitFor(() => sockets.every(({ connected }) => !connected), {
    what: 'the sockets of the session to be closed',
  });
  expect(others.map(({ connected }) => connected)).toEqual([true, true]);
  await expect(connect(deployed, cookie)).rejects.toMatchObject({ data: { code: 'unauthenticated' } });
});

test('its entry in Redis goes when the cookie would expire', async () => {
  const { redis, keys } = deployed;
  await redis.zadd(keys.signedOut, Date.now() - 1, 'long-over');
  const { expires_at } = (await deployed.call('POST', '/api/v1/session', { token: null, body: { token: TOKEN } })).json;
  await signOut(await signIn());
  const [[id, until] = [], ...rest] = pairs(await redis.zrange(keys.signedOut, '0', '-1', 'WITHSCORES'));
  expect(rest).toEqual([]);
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(Math.abs(Number(until) - Date.parse(expires_at))).toBeLessThan(60_000);
});

test('while Redis is down it holds in this process, and Redis gets it when it is back', async () => {
  const own: TestRedis = await startRedis();
  ending.push(() => own.stop());
  const away = await deployApi(own.url);
  ending.unshift(() => away.end());
  const cookie = await signIn(away);
  await own.kill9();
  expect((await signOut(cookie, away)).status).toBe(204);
  expect((await away.get('/api/v1/session', { token: null, headers: { cookie } })).json.signed_in).toBe(false);
  await own.restart();
  await waitFor(async () => (await away.redis.zcard(away.keys.signedOut).catch(() => 0)) === 1, {
    what: 'Redis to have it',
  });
  expect(await mayRead(away, cookie)).toBe(401);
});

const pairs = (flat: readonly string[]): string[][] =>
  Array.from({ length: flat.length / 2 }, (_, n) => flat.slice(2 * n, 2 * n + 2));
