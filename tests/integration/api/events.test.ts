import { EVENT_TYPES } from '@millrace/core/domain';
import { startRedis, waitFor } from '@millrace/core/testing';
import { wireEvent, type WireEvent } from '@millrace/core/wire';
import { io } from 'socket.io-client';
import { beforeEach, describe, expect, inject, test } from 'vitest';
import { type Answered, CHAIN, type DeployedApi, deployApi, TOKEN } from './deployed-api.ts';

let deployed: DeployedApi;
beforeEach(async () => {
  deployed = await deployApi(inject('redisUrl'));
  await deployed.register(CHAIN);
  return () => deployed.end();
});

const start = async (api = deployed): Promise<string> => (await api.post('/api/v1/pipelines/chain/runs')).json.run_id;
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

/** A client of server-sent events, as small as one can be. `ended`: the server ended the stream. */
const openStream = async (url: string, headers: Record<string, string> = {}) => {
  const stop = new AbortController();
  const response = await fetch(url, { headers: { authorization: `Bearer ${TOKEN}`, ...headers }, signal: stop.signal });
  const got: { id: number; data: Answered }[] = [];
  let text = '';
  const ended = (async () => {
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        const id = /^id: (\d+)$/m.exec(block)?.[1];
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (id !== undefined && data !== undefined) got.push({ id: Number(id), data: JSON.parse(data) });
      }
    }
  })().catch((error: Error) => (error.name === 'AbortError' ? undefined : Promise.reject(error)));
  return { response, got, ended, seqs: () => got.map((item) => item.id), close: () => stop.abort() };
};

test('the log as pages: the envelope, in order, without a gap', async () => {
  const id = await start();
  const worker = await deployed.worker();
  const claim = await worker.claim();
  await worker.log(claim, 'one', 'two');
  await worker.succeed(claim);
  await worker.run(2);
  const seen: WireEvent[] = [];
  for (let cursor: string | null = '0'; cursor !== null; ) {
    const page: { items: WireEvent[]; next_cursor: string | null } = (
      await deployed.get(`/api/v1/runs/${id}/events?limit=3&cursor=${cursor}`)
    ).json;
    expect(page.items.length).toBeLessThanOrEqual(3);
    seen.push(...page.items);
    cursor = page.next_cursor;
  }
  expect(seen.map((event) => event.seq)).toEqual(range(1, seen.length));
  for (const event of seen) wireEvent.strict().parse(event);
  expect(seen.map((event) => event.type)).toEqual([
    'run.created',
    'stage.started',
    'stage.log',
    'stage.succeeded',
    'stage.started',
    'stage.succeeded',
    'stage.started',
    'stage.succeeded',
    'run.succeeded',
  ]);
  expect(seen[2]).toMatchObject({
    run_id: id,
    pipeline: 'chain',
    stage: 'translator',
    attempt: 1,
    event: 'log',
    msg: 'one\ntwo',
  });
  expect(seen.at(-1)).toMatchObject({ stage: 'pipeline', attempt: 0, event: EVENT_TYPES['run.succeeded'].kind });
  expect(
    (await deployed.get(`/api/v1/runs/${id}/events?after_seq=7`)).json.items.map((event: WireEvent) => event.seq),
  ).toEqual(range(8, 9));
});

describe('a part of the log', () => {
  /** Of 1,207 events: `translator` wrote 600 lines in as many events, and so did `analyzer`. */
  const LINES = 600;
  const talkative = async () => {
    const id = await start();
    const worker = await deployed.worker();
    for (let stage = 0; stage < 2; stage++) {
      const claim = await worker.claim();
      for (let line = 0; line < LINES; line++) await worker.log(claim, `line ${line}`);
      await worker.succeed(claim);
    }
    const read = async (query: string): Promise<{ items: WireEvent[]; next_cursor: string | null }> => {
      const { status, json } = await deployed.get(`/api/v1/runs/${id}/events?${query}`);
      expect(status, json.detail).toBe(200);
      return json;
    };
    return { id, read };
  };
  const facts = ({ items }: { items: readonly WireEvent[] }) =>
    items.map(({ seq, stage, type }) => `${seq} ${stage} ${type}`);

  test('the last events, and those of some types or of one stage, however many others there are', async () => {
    const { id, read } = await talkative();
    expect(facts(await read('tail=2'))).toEqual([
      `${2 * LINES + 4} analyzer stage.log`,
      `${2 * LINES + 5} analyzer stage.succeeded`,
    ]);
    const started = [`2 translator stage.started`, `${LINES + 4} analyzer stage.started`];
    expect(facts(await read('type=stage.started'))).toEqual(started);
    expect(facts(await read('type=stage.started&tail=50'))).toEqual(started);
    expect(facts(await read('type=stage.started&tail=1'))).toEqual(started.slice(1));
    expect(facts(await read('type=run.created,stage.succeeded&stage=translator'))).toEqual([
      `${LINES + 3} translator stage.succeeded`,
    ]);
    expect(facts(await read('stage=pipeline'))).toEqual(['1 pipeline run.created']);
    expect(await read('type=run.failed')).toEqual({ items: [], next_cursor: null });
    expect(await read('type=run.failed&tail=1')).toEqual({ items: [], next_cursor: null });
    expect((await deployed.get(`/api/v1/runs/${id}/events?stage=analyser`)).json).toMatchObject({
      status: 404,
      code: 'unknown_stage',
    });
  });

  test('page by page every one of them once', async () => {
    const { read } = await talkative();
    const seen: number[] = [];
    for (let cursor: string | null = '0'; cursor !== null; ) {
      const page = await read(`type=stage.log&stage=analyzer&limit=7&cursor=${cursor}`);
      expect(page.items.length).toBeLessThanOrEqual(7);
      seen.push(...page.items.map(({ seq }) => seq));
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(range(LINES + 5, 2 * LINES + 4));
  });
});

describe('the live stream', () => {
  test('replays, goes on live, and ends with the run', async () => {
    const id = await start();
    const worker = await deployed.worker();
    await worker.run(1);
    const stream = await openStream(`${deployed.url}/api/v1/runs/${id}/events/stream`);
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream');
    await waitFor(() => stream.got.length === 3, { what: 'the replay' });
    await worker.run(2);
    await stream.ended;
    expect(stream.seqs()).toEqual(range(1, 8));
    expect(stream.got.at(-1)!.data).toMatchObject({ seq: 8, type: 'run.succeeded' });
  });

  test('goes on after Last-Event-ID; of a run that has ended it ends at once', async () => {
    const id = await start();
    await (await deployed.worker()).run(3);
    const url = `${deployed.url}/api/v1/runs/${id}/events/stream`;
    const cases: [Record<string, string>, string, number[]][] = [
      [{ 'last-event-id': '5' }, '', range(6, 8)],
      [{}, '?after_seq=7', [8]],
      [{ 'last-event-id': '6' }, '?after_seq=2', range(7, 8)],
      [{ 'last-event-id': '8' }, '', []],
    ];
    for (const [headers, query, seqs] of cases) {
      const stream = await openStream(url + query, headers);
      await stream.ended;
      expect(stream.seqs()).toEqual(seqs);
    }
    expect(
      (await deployed.get(`/api/v1/runs/${id}/events/stream`, { headers: { 'last-event-id': 'x' } })).json,
    ).toMatchObject({
      status: 400,
      code: 'malformed_request',
    });
  });

  test('a thousand events while it is read: each once, in order', async () => {
    const id = await start();
    const worker = await deployed.worker();
    const claim = await worker.claim();
    const stream = await openStream(`${deployed.url}/api/v1/runs/${id}/events/stream`);
    for (let n = 0; n < 100; n++)
      await worker.report(
        claim,
        range(1, 10).map((line) => ({ type: 'stage.progress', data: { n, line } })),
      );
    await worker.succeed(claim);
    await worker.run(2);
    await stream.ended;
    expect(stream.seqs()).toEqual(range(1, 1_008));
  });

  test('through a Redis that is killed and comes back, the client ends with every event', async () => {
    const redis = await startRedis();
    const own = await deployApi(redis.url);
    try {
      await own.register(CHAIN);
      const id = await start(own);
      const worker = await own.worker();
      await worker.run(1);
      const stream = await openStream(`${own.url}/api/v1/runs/${id}/events/stream`);
      await waitFor(() => stream.got.length === 3, { what: 'the replay' });
      await redis.kill9();
      expect((await own.get(`/api/v1/runs/${id}`)).json).toMatchObject({ status: 503, code: 'store_unavailable' });
      expect((await own.get('/readyz')).status).toBe(503);
      expect((await own.get('/healthz')).status).toBe(200);
      expect((await own.post('/api/v1/pipelines/chain/runs')).headers.get('retry-after')).toBe('2');
      await redis.restart();
      await waitFor(async () => (await own.get('/readyz')).status === 200, { what: 'the API to be ready again' });
      await worker.run(2);
      await stream.ended;
      expect(stream.seqs()).toEqual(range(1, 8));
    } finally {
      await own.end();
      await redis.stop();
    }
  });

  test('stopping the API ends streams that are open', async () => {
    const own = await deployApi(inject('redisUrl'));
    await own.register(CHAIN);
    const stream = await openStream(`${own.url}/api/v1/runs/${await start(own)}/events/stream`);
    await waitFor(() => stream.got.length === 1, { what: 'the replay' });
    await own.end();
    await stream.ended;
  });
});

describe('logs', () => {
  test('lines by stage and attempt, as pages, as a tail, and live', async () => {
    const id = await start();
    const worker = await deployed.worker();
    const first = await worker.claim();
    await worker.log(first, 'a1', 'a2');
    await worker.log(first, 'a3');
    await worker.succeed(first);
    const second = await worker.claim();
    await worker.log(second, 'b1');
    const stream = await openStream(`${deployed.url}/api/v1/runs/${id}/logs/stream?stage=analyzer`);
    await waitFor(() => stream.got.length === 1, { what: 'the first line' });
    await worker.log(second, 'b2', 'b3');
    await worker.succeed(second);
    await worker.run(1);
    await stream.ended;
    expect(stream.got.map((item) => item.data.line)).toEqual(['b1', 'b2', 'b3']);

    const lines = async (query: string) => (await deployed.get(`/api/v1/runs/${id}/logs${query}`)).json;
    const all = await lines('');
    expect(all.items.map((line: { stage: string; line: string }) => `${line.stage} ${line.line}`)).toEqual([
      'translator a1',
      'translator a2',
      'translator a3',
      'analyzer b1',
      'analyzer b2',
      'analyzer b3',
    ]);
    expect(all.items[0]).toMatchObject({ attempt: 1, stream: 'stdout' });
    expect((await lines('?tail=2')).items.map((line: { line: string }) => line.line)).toEqual(['b2', 'b3']);
    expect(await lines('?tail=2&cursor=1')).toMatchObject({ status: 422, errors: [{ path: 'query.tail' }] });
    expect((await lines('?stage=translator&tail=1')).items.map((line: { line: string }) => line.line)).toEqual(['a3']);
    expect((await lines('?attempt=2')).items).toEqual([]);
    const page = await lines('?limit=1');
    expect(page.items.map((line: { line: string }) => line.line)).toEqual(['a1', 'a2']);
    expect(
      (await lines(`?limit=1&cursor=${page.next_cursor}`)).items.map((line: { line: string }) => line.line),
    ).toEqual(['a3']);
    expect(await lines('?stage=other')).toMatchObject({ status: 404, code: 'unknown_stage' });
  });
});

describe('streams are limited, and end with their clients', () => {
  const LIMITS = { maxStreams: 5, maxStreamsPerClient: 4 };
  let own: DeployedApi;
  beforeEach(async () => {
    own = await deployApi(inject('redisUrl'), { config: LIMITS });
    await own.register(CHAIN);
    return () => own.end();
  });

  const open = async (id: string, headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` }) => {
    const leaving = new AbortController();
    const response = await fetch(`${own.url}/api/v1/runs/${id}/events/stream`, { headers, signal: leaving.signal });
    return { status: response.status, json: response.ok ? null : await response.json(), leave: () => leaving.abort() };
  };
  const counted = async (): Promise<string> =>
    /^millrace_streams (\d+)$/m.exec((await own.get('/metrics')).text)?.[1] ?? '';

  test('so many of one client, so many in all; sockets and the runs that they follow count', async () => {
    const id = (await own.post('/api/v1/pipelines/chain/runs')).json.run_id as string;
    const streams = [await open(id), await open(id)];
    const socket = io(`${own.url}/events`, { auth: { token: TOKEN }, transports: ['websocket'], reconnection: false });
    const refused = io(`${own.url}/events`, {
      auth: { token: TOKEN },
      transports: ['websocket'],
      reconnection: false,
      autoConnect: false,
      forceNew: true,
    });
    try {
      const follow = (): Promise<unknown> => socket.timeout(5_000).emitWithAck('subscribe', { run_id: id });
      expect(await follow()).toMatchObject({ ok: true });
      expect(await open(id)).toMatchObject({
        status: 429,
        json: { code: 'rate_limited', detail: expect.stringContaining('MILLRACE_MAX_STREAMS_PER_CLIENT') },
      });
      // Anew of the same run it is one more for a moment, and there is none left.
      expect(await follow()).toMatchObject({ ok: false, error: { code: 'rate_limited' } });
      const refusal = new Promise<Error & { data?: unknown }>((resolve) => refused.once('connect_error', resolve));
      refused.connect();
      expect((await refusal).data).toMatchObject({ code: 'rate_limited' });
      // A session is another client.
      const signedIn = await own.call('POST', '/api/v1/session', { body: { token: TOKEN }, token: null });
      const cookie = { cookie: signedIn.headers.get('set-cookie')!.split(';')[0]! };
      streams.push(await open(id, cookie));
      expect(streams.map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(await open(id, cookie)).toMatchObject({
        status: 503,
        json: { code: 'overloaded', detail: expect.stringContaining('MILLRACE_MAX_STREAMS') },
      });
      expect(await counted()).toBe('5');
    } finally {
      for (const stream of streams) stream.leave();
      socket.disconnect();
      refused.disconnect();
    }
    await waitFor(async () => (await counted()) === '0', { what: 'all to have ended with their clients' });
    const again = await open(id);
    expect(again.status).toBe(200);
    again.leave();
  });

  test('one that is refused for another reason takes no place', async () => {
    for (let n = 0; n < 6; n++) expect((await open('0190a0a0-0000-7000-8000-000000000001')).status).toBe(404);
    await waitFor(async () => (await counted()) === '0', { what: 'the refused ones to have ended' });
  });
});
