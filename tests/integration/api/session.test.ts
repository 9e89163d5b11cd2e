import { request as httpRequest } from 'node:http';
import { Writable } from 'node:stream';
import { waitFor } from '@millrace/core/testing';
import { pino } from 'pino';
import { io, type Socket } from 'socket.io-client';
import { afterEach, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { CHAIN, type DeployedApi, deployApi, TOKEN } from './deployed-api.ts';

let deployed: DeployedApi;
let logged = '';
beforeEach(async () => {
  logged = '';
  const sink = new Writable({ write: (chunk, _encoding, done) => ((logged += String(chunk)), done()) });
  deployed = await deployApi(inject('redisUrl'), { log: pino({ level: 'trace' }, sink), failuresPerMinute: 3 });
  await deployed.register(CHAIN);
});
afterEach(() => deployed.end());

const signIn = (api = deployed, token = TOKEN, headers: Record<string, string> = {}) =>
  api.call('POST', '/api/v1/session', { token: null, body: { token }, headers });
/** `name=value`, as a browser sends it back. */
const cookieFor = async (api = deployed) => (await signIn(api)).headers.get('set-cookie')!.split(';')[0]!;
/** By node's own client: fetch sends `Sec-Fetch-Mode`, and no `Sec-Fetch-Site` of ours. */
const ask = (method: string, path: string, headers: Record<string, string>) =>
  new Promise<{ status: number; text: string }>((resolve, reject) => {
    const asked = httpRequest(`${deployed.url}${path}`, { method, headers }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += chunk)).once('end', () => resolve({ status: answer.statusCode!, text }));
    });
    asked.once('error', reject).end();
  });

test('a token is traded for a cookie that no script can read', async () => {
  const answer = await signIn();
  expect(answer.status).toBe(200);
  expect(answer.json).toMatchObject({ signed_in: true, name: 'admin', role: 'admin' });
  expect(Date.parse(answer.json.expires_at) - Date.parse(answer.json.server_time)).toBeGreaterThan(43_000_000);
  const attributes = answer.headers.get('set-cookie')!.split('; ').slice(1).sort();
  expect(attributes).toEqual(['HttpOnly', 'Max-Age=43200', 'Path=/', 'SameSite=Strict']);
  expect(answer.headers.get('set-cookie')).not.toMatch(TOKEN);
  const behindTls = await signIn(deployed, TOKEN, { 'X-Forwarded-Proto': 'https' });
  expect(behindTls.headers.get('set-cookie')).toMatch(/; Secure/);
});

test('it names the principal, authorises what the token would, and is cleared by signing out', async () => {
  const none = await deployed.get('/api/v1/session', { token: null });
  expect([none.status, none.json]).toEqual([200, { signed_in: false, server_time: expect.any(String) }]);
  const cookie = await cookieFor();
  expect((await deployed.get('/api/v1/session', { token: null, headers: { cookie } })).json).toMatchObject({
    signed_in: true,
    role: 'admin',
  });
  expect((await deployed.get('/api/v1/runs', { token: null, headers: { cookie: `other=1; ${cookie}` } })).status).toBe(
    200,
  );
  const out = await deployed.call('DELETE', '/api/v1/session', {
    token: null,
    headers: { cookie, 'sec-fetch-site': 'same-origin' },
  });
  expect([out.status, out.headers.get('set-cookie')]).toEqual([
    204,
    expect.stringMatching(/^millrace_session_[0-9a-f]{8}=; Max-Age=0; Path=\/; HttpOnly; SameSite=Strict$/),
  ]);
  expect((await deployed.call('DELETE', '/api/v1/session', { token: null })).status).toBe(204);
});

test('a wrong token is refused, and guessing is slowed down', async () => {
  const wrong = await signIn(deployed, 'wrong');
  expect([wrong.status, wrong.json.code, wrong.headers.get('set-cookie')]).toEqual([401, 'unauthenticated', null]);
  expect((await deployed.call('POST', '/api/v1/session', { token: null, body: { tokne: 'x' } })).json).toMatchObject({
    status: 422,
    code: 'invalid_request',
  });
  await signIn(deployed, 'wrong');
  await signIn(deployed, 'wrong');
  expect((await signIn(deployed, 'wrong')).status).toBe(429);
});

test('deployments on one host have cookies of their own, processes of one deployment the same', async () => {
  const [other, twin] = [
    await deployApi(inject('redisUrl'), { adminToken: 'another-token-0123456789' }),
    await deployApi(inject('redisUrl')),
  ];
  const cookies = [
    await cookieFor(),
    await cookieFor(twin),
    (await signIn(other, 'another-token-0123456789')).headers.get('set-cookie')!,
  ];
  const [ours, twins, others] = cookies.map((cookie) => cookie.split('=')[0]);
  expect(twins).toBe(ours);
  expect(others).not.toBe(ours);
  await other.end();
  await twin.end();
});

describe('a cookie that is not, or no longer, ours is nobody', () => {
  const isSignedIn = async (cookie: string): Promise<boolean> => {
    const answer = await deployed.get('/api/v1/session', { token: null, headers: { cookie } });
    expect(answer.status).toBe(200);
    return answer.json.signed_in;
  };

  test('tampered with', async () => {
    const cookie = await cookieFor();
    const [payload, signature] = cookie.slice(cookie.indexOf('=') + 1).split('.') as [string, string];
    const name = cookie.slice(0, cookie.indexOf('='));
    const later = Buffer.from(JSON.stringify({ name: 'admin', role: 'admin', expires_at: 9e15 })).toString('base64url');
    expect(await isSignedIn(cookie)).toBe(true);
    const first = signature.startsWith('A') ? 'B' : 'A';
    for (const value of [
      `${later}.${signature}`,
      `${payload}.${first}${signature.slice(1)}`,
      `${payload}.`,
      payload,
      `.${signature}`,
      `${cookie}.x`,
      '',
      '.',
      '%00',
      '{}.e30',
    ])
      expect([value, await isSignedIn(`${name}=${value}`)]).toEqual([value, false]);
    expect(
      (await deployed.get('/api/v1/runs', { token: null, headers: { cookie: `${name}=${later}.${signature}` } }))
        .status,
    ).toBe(401);
  });

  test('expired', async () => {
    const cookie = await cookieFor();
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 43_200_001);
    try {
      expect(await isSignedIn(cookie)).toBe(false);
    } finally {
      clock.mockRestore();
    }
  });

  test('of a deployment with another token; another process with the same token takes it', async () => {
    const cookie = await cookieFor();
    const [other, twin] = [
      await deployApi(inject('redisUrl'), { adminToken: 'another-token-0123456789' }),
      await deployApi(inject('redisUrl')),
    ];
    const runs = (api: DeployedApi) => api.get('/api/v1/runs', { token: null, headers: { cookie } });
    expect([(await runs(other)).status, (await runs(twin)).status]).toEqual([401, 200]);
    await Promise.all([other.end(), twin.end()]);
  });
});

test('by a session only our own pages change anything; a bearer token is not asked where it comes from', async () => {
  const cookie = await cookieFor();
  const host = new URL(deployed.url).host;
  const path = '/api/v1/pipelines/chain/runs';
  const foreign: Record<string, string>[] = [
    {},
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site', Origin: `http://${host}` },
    { 'Sec-Fetch-Site': 'none' },
    { Origin: 'https://evil.example' },
    { Origin: `http://${new URL(deployed.url).hostname}:1` },
    { Origin: 'null' },
  ];
  for (const headers of foreign) {
    const answer = await ask('POST', path, { cookie, ...headers });
    expect([headers, answer.status, JSON.parse(answer.text).code]).toEqual([headers, 403, 'forbidden']);
  }
  expect((await deployed.get('/api/v1/runs')).json.items).toEqual([]);
  expect((await ask('DELETE', '/api/v1/session', { cookie, 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403);
  // Looking is harmless, and a page opened from a bookmark has no origin.
  expect((await ask('GET', '/api/v1/runs', { cookie, 'Sec-Fetch-Site': 'none' })).status).toBe(200);

  expect((await ask('POST', path, { cookie, 'Sec-Fetch-Site': 'same-origin' })).status).toBe(201);
  expect((await ask('POST', path, { cookie, Origin: `http://${host}` })).status).toBe(409);
  expect(
    (await ask('POST', path, { cookie, Authorization: `Bearer ${TOKEN}`, 'Sec-Fetch-Site': 'cross-site' })).status,
  ).toBe(409);
  expect(
    (await ask('POST', path, { cookie, Authorization: 'Bearer wrong', 'Sec-Fetch-Site': 'same-origin' })).status,
  ).toBe(401);
});

test('the limit of requests is for each session: pages behind one proxy do not use up each other’s', async () => {
  const limited = await deployApi(inject('redisUrl'), { requestsPerMinute: 5 });
  const [busy, calm] = [await cookieFor(limited), await cookieFor(limited)];
  const statuses = async (headers: Record<string, string>) =>
    (await limited.get('/api/v1/session', { token: null, headers })).status;
  for (let n = 0; n < 5; n++) expect(await statuses({ cookie: busy })).toBe(200);
  expect(await statuses({ cookie: busy })).toBe(429);
  expect([await statuses({ cookie: calm }), await statuses({})]).toEqual([200, 200]);
  await limited.end();
});

test('Bull Board opens for a session', async () => {
  const cookie = await cookieFor();
  expect((await ask('GET', '/admin/queues/', { cookie })).status).toBe(200);
  expect((await ask('GET', '/admin/queues/', {})).status).toBe(401);
  expect(
    (await ask('PUT', '/admin/queues/api/queues/runs/pause', { cookie, 'Sec-Fetch-Site': 'cross-site' })).status,
  ).toBe(403);
});

test('a socket opens with a session until it expires; not for a page of another site', async () => {
  const cookie = await cookieFor();
  const connect = (headers: Record<string, string>, options = {}): Promise<Socket> => {
    const socket = io(`${deployed.url}/events`, {
      transports: ['websocket'],
      extraHeaders: headers,
      reconnection: false,
      forceNew: true,
      ...options,
    });
    return new Promise((resolve, reject) => {
      socket.once('connect', () => resolve(socket));
      socket.once('connect_error', reject);
    });
  };
  const socket = await connect({ cookie });
  expect(await socket.timeout(5_000).emitWithAck('subscribe', {})).toMatchObject({ ok: true });
  socket.disconnect();
  (await connect({ cookie, origin: deployed.url })).disconnect();
  // Refused at the upgrade, before any message.
  await expect(connect({ cookie, origin: 'https://evil.example' })).rejects.toThrow('websocket error');
  await expect(connect({})).rejects.toMatchObject({ data: { code: 'unauthenticated' } });
  await expect(connect({ cookie }, { auth: { token: 'wrong' } })).rejects.toMatchObject({
    data: { code: 'unauthenticated' },
  });

  const late = await connect({ cookie });
  const now = Date.now;
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + 43_200_001);
  await waitFor(() => !late.connected, { what: 'the session to end the socket' }).finally(() => clock.mockRestore());
});

test('a page of a listed origin opens a socket by a token, not by the session', async () => {
  const origin = 'https://listed.example';
  const listing = await deployApi(inject('redisUrl'), { config: { ...deployed.deps.config, corsOrigins: [origin] } });
  const connect = (auth: Record<string, string>): Promise<void> => {
    const socket = io(`${listing.url}/events`, {
      transports: ['websocket'],
      extraHeaders: { cookie, origin },
      reconnection: false,
      forceNew: true,
      auth,
    });
    return new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', reject);
    }).finally(() => socket.disconnect());
  };
  const cookie = await cookieFor(listing);
  await expect(connect({})).rejects.toMatchObject({ data: { code: 'unauthenticated' } });
  await connect({ token: TOKEN });
  await listing.end();
});

test('neither the cookie nor the token is ever logged', async () => {
  const cookie = await cookieFor();
  await deployed.get('/api/v1/runs', { token: null, headers: { cookie } });
  await waitFor(() => logged.includes('/api/v1/runs'), { what: 'the request in the log' });
  expect(logged).toMatch('[Redacted]');
  const canary = 'canary-0123456789';
  const names = ['X-Api-Key', 'Proxy-Authorization', 'X-Auth-Token', 'X-Amz-Signature'];
  await deployed.get(`/api/v1/runs?limit=7&token=${canary}&api_key=${canary}&pipeline=${encodeURIComponent(TOKEN)}`, {
    headers: Object.fromEntries([...names.map((name) => [name, canary]), ['X-Debug', `it is ${TOKEN}`]]),
  });
  await waitFor(() => logged.includes('limit=7'), { what: 'the second request in the log' });
  expect(logged).not.toMatch(canary);
  expect(logged).not.toMatch(cookie.slice(cookie.indexOf('=') + 1));
  expect(logged).not.toMatch(TOKEN);
});
