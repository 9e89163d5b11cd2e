/** The client's types match the API's responses: every response is parsed by the API's own schema. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiError, type Client, createClient, everyItem, UnreachableError } from '@millrace/client';
import * as wire from '@millrace/core/wire';
import { waitFor } from '@millrace/core/testing';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { CHAIN, type DeployedApi, deployApi, TOKEN } from '../api/deployed-api.ts';

let deployed: DeployedApi;
let api: Client;
let runId: string;
beforeAll(async () => {
  deployed = await deployApi(inject('redisUrl'));
  await deployed.register(CHAIN);
  api = createClient({ url: deployed.url, token: TOKEN });
  const worker = await deployed.worker();
  ({ run_id: runId } = await api.start('chain', { params: { source: 'stocks' } }));
  const claim = await worker.claim();
  await worker.log(claim, 'one', 'two', 'three');
  const { sha256, size } = await deployed.putArtifact(claim.runId, '<p>fine</p>');
  await worker.report(claim, [
    { type: 'stage.artifact', data: { id: 'a1', name: 'report.html', size, sha256, content_type: 'text/html' } },
  ]);
  await worker.succeed(claim, { rows: 7 });
  await worker.claim();
  await deployed.store.recordTick({
    scheduleId: await scheduleId(),
    instant: Date.UTC(2026, 0, 1),
    outcome: 'missed',
    reason: 'nobody was there',
  });
});
afterAll(() => deployed.end());

const page = (item: z.ZodObject) =>
  z.strictObject({ items: z.array(item.strict()).min(1), next_cursor: z.string().nullable() });
const scheduleId = async (): Promise<string> => (await api.schedules()).items[0]!.id;

test.each<[string, z.ZodType, () => Promise<unknown>]>([
  ['pipelines', page(wire.wirePipeline), () => api.pipelines()],
  ['pipeline', wire.wirePipeline.strict(), () => api.pipeline('chain')],
  ['graph', wire.wireGraph.strict(), () => api.graph('chain')],
  ['runs', page(wire.wireListedRun), () => api.runs({ pipeline: 'chain', limit: 1 })],
  ['runs with stages', page(wire.wireListedRun), () => api.runs({ pipeline: 'chain', limit: 1, stages: 'all' })],
  ['stages', wire.wireStagePage.strict(), () => api.stages(runId, { status: 'succeeded' })],
  ['run', wire.wireRun.strict(), () => api.run(runId)],
  ['events', page(wire.wireEvent), () => api.events(runId, { after_seq: 1 })],
  ['logs', page(wire.wireLogLine), () => api.logs(runId, { stage: 'translator' })],
  ['artifacts', page(wire.wireArtifact), () => api.artifacts(runId)],
  ['schedules', page(wire.wireSchedule), () => api.schedules()],
  ['schedule', wire.wireSchedule.strict(), async () => api.schedule(await scheduleId())],
  [
    'nextTicks',
    z.strictObject({ items: z.array(wire.wireInstant).length(3) }),
    async () => api.nextTicks(await scheduleId(), 3),
  ],
  ['ticks', page(wire.wireTick), async () => api.ticks(await scheduleId())],
  ['workers', page(wire.wireWorker), () => api.workers()],
  ['queues', page(wire.wireQueue), () => api.queues()],
  ['locks', page(wire.wireLock), () => api.locks()],
  ['health', wire.wireHealth.strict(), () => api.health()],
])('%s', async (_method, schema, ask) => {
  schema.parse(await ask());
});

test('start, repeat, plan, cancel, graph as text, bytes, pages', async () => {
  const other = CHAIN.replace('name: chain', 'name: other').replace('overlap: skip', 'overlap: allow');
  await deployed.register(other);
  const started = await api.start('other', { mode: 'quick', labels: { team: 'blue' } }, 'key-1');
  wire.wireStartedRun.strict().parse(started);
  expect(await api.start('other', { mode: 'quick', labels: { team: 'blue' } }, 'key-1')).toMatchObject({
    run_id: started.run_id,
  });
  expect(await api.plan('other', { stages: ['merger'] })).toEqual({
    dry_run: true,
    pipeline: 'other',
    version: started.version,
    mode: null,
    params: { source: 'sp500' },
    stages: ['merger'],
    overlap: 'allow',
  });
  expect(wire.wireRun.strict().parse(await api.cancel(started.run_id, { reason: 'enough' })).status).toMatch(
    /^cancell/,
  );
  expect(await api.graphText('chain', 'dot')).toContain('"translator" -> "analyzer"');
  expect(await api.graphText('chain', 'mermaid')).toContain('s_translator --> s_analyzer');
  const { items } = await api.artifacts(runId);
  expect(await (await api.artifactContent(runId, items[0]!.artifact_id)).text()).toBe('<p>fine</p>');
  const seqs: number[] = [];
  for await (const { seq } of everyItem((cursor) => api.events(runId, { limit: 1, cursor }))) seqs.push(seq);
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  expect(seqs.length).toBeGreaterThan(3);
});

test('streams: events to the end of the run, lines of a stage', async () => {
  const own = await deployApi(inject('redisUrl'));
  try {
    await own.register(CHAIN);
    const client = createClient({ url: own.url, token: TOKEN });
    const worker = await own.worker();
    const { run_id: id } = await client.start('chain', {});
    const seqs: number[] = [];
    const following = (async () => {
      for await (const event of client.followEvents(id, 1)) seqs.push(wire.wireEvent.strict().parse(event).seq);
    })();
    const claim = await worker.claim();
    await worker.log(claim, 'one', 'two');
    await worker.succeed(claim);
    await worker.run(2);
    await following;
    expect(seqs).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    const lines: string[] = [];
    for await (const { line } of client.followLines(id, { stage: 'translator' })) lines.push(line);
    expect(lines).toEqual(['one', 'two']);
    for await (const event of client.followEvents(id, 9)) expect(event).toBe('nothing comes after the end');
  } finally {
    await own.end();
  }
});

describe('refusals', () => {
  const refusal = async (asked: Promise<unknown>): Promise<unknown> =>
    asked.then(
      () => 'not refused',
      (error: unknown) => error,
    );

  test('say what the API said: status, code, paths, further facts', async () => {
    const wrong = await refusal(api.start('chain', { params: { rows: 'many' } }));
    expect(wrong).toBeInstanceOf(ApiError);
    expect(wrong).toMatchObject({
      status: 422,
      code: 'invalid_params',
      errors: [{ path: expect.stringContaining('rows') }],
      retryAfterMs: null,
    });
    expect(await refusal(api.start('chain', {}))).toMatchObject({
      status: 409,
      code: 'overlap',
      problem: { live_run_id: runId },
    });
    for (const rows of [Number.NaN, 2 ** 53 + 2, 1n])
      expect(await refusal(api.start('chain', { params: { rows: [rows] } }))).toMatchObject({
        name: 'TypeError',
        message: `params.rows.0: ${rows} cannot be kept exactly: send it as a text`,
      });
    expect(await refusal(api.run('nothing'))).toMatchObject({
      status: 404,
      code: 'unknown_run',
      message: expect.stringContaining('nothing'),
    });
    expect(await refusal(createClient({ url: deployed.url }).pipelines())).toMatchObject({
      status: 401,
      code: 'unauthenticated',
    });
    expect(await refusal(api.runs({ status: 'odd' }))).toMatchObject({ status: 422, code: 'invalid_request' });
    expect(await refusal(api.run('a\udfffb'))).toMatchObject({ status: 404, code: 'unknown_run' });
    expect(await refusal(api.followEvents('nothing').next())).toMatchObject({ status: 404, code: 'unknown_run' });
  });

  test('no server, another server, a response that breaks off, one that asks to wait', async () => {
    const answers: Record<string, (to: ServerResponse) => void> = {
      '/api/v1/pipelines': (to) => to.end('<h1>hello</h1>'),
      '/api/v1/workers': (to) => to.writeHead(200, { 'content-length': 100 }).write('{"items":', () => to.destroy()),
      '/api/v1/queues': (to) => to.writeHead(503, { 'retry-after': '2' }).end('busy'),
    };
    const other = createServer((request, to) => (answers[request.url!.split('?')[0]!] ?? (() => {}))(to)).listen(
      0,
      '127.0.0.1',
    );
    await once(other, 'listening');
    const client = createClient({ url: `http://127.0.0.1:${(other.address() as AddressInfo).port}` });
    for (const [asked, says] of [
      [client.pipelines(), 'not a Millrace API'],
      [client.workers(), 'broke off'],
    ] as const) {
      const error = await refusal(asked);
      expect(error).toBeInstanceOf(UnreachableError);
      expect(error).toMatchObject({ message: expect.stringContaining(says) });
    }
    expect(await refusal(client.queues())).toMatchObject({ status: 503, code: 'unreadable', retryAfterMs: 2_000 });
    const ending = new AbortController();
    const given = refusal(client.health(ending.signal));
    await waitFor(
      async () => (await new Promise<number>((resolve) => other.getConnections((_, count) => resolve(count)))) > 0,
      { what: 'the request' },
    );
    ending.abort();
    expect(await given).toMatchObject({ name: 'AbortError' });
    other.closeAllConnections();
    other.close();
    await once(other, 'close');
    const nobody = await refusal(client.pipelines());
    expect(nobody).toBeInstanceOf(UnreachableError);
    expect(nobody).toMatchObject({ message: expect.stringContaining('ECONNREFUSED') });
  });
});
