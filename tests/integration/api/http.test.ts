import { once } from 'node:events';
import { connect } from 'node:net';
import { connectLive, createClient } from '@millrace/client';
import type { PipelineName, RunId } from '@millrace/core/domain';
import { waitFor } from '@millrace/core/testing';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { WebSocket } from 'ws';
import { CHAIN, type DeployedApi, deployApi, TOKEN } from './deployed-api.ts';

let deployed: DeployedApi;
let id: string;
beforeAll(async () => {
  deployed = await deployApi(inject('redisUrl'));
  await deployed.register(CHAIN);
  id = (
    await deployed.post(
      '/api/v1/pipelines/chain/runs',
      { labels: { text: 'x'.repeat(60) } },
      { 'Idempotency-Key': 'pruned-later' },
    )
  ).json.run_id;
});
afterAll(() => deployed.end());

/** What the server sends on a connection of our own until it closes it. */
const sent = async (text: string, body: readonly Buffer[] = [], url = deployed.url): Promise<string> => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let answer = '';
  socket.on('data', (bytes: Buffer) => (answer += bytes.toString()));
  const closed = once(socket, 'close');
  socket.write(text);
  for (const bytes of body) if (!socket.write(bytes)) await once(socket, 'drain');
  await closed;
  return answer;
};
function asked(line: string, ...headers: readonly string[]): string {
  return `${[`${line} HTTP/1.1`, ...headers, 'Host: x', `Authorization: Bearer ${TOKEN}`].join('\r\n')}\r\n\r\n`;
}

test('HEAD of a stream ends with the headers of the stream', async () => {
  for (const kind of ['events', 'logs']) {
    const head = await deployed.call('HEAD', `/api/v1/runs/${id}/${kind}/stream`);
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  }
});

test('an artifact: HEAD knows no ranges, and bytes that the client has are not sent again', async () => {
  const worker = await deployed.worker();
  const claim = await worker.claim();
  const stored = await deployed.putArtifact(claim.runId, '0123456789');
  await worker.report(claim, [
    { type: 'stage.artifact', data: { id: 'a', name: 'a.txt', content_type: 'text/plain', ...stored } },
  ]);
  await worker.succeed(claim);
  const path = `/api/v1/runs/${id}/artifacts/a/content`;
  const head = await deployed.call('HEAD', path, { headers: { range: 'bytes=2-3' } });
  expect([head.status, head.headers.get('content-length')]).toEqual([200, '10']);
  expect((await deployed.call('HEAD', path, { headers: { range: 'bytes=99-' } })).status).toBe(200);
  expect((await deployed.get(path, { headers: { range: 'bytes=2-3' } })).text).toBe('23');
  const etag = head.headers.get('etag')!;
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const again = await deployed.get(path, { headers: { 'if-none-match': known } });
    expect([again.status, again.text, again.headers.get('etag')], known).toEqual([304, '', etag]);
  }
  expect((await deployed.get(path, { headers: { 'if-none-match': '"other"' } })).text).toBe('0123456789');
});

test('large JSON is compressed for who takes it', async () => {
  const path = `${deployed.url}/openapi.json`;
  const plain = await fetch(path, { headers: { 'accept-encoding': 'identity' } });
  const packed = await fetch(path, { headers: { 'accept-encoding': 'gzip' } });
  expect([plain.headers.get('content-encoding'), packed.headers.get('content-encoding')]).toEqual([null, 'gzip']);
  expect(await packed.json()).toEqual(await plain.json());
});

test('a 413 reaches a client that is still sending', async () => {
  const mb = Buffer.alloc(1024 * 1024, 0x20);
  const head = asked(
    'POST /api/v1/pipelines/chain/runs',
    'Content-Type: application/json',
    'Connection: close',
    `Content-Length: ${mb.length * 8}`,
  );
  expect(await sent(head, Array<Buffer>(8).fill(mb))).toMatch(/^HTTP\/1.1 413 .*"code":"too_large"/s);
});

const UPGRADE = ['Connection: Upgrade', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
const LIVE = '/socket.io/?EIO=4&transport=websocket';
/** What is sent, the status and the code of its answer. */
const REFUSED: Readonly<Record<string, readonly [string, number, string]>> = {
  'an upgrade to h2c': [
    asked('GET /api/v1/runs', 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c'),
    400,
    'malformed_request',
  ],
  'an upgrade with a body': [
    `${asked('POST /api/v1/session', 'Connection: Upgrade', 'Upgrade: h2c', 'Content-Length: 5')}hello`,
    400,
    'malformed_request',
  ],
  'h2c at the socket': [asked(`GET ${LIVE}`, ...UPGRADE, 'Upgrade: h2c'), 400, 'malformed_request'],
  'a WebSocket elsewhere': [asked('GET /api/v1/runs', ...UPGRADE, 'Upgrade: websocket'), 400, 'malformed_request'],
  'a WebSocket beside the socket': [
    asked('GET /socket.io', ...UPGRADE, 'Upgrade: websocket'),
    400,
    'malformed_request',
  ],
  'a WebSocket below the socket': [
    asked(`GET ${LIVE.replace('?', 'x?')}`, ...UPGRADE, 'Upgrade: websocket'),
    400,
    'malformed_request',
  ],
  'a WebSocket of a foreign page': [
    asked(`GET ${LIVE}`, ...UPGRADE, 'Upgrade: websocket', 'Origin: http://evil.example'),
    403,
    'forbidden',
  ],
  'h2c at the plain socket': [asked('GET /ws/events', ...UPGRADE, 'Upgrade: h2c'), 400, 'malformed_request'],
  'a WebSocket below the plain socket': [
    asked('GET /ws/events/a/b', ...UPGRADE, 'Upgrade: websocket'),
    400,
    'malformed_request',
  ],
  'a plain socket of a foreign page': [
    asked('GET /ws/events', ...UPGRADE, 'Upgrade: websocket', 'Origin: http://evil.example'),
    403,
    'forbidden',
  ],
  'a plain socket without a key': [
    asked('GET /ws/events', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'),
    400,
    'malformed_request',
  ],
  'a plain socket by POST': [asked('POST /ws/events', ...UPGRADE, 'Upgrade: websocket'), 400, 'malformed_request'],
  'a plain socket of an earlier version, whose origin is in another header': [
    asked('GET /ws/events', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 8', UPGRADE[2]!),
    400,
    'malformed_request',
  ],
  'a plain socket of a run that does not exist': [
    asked('GET /ws/events/nope', ...UPGRADE, 'Upgrade: websocket'),
    404,
    'unknown_run',
  ],
  'a WebSocket of no session': [
    asked(`GET ${LIVE}&sid=another`, ...UPGRADE, 'Upgrade: websocket'),
    400,
    'malformed_request',
  ],
  'a WebSocket without a key': [
    asked(`GET ${LIVE}`, 'Connection: Upgrade', 'Upgrade: websocket'),
    400,
    'malformed_request',
  ],
  'an unknown transport': [
    asked('GET /socket.io/?EIO=4&transport=pigeon', 'Connection: close'),
    400,
    'malformed_request',
  ],
  'an unknown session': [
    asked('GET /socket.io/?EIO=4&transport=polling&sid=another', 'Connection: close'),
    400,
    'malformed_request',
  ],
  'a handshake by POST': [
    asked('POST /socket.io/?EIO=4&transport=polling', 'Connection: close', 'Content-Length: 0'),
    400,
    'malformed_request',
  ],
  'another protocol': [asked('GET /socket.io/?EIO=3&transport=polling', 'Connection: close'), 400, 'malformed_request'],
  'polling of a foreign page': [
    asked('GET /socket.io/?EIO=4&transport=polling', 'Connection: close', 'Origin: http://evil.example'),
    403,
    'forbidden',
  ],
  'what is no HTTP': ['hello\r\n\r\n', 400, 'malformed_request'],
  'the preface of HTTP/2': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'malformed_request'],
  'another version': ['GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n', 400, 'malformed_request'],
  'no Host': ['GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'malformed_request'],
  'headers without an end': [asked('GET /healthz', `X: ${'x'.repeat(20_000)}`), 431, 'headers_too_large'],
  'a path without an end': [asked(`GET /${'x'.repeat(20_000)}`), 431, 'headers_too_large'],
  'two lengths': [asked('POST /api/v1/session', 'Content-Length: 5', 'Content-Length: 6'), 400, 'malformed_request'],
  'a length and chunks': [
    `${asked('POST /api/v1/session', 'Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
    400,
    'malformed_request',
  ],
  'a negative length': [asked('POST /api/v1/session', 'Content-Length: -5'), 400, 'malformed_request'],
  'a length beyond numbers': [
    asked('POST /api/v1/session', `Content-Length: ${'9'.repeat(30)}`),
    400,
    'malformed_request',
  ],
  'an unknown coding': [asked('POST /api/v1/session', 'Transfer-Encoding: gzip'), 400, 'malformed_request'],
  'a path that cannot be decoded': [asked('GET /api/v1/runs/%E0%A4%A', 'Connection: close'), 400, 'malformed_request'],
  CONNECT: ['CONNECT example.com:80 HTTP/1.1\r\nHost: example.com\r\n\r\n', 405, 'method_not_allowed'],
  TRACE: [asked('TRACE /api/v1/runs', 'Connection: close'), 405, 'method_not_allowed'],
};

test.each(Object.entries(REFUSED))(
  'refused as everything else, and closed: %s',
  async (_what, [request, status, code]) => {
    const [head, body] = (await sent(request)).split('\r\n\r\n') as [string, string];
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    for (const header of [
      'content-type: application/problem\\+json',
      'x-content-type-options: nosniff',
      'content-security-policy: ',
      'x-frame-options: ',
      'referrer-policy: ',
      'cache-control: no-store',
    ])
      expect(head).toMatch(new RegExp(`\r\n${header}`, 'i'));
    expect(JSON.parse(body)).toMatchObject({ status, code, type: `urn:millrace:error:${code}`, errors: [] });
  },
);

test('no connection is left of any of them, and older clients and odd expectations are answered', async () => {
  deployed.api.server.closeIdleConnections();
  await waitFor(
    async () =>
      (await new Promise<number>((resolve) =>
        deployed.api.server.getConnections((_error, count) => resolve(count)),
      )) === 0,
    {
      what: 'the sockets to be closed',
    },
  );
  expect(await sent('GET /healthz HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  expect(await sent(asked('GET /healthz', 'Expect: the best', 'Connection: close'))).toMatch(/^HTTP\/1\.1 200 /);
});

test('a method that Engine.IO does not know is a 405, and its session goes on', async () => {
  const open = await (await fetch(`${deployed.url}/socket.io/?EIO=4&transport=polling`)).text();
  const { sid } = JSON.parse(open.slice(1)) as { sid: string };
  const { status, json, headers } = await deployed.call('PUT', `/socket.io/?EIO=4&transport=polling&sid=${sid}`, {
    body: '',
  });
  expect([status, json.code, headers.get('allow')]).toEqual([405, 'method_not_allowed', 'GET, POST']);
  const posted = await fetch(`${deployed.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`, {
    method: 'POST',
    body: '40/events,{}',
  });
  expect([posted.status, posted.headers.get('x-content-type-options')]).toEqual([200, 'nosniff']);
});

test('idle connections are kept as long as the configuration says', async () => {
  expect(deployed.api.server.keepAliveTimeout).toBe(75_000);
  expect((await deployed.get('/api/v1/runs')).headers.get('keep-alive')).toBe('timeout=75');
});

test('an Idempotency-Key whose run was pruned says which run it was', async () => {
  const worker = await deployed.worker();
  await worker.run(2);
  await waitFor(async () => (await deployed.store.pruneRuns({ count: 0, ageMs: 0 }, 100)) > 0, {
    what: 'the run to be pruned',
  });
  // No worker closes runs here.
  await deployed.deps.locks.release('chain' as PipelineName, id as RunId);
  const again = await deployed.post(
    '/api/v1/pipelines/chain/runs',
    { labels: { text: 'x'.repeat(60) } },
    { 'Idempotency-Key': 'pruned-later' },
  );
  expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 'true']);
  expect(again.json).toMatchObject({ run_id: id, pipeline: 'chain', pruned: true });
  expect(Date.now() - Date.parse(again.json.created_at)).toBeLessThan(600_000);
});

describe('below a base path', () => {
  let below: DeployedApi;
  beforeAll(async () => {
    below = await deployApi(inject('redisUrl'), { config: { basePath: '/tools/millrace' } });
    await below.register(CHAIN);
  });
  afterAll(() => below.end());
  const root = () => new URL(below.url).origin;
  const at = async (path: string, init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {}) =>
    fetch(`${root()}${path}`, { ...init, headers: { authorization: `Bearer ${TOKEN}`, ...init.headers } });

  test('a proxy may pass the path on or cut it off; other names that begin like it are not below it', async () => {
    expect(below.url).toMatch(/\/tools\/millrace$/);
    for (const path of ['', '/tools/millrace'])
      expect((await at(`${path}/api/v1/pipelines?limit=1`)).status, path).toBe(200);
    for (const path of ['/tools', '/tools/millracer', '/tools/millrace/tools/millrace', '/TOOLS/millrace'])
      expect((await at(`${path}/api/v1/pipelines`)).status, path).toBe(404);
    expect((await at('/tools/millrace?x=1')).status).toBe(200);
    expect(
      await sent('GET http://x/tools/millrace/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', [], below.url),
    ).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('what it answers with leads below it', async () => {
    const started = await at('/api/v1/pipelines/chain/runs', { method: 'POST' });
    expect([started.status, started.headers.get('location')]).toEqual([
      201,
      expect.stringMatching(/^\/tools\/millrace\/api\/v1\/runs\//),
    ]);
    expect((await at(started.headers.get('location')!)).status).toBe(200);
    expect(((await (await at('/openapi.json')).json()) as { servers?: unknown }).servers).toEqual([
      { url: '/tools/millrace' },
    ]);
    expect(await (await at('/admin/queues/')).text()).toContain('/tools/millrace/admin/queues/');
    expect(await (await at('/')).text()).toContain('href="/tools/millrace/openapi.json"');
    const session = await at('/tools/millrace/api/v1/session', {
      method: 'POST',
      body: JSON.stringify({ token: TOKEN }),
      headers: { 'content-type': 'application/json' },
    });
    expect(session.headers.get('set-cookie')).toMatch(/; Path=\/tools\/millrace\/;/);
  });

  test('the client follows runs there, by long polls and by a WebSocket', async () => {
    const polled = await at('/tools/millrace/socket.io/?EIO=4&transport=polling');
    expect([polled.status, (await polled.text()).slice(0, 1)]).toEqual([200, '0']);
    const socket = io(`${root()}/events`, {
      path: '/tools/millrace/socket.io',
      transports: ['websocket'],
      auth: { token: TOKEN },
      reconnection: false,
    });
    await new Promise<void>((resolve, reject) => socket.on('connect', resolve).on('connect_error', reject));
    socket.close();
    for (const path of ['', '/tools/millrace']) {
      const plain = new WebSocket(`${root().replace('http', 'ws')}${path}/ws/events`, ['bearer', TOKEN]);
      const [first] = (await once(plain, 'message')) as [Buffer];
      expect(JSON.parse(first.toString())).toMatchObject({ type: 'snapshot' });
      plain.close();
    }
    const client = createClient({ url: below.url, token: TOKEN });
    const live = connectLive({ url: below.url, token: TOKEN });
    try {
      const heard: string[] = [];
      live.followAll({ onEvent: ({ type }) => heard.push(type), onResync: () => {} });
      await waitFor(() => live.status() === 'live', { what: 'the socket to be live' });
      await client.cancel((await client.runs({ limit: 1 })).items[0]!.run_id);
      await waitFor(() => heard.includes('run.cancelled'), { what: 'the end of the run' });
    } finally {
      live.close();
    }
  });
});
