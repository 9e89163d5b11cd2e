/** Plain WebSockets at /ws/events: what a front-end written for them gets, and what others are refused. */
import type { Socket } from 'node:net';
import { createApi } from '@millrace/api';
import { waitFor } from '@millrace/core/testing';
import { type WireEvent, wireEvent } from '@millrace/core/wire';
import { afterAll, beforeAll, beforeEach, expect, inject, onTestFinished, test } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { type Answered, CHAIN, type DeployedApi, deployApi, TOKEN } from './deployed-api.ts';

let deployed: DeployedApi;
beforeAll(async () => {
  deployed = await deployApi(inject('redisUrl'));
  await deployed.register(CHAIN.replace('overlap: skip', 'overlap: allow'));
  await deployed.register(`
name: other
overlap: allow
stages: { only: { run: { command: ["true"] }, queue: other } }
`);
});
afterAll(() => deployed.end());
// Nothing is left to claim but what a test starts.
beforeEach(() => deployed.post('/api/pipeline/reset'));

const start = async (pipeline = 'chain', api = deployed): Promise<string> =>
  (await api.post(`/api/v1/pipelines/${pipeline}/runs`)).json.run_id;
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const WITH_TOKEN = ['bearer', TOKEN];

/** A socket, what it was sent, and the code it was closed with. */
const open = (
  path: string,
  {
    api = deployed,
    protocols = WITH_TOKEN,
    ...options
  }: { api?: { readonly url: string }; protocols?: string[] } & ClientOptions = {},
) => {
  const socket = new WebSocket(`${api.url.replace('http', 'ws')}${path}`, protocols, options);
  const got: Answered[] = [];
  const ended = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  const refused = new Promise<Answered>((resolve) =>
    socket.once('unexpected-response', (_request, answer) => {
      let text = '';
      answer.on('data', (bytes: Buffer) => (text += bytes.toString()));
      answer.on('end', () => resolve({ ...JSON.parse(text), headers: answer.headers }));
    }),
  );
  // Many at once are not polled for.
  const first = new Promise<void>((resolve) => socket.once('message', () => resolve()));
  socket.on('error', () => {});
  socket.on('message', (text: Buffer) => got.push(JSON.parse(text.toString())));
  onTestFinished(() => socket.terminate());
  return {
    socket,
    got,
    ended,
    first,
    refused,
    events: () => got.slice(1) as WireEvent[],
    opened: () => waitFor(() => got.length > 0, { what: `the snapshot of ${path}` }),
    /** The connection under it. */
    wire: () => (socket as unknown as { _socket: Socket })._socket,
  };
};

test('a front-end written for it gets a snapshot, and then each event as it happens', async () => {
  // As in the document that describes it, but for the token.
  const status: Answered[] = [];
  const log: Answered[] = [];
  const ws = new WebSocket(`${deployed.url.replace('http', 'ws')}/ws/events`, WITH_TOKEN);
  onTestFinished(() => ws.terminate());
  ws.onmessage = (event) => {
    const data = JSON.parse(event.data as string);
    if (data.type === 'snapshot') {
      status.push(data.data.status);
      log.push(...data.data.events);
    } else log.push(data);
  };
  await waitFor(() => status.length === 1, { what: 'the snapshot' });
  expect(status).toEqual([{ state: 'idle' }]);
  const before = log.length;
  const id = await start();
  await start('other');
  await (await deployed.worker()).run(3);
  await waitFor(() => log.at(-1).type === 'run.succeeded', { what: 'the end of the run' });
  const events = log.slice(before);
  expect(events.map(({ run_id, seq }) => [run_id, seq])).toEqual(range(1, 8).map((seq) => [id, seq]));
  for (const event of events) wireEvent.strict().parse(event);
  expect(events.filter(({ event }) => event === 'start').map(({ stage }) => stage)).toContain('translator');
  expect(ws.protocol).toBe('bearer');
});

test('the snapshot is that of the seed’s endpoint, and nothing falls between it and the events', async () => {
  const id = await start();
  const worker = await deployed.worker();
  const claim = await worker.claim();
  let written = 0;
  const writing = (async () => {
    for (; written < 300; written += 1) await worker.log(claim, `line ${written}`);
  })();
  const clients = [];
  for (let n = 0; n < 10; n++) {
    await waitFor(() => written > n * 25, { what: 'some lines' });
    clients.push(open('/ws/events'), open(`/ws/events/${id}`));
  }
  await writing;
  await worker.succeed(claim);
  await worker.run(2);
  for (const { got, events } of clients) {
    await waitFor(() => events().at(-1)?.type === 'run.succeeded', { what: 'the end of the run' });
    expect(got[0]).toMatchObject({ type: 'snapshot', data: { status: { run_id: id }, metrics: { workers: 1 } } });
    expect(Object.keys(got[0].data)).toEqual(['status', 'events', 'metrics', 'next_run']);
    const seqs = [...got[0].data.events, ...events()].map(({ seq }) => seq);
    expect(seqs).toEqual(range(seqs[0], seqs.at(-1)));
    expect(seqs.length).toBeGreaterThanOrEqual(308 - seqs[0]);
  }
  expect(clients.some(({ got }) => got[0].data.events.at(-1).seq < 300)).toBe(true);
});

test('of a run: its status, its events after a seq, its end; the socket stays', async () => {
  const id = await start();
  await (await deployed.worker()).run(3);
  const all = open(`/ws/events/${id}?after_seq=2`);
  await waitFor(() => all.events().length === 6, { what: 'the events' });
  expect(all.got[0].data).toMatchObject({ status: { run_id: id, state: 'succeeded', stage: null }, events: [] });
  expect(all.events().map(({ seq }) => seq)).toEqual(range(3, 8));
  const last = open(`/ws/events/${id}/`);
  await last.opened();
  expect(last.got[0].data.events.map(({ seq }: WireEvent) => seq)).toEqual(range(1, 8));
  expect([all.socket.readyState, last.socket.readyState]).toEqual([WebSocket.OPEN, WebSocket.OPEN]);
});

const cookieOf = async (): Promise<string> =>
  (await deployed.call('POST', '/api/v1/session', { token: null, body: { token: TOKEN } })).headers
    .get('set-cookie')!
    .split(';')[0]!;

test('the token comes in the header, as a subprotocol, plain or encoded, or by the session of our own page', async () => {
  const cookie = await cookieOf();
  const encoded = Buffer.from(TOKEN).toString('base64url');
  for (const [options, protocol] of [
    [{ protocols: [], headers: { authorization: `Bearer ${TOKEN}` } }, ''],
    [{ protocols: ['bearer.base64url', encoded] }, 'bearer.base64url'],
    [{ protocols: [], headers: { cookie }, origin: deployed.url }, ''],
    [{ headers: { cookie: 'other=1' }, origin: deployed.url }, 'bearer'],
  ] as const) {
    const one = open('/ws/events', options as ClientOptions);
    await one.opened();
    expect(one.socket.protocol).toBe(protocol);
  }
  for (const [options, status, code] of [
    [{ protocols: [] }, 401, 'unauthenticated'],
    [{ protocols: ['bearer'] }, 401, 'unauthenticated'],
    [{ protocols: ['bearer', 'wrong'] }, 401, 'unauthenticated'],
    [{ protocols: ['bearer', 'wrong'], headers: { cookie } }, 401, 'unauthenticated'],
    [{ protocols: [], headers: { authorization: 'Bearer wrong' } }, 401, 'unauthenticated'],
    [{ protocols: [], headers: { cookie: `${cookie}x` } }, 401, 'unauthenticated'],
    [{ origin: 'https://evil.example' }, 403, 'forbidden'],
    [{ protocols: [], headers: { cookie }, origin: 'https://evil.example' }, 403, 'forbidden'],
    [{ protocols: [], headers: { cookie }, origin: 'null' }, 403, 'forbidden'],
  ] as const) {
    const answer = await open('/ws/events', options as ClientOptions).refused;
    expect([options, answer.status, answer.code]).toEqual([options, status, code]);
    expect(JSON.stringify(answer)).not.toContain(TOKEN);
  }
});

test('a listed page needs the token: the session is for our own', async () => {
  const origin = 'https://listed.example';
  const api = createApi({ ...deployed.deps, config: { ...deployed.deps.config, corsOrigins: [origin] } });
  await api.start();
  try {
    const byToken = open('/ws/events', { api, origin });
    await byToken.opened();
    const bySession = open('/ws/events', {
      api,
      origin,
      protocols: [],
      headers: { cookie: await cookieOf() },
    });
    expect(await bySession.refused).toMatchObject({ status: 401 });
    byToken.socket.terminate();
  } finally {
    await api.stop();
  }
});

test('what does not exist or is not known is refused at the upgrade', async () => {
  expect(await open('/ws/events/nope').refused).toMatchObject({ status: 404, code: 'unknown_run' });
  const unknown = '01938000-0000-7000-8000-000000000000';
  expect(await open(`/ws/events/${unknown}`).refused).toMatchObject({ status: 404, code: 'unknown_run' });
  expect(await open(`/ws/events/${'x'.repeat(5_000)}`).refused).toMatchObject({ status: 404, code: 'unknown_run' });
  const id = await start();
  for (const [path, field, says] of [
    ['/ws/events?after_seq=1', 'query.after_seq', /not known here/],
    [`/ws/events/${id}?after_seq=-1`, 'query.after_seq', /seq of an event/],
    [`/ws/events/${id}?after=1`, 'query.after', /there is after_seq/],
    ['/ws/events?token=x', 'query.token', /addresses end up in logs/],
  ] as const) {
    const answer = await open(path).refused;
    expect(answer).toMatchObject({ status: 422, code: 'invalid_request', errors: [{ path: field }] });
    expect(answer.detail).toMatch(says);
  }
  const api = createApi({ ...deployed.deps, config: { ...deployed.deps.config, defaultPipeline: null } });
  await api.start();
  try {
    expect(await open('/ws/events', { api }).refused).toMatchObject({ status: 404, code: 'unknown_pipeline' });
  } finally {
    await api.stop();
  }
});

test('2,000 at once: as many as a client may have, the others are told so, and none hangs', async () => {
  const MAY = 300;
  const api = createApi({ ...deployed.deps, config: { ...deployed.deps.config, maxStreamsPerClient: MAY } });
  await api.start();
  try {
    const clients = range(1, 2_000).map(() => open('/ws/events', { api }));
    const outcomes = await Promise.all(
      clients.map(({ first, refused }) =>
        Promise.race([refused.then(({ status, code }) => `${status} ${code}`), first.then(() => 'open')]),
      ),
    );
    const counted = (outcome: string) => outcomes.filter((one) => one === outcome).length;
    expect([counted('open'), counted('429 rate_limited')]).toEqual([MAY, 2_000 - MAY]);
    // Those that are open work, and a place that is free again is taken.
    clients.find((_, place) => outcomes[place] === 'open')!.socket.close();
    await waitFor(
      async () => {
        const again = open('/ws/events', { api });
        return (
          (await Promise.race([again.refused.then(() => 'refused'), again.opened().then(() => 'open')])) === 'open'
        );
      },
      { what: 'a place' },
    );
    for (const { socket } of clients) socket.terminate();
  } finally {
    await api.stop();
  }
}, 60_000);

test('connections opened within a minute are limited, together with those of Socket.IO', async () => {
  const api = createApi({ ...deployed.deps, requestsPerMinute: 5 });
  await api.start();
  try {
    for (let n = 0; n < 3; n++) await open('/ws/events', { api }).opened();
    for (let n = 0; n < 2; n++)
      expect((await fetch(`${api.url}/socket.io/?EIO=4&transport=polling`, { headers: BEARER })).status).toBe(200);
    const refusal = await open('/ws/events', { api }).refused;
    expect(refusal).toMatchObject({ status: 429, code: 'rate_limited', headers: { 'retry-after': '60' } });
  } finally {
    await api.stop();
  }
});
const BEARER = { authorization: `Bearer ${TOKEN}` };

test('a client that never reads is sent away with a code, and delays no other', async () => {
  await start();
  const worker = await deployed.worker();
  const claim = await worker.claim();
  onTestFinished(async () => void (await worker.succeed(claim)));
  const [never, witness] = [open('/ws/events'), open('/ws/events')];
  await Promise.all([never.opened(), witness.opened()]);
  never.wire().pause();
  // 24 MB are more than it may leave unread, and than the system keeps for it.
  const line = 'x'.repeat(15_000);
  const from = witness.events().length;
  for (let n = 0; n < 160; n++)
    await worker.report(
      claim,
      range(1, 10).map(() => log(line)),
    );
  await waitFor(() => witness.events().length - from >= 1_600, { what: 'every event at the other', timeoutMs: 30_000 });
  never.wire().resume();
  expect(await never.ended).toEqual({ code: 1013, reason: 'what was sent was not taken: connect again' });
  expect(witness.socket.readyState).toBe(WebSocket.OPEN);
}, 60_000);
const log = (text: string) => ({ type: 'stage.log' as const, data: { lines: [{ s: 'out', t: text }] } });

test('one that replays a long log sets the pace, and gets every event', async () => {
  const id = await start();
  const worker = await deployed.worker();
  const claim = await worker.claim();
  onTestFinished(async () => void (await worker.succeed(claim)));
  for (let n = 0; n < 100; n++)
    await worker.report(
      claim,
      range(1, 10).map(() => log('y'.repeat(15_000))),
    );
  const slow = open(`/ws/events/${id}?after_seq=0`);
  slow.socket.once('open', () => slow.wire().pause());
  // Another is served to the end meanwhile: the one that does not read has had its turns.
  const quick = open(`/ws/events/${id}?after_seq=0`);
  await waitFor(() => quick.events().length >= 1_002, { what: 'the whole log at another', timeoutMs: 30_000 });
  slow.wire().resume();
  await waitFor(() => slow.events().length >= 1_002, { what: 'the whole log', timeoutMs: 30_000 });
  expect(slow.events().map(({ seq }) => seq)).toEqual(range(1, slow.events().length));
}, 60_000);

/** A frame of a client: masked, with a mask of zeros. */
const frame = (first: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([first, 0x80 | body.length, 0, 0, 0, 0]), body]);

test.each<[what: string, bytes: Buffer, code: number]>([
  ['a frame that is not masked', Buffer.from([0x81, 0x02, 0x68, 0x69]), 1002],
  ['a reserved opcode', frame(0x83, Buffer.from('hi')), 1002],
  ['reserved bits', frame(0xf1, Buffer.from('hi')), 1002],
  ['a text that is not UTF-8', frame(0x81, Buffer.from([0xc3, 0x28])), 1007],
  ['a message of 2^62 bytes', Buffer.from([0x82, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 1009],
  ['a message of 1 MB', Buffer.concat([Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0]), Buffer.alloc(100)]), 1009],
  ['a close of one byte', frame(0x88, Buffer.from([3])), 1002],
  ['a control frame in pieces', frame(0x09, Buffer.from('hi')), 1002],
  ['a continuation of nothing', frame(0x80, Buffer.from('hi')), 1002],
])('malformed: %s closes that socket', async (_what, bytes, code) => {
  const [bad, good] = [open('/ws/events'), open('/ws/events')];
  await Promise.all([bad.opened(), good.opened()]);
  bad.wire().write(bytes);
  expect((await bad.ended).code).toBe(code);
  await start();
  await waitFor(() => good.events().some(({ type }) => type === 'run.created'), { what: 'an event at the other' });
});

test('messages are not used; a flood of them closes the socket', async () => {
  const one = open('/ws/events');
  await one.opened();
  for (const text of ['ping', '{"type":"subscribe"}', '__proto__']) one.socket.send(text);
  await start();
  await waitFor(() => one.events().length > 0, { what: 'an event' });
  for (let n = 0; n < 100; n++) one.socket.send('ping');
  expect(await one.ended).toEqual({ code: 1008, reason: 'this socket takes no messages' });
});

test('signing out closes the session’s sockets; those with a token stay', async () => {
  const cookie = await cookieOf();
  const bySession = open('/ws/events', { protocols: [], headers: { cookie } });
  const byToken = open('/ws/events');
  await Promise.all([bySession.opened(), byToken.opened()]);
  await deployed.call('DELETE', '/api/v1/session', {
    token: null,
    headers: { cookie, 'sec-fetch-site': 'same-origin' },
  });
  expect((await bySession.ended).code).toBe(4401);
  expect(byToken.socket.readyState).toBe(WebSocket.OPEN);
});

test('revoking a token closes its sockets; a viewer’s is enough to open one', async () => {
  const { token } = (await deployed.post('/api/v1/tokens', { name: 'plain', role: 'viewer' })).json;
  const [revoked, other] = [open('/ws/events', { protocols: ['bearer', token] }), open('/ws/events')];
  await Promise.all([revoked.opened(), other.opened()]);
  await deployed.call('DELETE', '/api/v1/tokens/plain');
  expect((await revoked.ended).code).toBe(4401);
  expect(other.socket.readyState).toBe(WebSocket.OPEN);
});

test('when the server stops it says so, and waits for no one', async () => {
  const api = createApi(deployed.deps);
  await api.start();
  const { url } = api;
  const [polite, deaf] = [open('/ws/events', { api }), open('/ws/events', { api })];
  await Promise.all([polite.opened(), deaf.opened()]);
  deaf.wire().pause();
  await api.stop();
  const left = await new Promise((resolve) => api.server.getConnections((_error, count) => resolve(count)));
  expect(left).toBe(0);
  expect(await polite.ended).toEqual({ code: 1001, reason: 'the server stops' });
  expect(await open('/ws/events', { api: { url } }).ended).toMatchObject({ code: 1006 });
});

test('sockets are counted', async () => {
  const gauge = async () => Number(/^millrace_socket_clients (\d+)$/m.exec((await deployed.get('/metrics')).text)![1]);
  await waitFor(async () => (await gauge()) === 0, { what: 'earlier sockets to be closed' });
  await open('/ws/events').opened();
  expect(await gauge()).toBe(1);
});
