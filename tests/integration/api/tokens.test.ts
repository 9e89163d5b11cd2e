/** Named tokens: what they may do, and that what they have open ends with them, in every API process. */
import { once } from 'node:events';
import { get } from 'node:http';
import type { Socket } from 'node:net';
import { createApi } from '@millrace/api';
import { LIMITS } from '@millrace/core/domain';
import type { Feed } from '@millrace/core/ports';
import { waitFor } from '@millrace/core/testing';
import { io } from 'socket.io-client';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { WebSocket } from 'ws';
import { CHAIN, type DeployedApi, deployApi } from './deployed-api.ts';

let deployed: DeployedApi;
let ending: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  deployed = await deployApi(inject('redisUrl'));
  await deployed.register(CHAIN);
});
afterEach(async () => {
  await Promise.all(ending.map((end) => end()));
  ending = [];
  await deployed.end();
});

/** Another API process of the same deployment. */
const another = async (over: { readonly feed?: Feed } = {}): Promise<{ readonly url: string }> => {
  const api = createApi({ ...deployed.deps, ...over });
  ending.push(() => api.stop());
  await api.start();
  return api;
};
/** Of which no message arrives. */
const DEAF: Feed = { subscribe: async () => async () => {} };

const create = async (body: object) => (await deployed.post('/api/v1/tokens', body)).json;
const revoke = (name: string) => deployed.call('DELETE', `/api/v1/tokens/${name}`);
const statusOf = async ({ url }: { readonly url: string }, token: string): Promise<number> =>
  (await fetch(`${url}/api/v1/runs`, { headers: { authorization: `Bearer ${token}` } })).status;
const connect = ({ url }: { readonly url: string }, who: { token: string } | { cookie: string }) => {
  const socket = io(`${url}/events`, {
    transports: ['websocket'],
    ...('token' in who ? { auth: who } : { extraHeaders: who }),
    reconnection: false,
    forceNew: true,
  });
  const closings: unknown[] = [];
  socket.on('closing', (closing) => closings.push(closing));
  ending.push(async () => socket.disconnect());
  return new Promise<{ readonly socket: typeof socket; readonly closings: readonly unknown[] }>((resolve, reject) => {
    socket.once('connect', () => resolve({ socket, closings }));
    socket.once('connect_error', reject);
  });
};
/** An event stream of a live run; `ended` once it is over. */
const follow = async ({ url }: { readonly url: string }, runId: string, headers: Record<string, string>) => {
  const response = await fetch(`${url}/api/v1/runs/${runId}/events/stream`, { headers });
  expect(response.status).toBe(200);
  const stream = { ended: false };
  ending.push(async () => response.body!.cancel().catch(() => {}));
  void (async () => {
    for await (const _ of response.body!);
    stream.ended = true;
  })().catch(() => (stream.ended = true));
  return stream;
};

test('a token is shown once, stored hashed, and does what its role may do', async () => {
  const created = await deployed.post('/api/v1/tokens', { name: 'ci', role: 'viewer' });
  expect(created).toMatchObject({
    status: 201,
    json: { name: 'ci', role: 'viewer', pipelines: null, created_by: 'admin', expires_at: null, last_used_at: null },
  });
  const { token, ...shown } = created.json;
  expect(token).toMatch(/^mlr_[0-9a-f]{12}_[\w-]{43}$/);
  expect((await deployed.get('/api/v1/tokens')).json).toEqual({ items: [shown], next_cursor: null });
  for (const key of [deployed.keys.tokens, deployed.keys.tokenUses])
    expect(JSON.stringify(await deployed.redis.hgetall(key))).not.toContain(token.slice(17));

  expect((await deployed.get('/api/v1/pipelines', { token })).status).toBe(200);
  const start = await deployed.call('POST', '/api/v1/pipelines/chain/runs', { token, body: {} });
  expect(start).toMatchObject({
    status: 403,
    json: { code: 'forbidden', detail: 'this needs the role operator; ci has the role viewer' },
  });
  const operator = (await create({ name: 'ops', role: 'operator' })).token;
  const started = await deployed.call('POST', '/api/v1/pipelines/chain/runs', { token: operator, body: {} });
  expect(started).toMatchObject({ status: 201, json: { trigger: { by: 'ops' } } });
  const forbidden = await deployed.call('POST', '/api/v1/tokens', {
    token: operator,
    body: { name: 'x', role: 'admin' },
  });
  expect(forbidden).toMatchObject({
    status: 403,
    json: { detail: 'this needs the role admin; ops has the role operator' },
  });
  const board = await deployed.get('/admin/queues', { token: operator });
  expect(board).toMatchObject({ status: 403, json: { code: 'forbidden' } });
});

test('its last use is recorded', async () => {
  const { token } = await create({ name: 'ci', role: 'viewer' });
  const before = Date.now();
  await deployed.get('/api/v1/runs', { token });
  const used = await waitFor(async () => (await deployed.get('/api/v1/tokens')).json.items[0].last_used_at, {
    what: 'the use to be recorded',
  });
  expect(Date.parse(used)).toBeGreaterThanOrEqual(before - 1);
});

test('it costs no call to Redis to check one', async () => {
  const { token } = await create({ name: 'ci', role: 'viewer' });
  const calls: string[] = [];
  const { redis } = deployed;
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, ...rest) => {
    calls.push(`${command.name} ${String(command.args[0])}`);
    return send(command, ...rest);
  };
  ending.push(async () => void (redis.sendCommand = send));
  for (let n = 0; n < 20; n++) await deployed.get('/healthz', { token });
  for (let n = 0; n < 20; n++) await deployed.get('/api/v1/locks', { token });
  expect(calls.length).toBeGreaterThan(19);
  // What is read at an interval may fall into these milliseconds once.
  expect(calls.filter((call) => call.includes('/token')).length).toBeLessThan(6);
});

test('names and values that are wrong are refused, and change nothing', async () => {
  await create({ name: 'ci', role: 'viewer' });
  const refused = async (body: object) => {
    const { status, json } = await deployed.post('/api/v1/tokens', body);
    return [status, json.code, json.errors?.[0]?.path ?? null];
  };
  expect(await refused({ name: 'ci', role: 'admin' })).toEqual([409, 'token_exists', null]);
  expect(await refused({ name: 'admin', role: 'viewer' })).toEqual([422, 'invalid_request', 'name']);
  expect(await refused({ name: '<b>', role: 'viewer' })).toEqual([422, 'invalid_request', 'name']);
  expect(await refused({ name: 'x'.repeat(5_000), role: 'viewer' })).toEqual([422, 'invalid_request', 'name']);
  expect(await refused({ name: 'x', role: 'root' })).toEqual([422, 'invalid_request', 'role']);
  expect(await refused({ name: 'x', role: 'viewer', expires_in: 'soon' })).toEqual([
    422,
    'invalid_request',
    'expires_in',
  ]);
  expect(await refused({ name: 'x', role: 'viewer', expires_in: 0 })).toEqual([422, 'invalid_request', 'expires_in']);
  expect(await refused({ name: 'x', role: 'viewer', expires_in: '4000d' })).toMatchObject([
    422,
    'invalid_request',
    'expires_in',
  ]);
  expect(await refused({ name: 'x', role: 'viewer', scope: 'all' })).toMatchObject([422, 'invalid_request', 'scope']);
  expect(await revoke('no-such')).toMatchObject({ status: 404, json: { code: 'unknown_token' } });
  expect((await deployed.get('/api/v1/tokens')).json.items.map(({ name }: { name: string }) => name)).toEqual(['ci']);
  for (let n = 1; n < LIMITS.tokens; n++)
    await deployed.redis.hset(deployed.keys.tokens, `t${n}`, JSON.stringify({ name: `t${n}`, id: `${n}` }));
  expect(await refused({ name: 'x', role: 'viewer' })).toEqual([413, 'too_large', null]);
});

test('a revoked token is refused at once here and soon elsewhere, also where the message is lost', async () => {
  const [second, deaf] = [await another(), await another({ feed: DEAF })];
  const [{ token }, other] = [
    await create({ name: 'ci', role: 'viewer' }),
    await create({ name: 'cd', role: 'viewer' }),
  ];
  for (const api of [second, deaf])
    await waitFor(async () => (await statusOf(api, token)) === 200, { what: 'the token to be known there' });
  expect(await revoke('ci')).toMatchObject({ status: 200, json: { name: 'ci', role: 'viewer' } });
  expect(await statusOf(deployed, token)).toBe(401);
  for (const api of [second, deaf])
    await waitFor(async () => (await statusOf(api, token)) === 401, { what: 'the revocation to be known there' });
  expect(await statusOf(deployed, other.token)).toBe(200);
  // The name is free again, and the earlier token stays what it is.
  const again = await create({ name: 'ci', role: 'viewer' });
  expect([await statusOf(deployed, again.token), await statusOf(deployed, token)]).toEqual([200, 401]);
  // Another secret under the id of a token.
  expect(await statusOf(deployed, `${again.token.slice(0, 17)}${token.slice(17)}`)).toBe(401);
});

test('its sockets, event streams and sessions end when it is revoked, in every process; those of others go on', async () => {
  const deaf = await another({ feed: DEAF });
  const runId = (await deployed.post('/api/v1/pipelines/chain/runs')).json.run_id;
  const [{ token }, other] = [
    await create({ name: 'ci', role: 'viewer' }),
    await create({ name: 'cd', role: 'viewer' }),
  ];
  await waitFor(async () => (await statusOf(deaf, other.token)) === 200, { what: 'the tokens to be known there' });
  const signIn = async (text: string): Promise<string> => {
    const { headers, json } = await deployed.call('POST', '/api/v1/session', { token: null, body: { token: text } });
    expect(json).toMatchObject({ signed_in: true, role: 'viewer' });
    return headers.get('set-cookie')!.split(';')[0]!;
  };
  const open = async (text: string) => {
    const cookie = await signIn(text);
    const authorization = `Bearer ${text}`;
    return {
      cookie,
      sockets: [
        await connect(deployed, { token: text }),
        await connect(deaf, { token: text }),
        await connect(deaf, { cookie }),
      ],
      streams: [
        await follow(deployed, runId, { authorization }),
        await follow(deaf, runId, { authorization }),
        await follow(deaf, runId, { cookie }),
      ],
    };
  };
  const [own, others] = [await open(token), await open(other.token)];
  await revoke('ci');
  await waitFor(() => own.sockets.every(({ socket }) => !socket.connected) && own.streams.every(({ ended }) => ended), {
    what: 'the sockets and streams of the token to be closed',
  });
  expect(own.sockets.map(({ closings }) => closings)).toMatchObject([
    [{ code: 'unauthenticated', message: 'the token was revoked, or has expired' }],
    [{ code: 'unauthenticated' }],
    [{ code: 'unauthenticated', message: 'the session is over: sign in again' }],
  ]);
  const mayRead = async (cookie: string) =>
    (await deployed.get('/api/v1/runs', { token: null, headers: { cookie } })).status;
  expect([await mayRead(own.cookie), await mayRead(others.cookie)]).toEqual([401, 200]);
  expect(others.sockets.map(({ socket }) => socket.connected)).toEqual([true, true, true]);
  expect(others.streams.map(({ ended }) => ended)).toEqual([false, false, false]);
});

test('its plain sockets end too, and those of others go on', async () => {
  const [{ token }, other] = [
    await create({ name: 'ci', role: 'viewer' }),
    await create({ name: 'cd', role: 'viewer' }),
  ];
  const plain = async (text: string) => {
    const socket = new WebSocket(`${deployed.url.replace('http', 'ws')}/ws/events`, ['bearer', text]);
    ending.push(async () => socket.terminate());
    await once(socket, 'open');
    return socket;
  };
  const [own, others] = [await plain(token), await plain(other.token)];
  const closed = once(own, 'close');
  await revoke('ci');
  expect((await closed)[0]).toBe(4401);
  expect(others.readyState).toBe(WebSocket.OPEN);
});

test('an event stream whose client reads nothing ends too', async () => {
  const runId = (await deployed.post('/api/v1/pipelines/chain/runs')).json.run_id;
  const { token } = await create({ name: 'ci', role: 'viewer' });
  const worker = await deployed.worker();
  const claim = await worker.claim();
  for (let n = 0; n < 40; n++) await worker.log(claim, ...Array.from({ length: 16 }, () => 'x'.repeat(16_000)));
  const accepted = once(deployed.api.server, 'connection') as Promise<[Socket]>;
  const asked = get(`${deployed.url}/api/v1/runs/${runId}/events/stream`, {
    agent: false,
    headers: { authorization: `Bearer ${token}` },
  });
  asked.on('error', () => {});
  // A response without a listener is read to its end.
  asked.on('response', () => {});
  ending.push(async () => asked.destroy());
  const [socket] = await accepted;
  await waitFor(() => socket.writableNeedDrain, { what: 'the stream to wait for its client' });
  await revoke('ci');
  await waitFor(() => socket.destroyed, { what: 'the stream to be closed' });
});

test('a token that expires is refused from then on, its session ends with it, and what it has open closes', async () => {
  const created = await create({ name: 'brief', role: 'viewer', expires_in: '3s' });
  const { headers, json } = await deployed.call('POST', '/api/v1/session', {
    token: null,
    body: { token: created.token },
  });
  expect(json.expires_at).toBe(created.expires_at);
  const cookie = headers.get('set-cookie')!.split(';')[0]!;
  const { socket } = await connect(deployed, { cookie });
  expect(await statusOf(deployed, created.token)).toBe(200);
  await waitFor(async () => (await statusOf(deployed, created.token)) === 401, { what: 'the token to expire' });
  await waitFor(() => !socket.connected, { what: 'its socket to be closed' });
  expect((await deployed.get('/api/v1/session', { token: null, headers: { cookie } })).json.signed_in).toBe(false);
  expect((await deployed.get('/api/v1/tokens')).json.items).toMatchObject([{ name: 'brief' }]);
});
