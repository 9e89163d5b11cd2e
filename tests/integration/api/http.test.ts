import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import type { PipelineName, RunId } from '@millrace/core/domain';
import { waitFor } from '@millrace/core/testing';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { CHAIN, type DeployedApi, deployApi, TOKEN } from './deployed-api.ts';

let deployed: DeployedApi;
let id: string;
beforeAll(async () => {
  deployed = await deployApi(inject('redisUrl'));
  await deployed.register(CHAIN);
  id = (await deployed.post('/api/v1/pipelines/chain/runs', { labels: { text: 'x'.repeat(60) } }, { 'Idempotency-Key': 'pruned-later' })).json.run_id;
});
afterAll(() => deployed.end());

/** What the server sends on a connection of our own until it closes it. */
const raw = async (head: readonly string[], body: readonly Buffer[] = []): Promise<string> => {
  const socket = connect(Number(new URL(deployed.url).port), '127.0.0.1');
  let answer = '';
  socket.on('data', (bytes: Buffer) => (answer += bytes.toString()));
  const closed = once(socket, 'close');
  socket.write(`${[...head, 'Host: x', `Authorization: Bearer ${TOKEN}`].join('\r\n')}\r\n\r\n`);
  for (const bytes of body) if (!socket.write(bytes)) await once(socket, 'drain');
  await closed;
  return answer;
};

test('HEAD of a stream ends with the headers of the stream', async () => {
  for (const kind of ['events', 'logs']) {
    const head = await deployed.call('HEAD', `/api/v1/runs/${id}/${kind}/stream`);
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  }
});

test('an artifact: HEAD knows no ranges, and bytes that the client has are not sent again', async () => {
  const worker = await deployed.worker();
  const claim = await worker.claim();
  const stored = await deployed.artifacts.put(Readable.from([Buffer.from('0123456789')]));
  await worker.report(claim, [{ type: 'stage.artifact', data: { id: 'a', name: 'a.txt', content_type: 'text/plain', ...stored } }]);
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
  const head = ['POST /api/v1/pipelines/chain/runs HTTP/1.1', 'Content-Type: application/json', 'Connection: close'];
  expect(await raw([...head, `Content-Length: ${mb.length * 8}`], Array<Buffer>(8).fill(mb))).toMatch(/^HTTP\/1.1 413 .*"code":"too_large"/s);
});

test('only the live socket may upgrade; any other attempt is answered and closed', async () => {
  for (const [path, upgrade] of [
    ['/api/v1/runs', 'h2c'],
    ['/api/v1/runs', 'websocket'],
    ['/socket.io/', 'h2c'],
    ['/socket.io', 'websocket'],
  ])
    expect(await raw([`GET ${path} HTTP/1.1`, 'Connection: Upgrade, HTTP2-Settings', `Upgrade: ${upgrade}`]), path).toMatch(/^HTTP\/1.1 400 /);
  await waitFor(async () => (await new Promise<number>((resolve) => deployed.api.server.getConnections((_error, count) => resolve(count)))) <= 4, {
    what: 'the sockets to be closed',
  });
});

test('idle connections are kept as long as the configuration says', async () => {
  expect(deployed.api.server.keepAliveTimeout).toBe(75_000);
  expect((await deployed.get('/api/v1/runs')).headers.get('keep-alive')).toBe('timeout=75');
});

test('an Idempotency-Key whose run was pruned says which run it was', async () => {
  const worker = await deployed.worker();
  await worker.run(2);
  await waitFor(async () => (await deployed.store.pruneRuns({ count: 0, ageMs: 0 }, 100)) > 0, { what: 'the run to be pruned' });
  // No worker closes runs here.
  await deployed.deps.locks.release('chain' as PipelineName, id as RunId);
  const again = await deployed.post('/api/v1/pipelines/chain/runs', { labels: { text: 'x'.repeat(60) } }, { 'Idempotency-Key': 'pruned-later' });
  expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 'true']);
  expect(again.json).toMatchObject({ run_id: id, pipeline: 'chain', pruned: true });
  expect(Date.now() - Date.parse(again.json.created_at)).toBeLessThan(600_000);
});
