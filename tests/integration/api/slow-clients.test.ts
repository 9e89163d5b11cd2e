/**
 * Clients that send slowly, never end what they begin, or never read: each is sent away by a limit that is shortened
 * here.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { LIMITS } from '@millrace/core/domain';
import { waitFor } from '@millrace/core/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { CHAIN, type DeployedApi, deployApi, TOKEN } from './deployed-api.ts';

const MOST = 12;
let deployed: DeployedApi;
let runId: string;
const clients: Socket[] = [];
beforeAll(async () => {
  deployed = await deployApi(inject('redisUrl'), {
    connectionTimes: { headersMs: 200, requestMs: 400, stalledMs: 600 },
    config: { maxConnections: MOST },
  });
  await deployed.register(CHAIN);
  runId = (await deployed.post('/api/v1/pipelines/chain/runs')).json.run_id;
});
beforeEach(() => deployed.api.server.closeIdleConnections());
afterEach(async () => {
  for (const socket of clients.splice(0)) socket.destroy();
  // Those that `fetch` keeps.
  deployed.api.server.closeIdleConnections();
  await waitFor(async () => (await connections()) === 0, { what: 'the connections to be gone' });
});
afterAll(() => deployed.end());

const connections = () =>
  new Promise<number>((resolve) => deployed.api.server.getConnections((_error, count) => resolve(count)));
const client = async (): Promise<Socket> => {
  const socket = connect(Number(new URL(deployed.url).port), '127.0.0.1');
  clients.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
};
/** A reset is an end too. */
const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()));
const AS_ADMIN = `Host: 127.0.0.1\r\nAuthorization: Bearer ${TOKEN}\r\n`;
const POST = `POST /api/v1/pipelines/chain/runs HTTP/1.1\r\n${AS_ADMIN}Content-Type: application/json\r\n`;

/** What is sent at once, and what again and again after it. */
const SLOW: Readonly<Record<string, readonly [string, string]>> = {
  nothing: ['', ''],
  'a header, byte by byte': ['GET /healthz HTTP/1.1\r\nX: ', 'a'],
  'header after header': ['GET /healthz HTTP/1.1\r\n', 'a: b\r\n'],
  'a body that is announced': [`${POST}Content-Length: 100\r\n\r\n`, ''],
  'a body, byte by byte': [`${POST}Content-Length: 100000\r\n\r\n`, ' '],
  'chunks without an end': [`${POST}Transfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n'],
  'the extension of a chunk': [`${POST}Transfer-Encoding: chunked\r\n\r\n1;`, 'a'],
};

describe('a request that does not come to its end is a 408, and the connection closed', () => {
  test.each(Object.entries(SLOW))('%s', async (_what, [first, drip]) => {
    const socket = await client();
    let answer = '';
    socket.on('data', (bytes: Buffer) => (answer += bytes.toString()));
    if (first !== '') socket.write(first);
    const dripping = setInterval(() => drip !== '' && socket.writable && socket.write(drip), 20);
    await closed(socket).finally(() => clearInterval(dripping));
    expect(answer).toMatch(
      /^HTTP\/1\.1 408 .*x-content-type-options: nosniff.*content-type: application\/problem\+json.*"code":"request_timeout"/is,
    );
  });
});

test('a client that reads nothing of an artifact, or of an event stream, is sent away', async () => {
  const worker = await deployed.worker();
  const claim = await worker.claim();
  // More than the system keeps for a connection.
  const owner = { deployment: (await deployed.store.artifactUse(claim.runId)).deployment, runId: claim.runId };
  const stored = await deployed.artifacts.put(owner, Readable.from(Array<Buffer>(40).fill(Buffer.alloc(1024 * 1024))));
  await worker.report(claim, [
    { type: 'stage.artifact', data: { id: 'a', name: 'a.bin', content_type: 'application/octet-stream', ...stored } },
  ]);
  const stream = await client();
  stream.pause();
  stream.write(`GET /api/v1/runs/${runId}/events/stream HTTP/1.1\r\n${AS_ADMIN}\r\n`);
  for (let n = 0; n < 60; n++) await worker.log(claim, ...Array<string>(40).fill('x'.repeat(8_000)));
  await worker.succeed(claim);
  const download = await client();
  download.pause();
  download.write(`GET /api/v1/runs/${runId}/artifacts/a/content HTTP/1.1\r\n${AS_ADMIN}\r\n`);
  await waitFor(async () => (await connections()) === 0, { timeoutMs: 30_000, what: 'them to be sent away' });
});

test('requests that are sent without waiting for answers: beyond a few the connection is closed, and none of the others is answered', async () => {
  const socket = await client();
  let answered = '';
  socket.on('data', (bytes: Buffer) => (answered += bytes.toString()));
  socket.write(`GET /healthz HTTP/1.1\r\n${AS_ADMIN}\r\n`.repeat(5_000));
  await closed(socket);
  expect(answered.match(/HTTP\/1\.1 200/g)?.length ?? 0).toBeLessThanOrEqual(LIMITS.pipelined_requests);
});

test('connections are counted: one more than the limit is closed at once, and taken when another has gone', async () => {
  const open = await Promise.all(Array.from({ length: MOST }, () => client()));
  const refused = await client();
  await closed(refused);
  expect(await connections()).toBe(MOST);
  open[0]!.destroy();
  await waitFor(async () => (await connections()) < MOST, { what: 'a connection to be gone' });
  expect((await deployed.get('/healthz')).status).toBe(200);
});
