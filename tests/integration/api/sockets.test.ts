import { createRequire } from 'node:module';
import { startRedis, waitFor } from '@millrace/core/testing';
import { wireEvent, type WireEvent } from '@millrace/core/wire';
import { io, type Socket } from 'socket.io-client';
import { beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest';
import { type Answered, CHAIN, type DeployedApi, deployApi, TOKEN } from './deployed-api.ts';

let deployed: DeployedApi;
const sockets: Socket[] = [];
beforeEach(async () => {
  deployed = await deployApi(inject('redisUrl'));
  await deployed.register(CHAIN);
  return async () => {
    for (const socket of sockets.splice(0)) socket.disconnect();
    await deployed.end();
  };
});

const start = async (api = deployed): Promise<string> => (await api.post('/api/v1/pipelines/chain/runs')).json.run_id;
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

const client = async (api = deployed, options: Record<string, unknown> = {}) => {
  const socket = io(`${api.url}/events`, {
    auth: { token: TOKEN },
    transports: ['websocket'],
    reconnectionDelay: 50,
    ...options,
  });
  sockets.push(socket);
  const events: WireEvent[] = [];
  const beats: { run_id: string; last_seq: number }[] = [];
  const snapshots: Answered[] = [];
  socket.on('event', (event: WireEvent) => events.push(event));
  const batches: (readonly WireEvent[])[] = [];
  socket.on('events', (some: readonly WireEvent[]) => void (batches.push(some), events.push(...some)));
  socket.on('heartbeat', (beat) => beats.push(beat));
  socket.on('snapshot', (snapshot) => snapshots.push(snapshot));
  return {
    socket,
    events,
    batches,
    beats,
    snapshots,
    ask: (verb: string, ...payload: unknown[]): Promise<Answered> =>
      socket.timeout(5_000).emitWithAck(verb, ...payload),
    seqs: (runId?: string) =>
      events.filter((event) => runId === undefined || event.run_id === runId).map((event) => event.seq),
  };
};

test('on connect it gets a snapshot: status, events, metrics', async () => {
  const id = await start();
  const { snapshots } = await client();
  await waitFor(() => snapshots.length === 1, { what: 'the snapshot' });
  expect(snapshots[0]).toMatchObject({
    status: { chain: { state: 'starting', stage: 'translator', run_id: id } },
    metrics: { waiting: 1, workers: 0 },
  });
  expect(snapshots[0].events.map((event: WireEvent) => event.type)).toEqual(['run.created']);
});

test('with run_id and after_seq: exactly the events after it, in order, once, then the live ones', async () => {
  const id = await start();
  const worker = await deployed.worker();
  await worker.run(1);
  const { ask, events, seqs } = await client();
  const answer = await ask('subscribe', { run_id: id, after_seq: 1 });
  expect(answer).toMatchObject({ ok: true, snapshot: { status: { run_id: id, status: 'running' }, events: [] } });
  await worker.run(2);
  await waitFor(() => events.some((event) => event.type === 'run.succeeded'), { what: 'the end of the run' });
  expect(seqs()).toEqual(range(2, 8));
  for (const event of events) wireEvent.strict().parse(event);
});

test('a socket that follows everything and the run gets each event once; without after_seq the snapshot holds the past', async () => {
  const id = await start();
  const worker = await deployed.worker();
  const { ask, events, seqs } = await client();
  expect(await ask('subscribe')).toMatchObject({ ok: true });
  expect(await ask('subscribe', { pipeline: 'chain' })).toMatchObject({
    ok: true,
    snapshot: { status: { state: 'starting', run_id: id } },
  });
  const answer = await ask('subscribe', { run_id: id });
  expect(answer.snapshot.events.map((event: WireEvent) => event.seq)).toEqual([1]);
  await worker.run(3);
  await waitFor(() => events.some((event) => event.type === 'run.succeeded'), { what: 'the end of the run' });
  const next = await start();
  await waitFor(() => events.some((event) => event.run_id === next), { what: 'the next run' });
  expect(seqs(id)).toEqual(range(2, 8));
  expect(seqs(next)).toEqual(range(1, seqs(next).length));
});

test('unsubscribe ends it', async () => {
  const id = await start();
  const worker = await deployed.worker();
  const [gone, stays] = [await client(), await client()];
  for (const one of [gone, stays]) await one.ask('subscribe', { run_id: id, after_seq: 0 });
  await waitFor(() => gone.events.length === 1 && stays.events.length === 1, { what: 'the first event' });
  expect(await gone.ask('unsubscribe', { run_id: id })).toMatchObject({ ok: true });
  await worker.run(3);
  await waitFor(() => stays.events.length === 8, { what: 'all events at the one that stays' });
  await gone.ask('unsubscribe', {});
  expect(gone.seqs()).toEqual([1]);
});

test('a thousand events while it joins: each once, in order, for each of five', async () => {
  const id = await start();
  const worker = await deployed.worker();
  const claim = await worker.claim();
  const clients = await Promise.all(range(1, 5).map(() => client()));
  const writing = (async () => {
    for (let n = 0; n < 100; n++)
      await worker.report(
        claim,
        range(1, 10).map((line) => ({ type: 'stage.progress', data: { n, line } })),
      );
    await worker.succeed(claim);
    await worker.run(2);
  })();
  for (const [n, one] of clients.entries()) await one.ask('subscribe', { run_id: id, after_seq: n });
  await writing;
  await waitFor(() => clients.every((one) => one.events.at(-1)?.type === 'run.succeeded'), {
    what: 'the end at all five',
  });
  for (const [n, one] of clients.entries()) expect(one.seqs()).toEqual(range(n + 1, 1_008));
});

test('through a Redis that is killed, and a connection that is cut, the client ends with every event', async () => {
  const redis = await startRedis();
  const own = await deployApi(redis.url);
  try {
    await own.register(CHAIN);
    const id = await start(own);
    const worker = await own.worker();
    const [steady, cut, all] = [await client(own), await client(own), await client(own)];
    await steady.ask('subscribe', { run_id: id, after_seq: 0 });
    await all.ask('subscribe');
    // While Redis is down the answer says so, and the client retries.
    const subscribe = async (): Promise<void> => {
      const answer = await cut.ask('subscribe', { run_id: id, after_seq: cut.seqs().at(-1) ?? 0 });
      if (!answer.ok) await subscribe();
    };
    cut.socket.on('connect', () => void subscribe());
    await waitFor(() => cut.socket.connected, { what: 'a connection' });
    await worker.run(1);
    await waitFor(() => steady.events.length >= 3, { what: 'the first events' });
    await redis.kill9();
    cut.socket.io.engine.close();
    await redis.restart();
    await waitFor(async () => (await own.get('/readyz')).status === 200, { what: 'the API to be ready again' });
    await worker.run(2);
    for (const one of [steady, cut]) {
      await waitFor(() => one.events.at(-1)?.type === 'run.succeeded', { what: 'the end of the run' });
      expect(one.seqs()).toEqual(range(1, 8));
    }
    await waitFor(() => all.events.at(-1)?.type === 'run.succeeded', {
      what: 'the end of the run, at who follows everything',
    });
    expect(all.seqs()).toEqual(range(2, 8));
  } finally {
    for (const socket of sockets.splice(0)) socket.disconnect();
    await own.end();
    await redis.stop();
  }
});

describe('without permission', () => {
  const refusal = (socket: Socket) =>
    new Promise<Error & { data?: unknown }>((resolve) => socket.once('connect_error', resolve));

  test.each([
    ['no token', {}],
    ['a wrong token', { token: 'wrong' }],
    ['a token that is no text', { token: { $gt: '' } }],
  ])('%s', async (_what, auth) => {
    const { socket } = await client(deployed, { auth, reconnection: false });
    expect(await refusal(socket)).toMatchObject({ message: 'unauthenticated', data: { code: 'unauthenticated' } });
  });

  test('a page of another origin is refused at the upgrade; one of this host is not', async () => {
    for (const transports of [['websocket'], ['polling']]) {
      const { socket } = await client(deployed, {
        transports,
        extraHeaders: { origin: 'https://evil.example' },
        reconnection: false,
      });
      expect(await refusal(socket)).toBeInstanceOf(Error);
      expect(socket.connected).toBe(false);
    }
    const own = await client(deployed, { extraHeaders: { origin: deployed.url } });
    await waitFor(() => own.socket.connected, { what: 'a connection from our own page' });
  });

  test('the default namespace', async () => {
    const socket = io(deployed.url, {
      auth: { token: TOKEN },
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
    });
    sockets.push(socket);
    expect((await refusal(socket)).message).toMatch(/\/events/);
  });
});

describe('bad messages', () => {
  test.each<[what: string, payload: unknown, code: string, says: RegExp]>([
    ['a text', 'everything', 'invalid_request', /object/],
    ['a list', [], 'invalid_request', /object/],
    ['an unknown field', { runid: 'x' }, 'invalid_request', /did you mean "run_id"/],
    ['a run id that is none', { run_id: 'x' }, 'unknown_run', /no run/],
    ['a run id that is a number', { run_id: 7 }, 'invalid_request', /run_id/],
    ['an unknown pipeline', { pipeline: 'chian' }, 'unknown_pipeline', /did you mean "chain"/],
    [
      'a seq beyond a double',
      { run_id: 'x', after_seq: 2 ** 53 + 2 },
      'invalid_request',
      /after_seq: 9007199254740994 cannot be kept exactly/,
    ],
    [
      'endless nesting',
      { run_id: JSON.parse('['.repeat(200) + ']'.repeat(200)) as unknown },
      'invalid_request',
      /100 levels/,
    ],
    ['a negative seq', { run_id: 'x', after_seq: -1 }, 'invalid_request', /after_seq/],
    ['a seq without a run', { after_seq: 1 }, 'invalid_request', /run_id/],
    ['a pipeline and a run', { pipeline: 'chain', run_id: 'x' }, 'invalid_request', /either/],
    ['__proto__', JSON.parse('{"__proto__": {"run_id": "x"}, "constructor": 1}'), 'invalid_request', /no such field/],
  ])('%s', async (_what, payload, code, says) => {
    const { ask, socket } = await client();
    const answer = await ask('subscribe', payload);
    expect(answer).toMatchObject({ ok: false, error: { code } });
    expect(JSON.stringify(answer.error).replaceAll('\\"', '"')).toMatch(says);
    expect(socket.connected).toBe(true);
  });

  test.each([[7], [0.5], [-1], ['constructor']])(
    'an event named %j is refused, in words and in bytes',
    async (name) => {
      const { ask } = await client();
      for (const payload of [{}, Buffer.from('x'), [[]]])
        expect(await ask(name as string, payload)).toMatchObject({
          ok: false,
          error: { message: expect.stringContaining(`no event "${name}"`) },
        });
      expect(await ask('subscribe', {})).toMatchObject({ ok: true });
    },
  );

  test('more of them than anybody asks at a time: it is sent away, the others are not', async () => {
    const flood = await client();
    const other = await client();
    await waitFor(() => flood.socket.connected && other.socket.connected, { what: 'connections' });
    const reasons: unknown[] = [];
    flood.socket.on('closing', (reason) => reasons.push(reason));
    for (let n = 0; n < 300; n++) flood.socket.emit('subscribe', {});
    await waitFor(() => !flood.socket.connected, { what: 'the flood to be sent away' });
    expect(reasons).toMatchObject([{ code: 'rate_limited', message: expect.stringContaining('200 messages') }]);
    expect(await other.ask('subscribe', {})).toMatchObject({ ok: true });
  });

  test('without an acknowledgement, of an unknown name, with too many arguments: nothing breaks, and then it is enough', async () => {
    const bad = await client();
    const other = await client();
    await waitFor(() => bad.socket.connected && other.socket.connected, { what: 'connections' });
    bad.socket.emit('subscribe');
    bad.socket.emit('subscribe', null, 1, 2, 3);
    bad.socket.emit('subscribe', { run_id: 'x' });
    expect(await bad.ask('toString', {})).toMatchObject({ ok: false });
    expect(await bad.ask('subscribe', {})).toMatchObject({ ok: true });
    for (let n = 0; n < 20; n++) bad.socket.emit('subscribe', { nonsense: n });
    await waitFor(() => !bad.socket.connected, { what: 'the one that went on to be sent away' });
    expect(await other.ask('subscribe', {})).toMatchObject({ ok: true });
    expect((await deployed.get('/healthz')).status).toBe(200);
  });
});

describe('a client that takes nothing for a while', () => {
  /** The socket below socket.io-client: paused, the kernel's buffers fill up and the server's writes wait. */
  const below = (socket: Socket) =>
    (socket.io.engine.transport as unknown as { ws: { _socket: { pause(): void; resume(): void } } }).ws._socket;
  const BIG = 'x'.repeat(12_000);
  const EVENTS = 2_000;

  const flood = async () => {
    const id = await start();
    const worker = await deployed.worker();
    const claim = await worker.claim();
    return {
      id,
      write: async () => {
        for (let n = 0; n < EVENTS; n += 20)
          await worker.report(
            claim,
            range(1, 20).map(() => ({ type: 'stage.progress', data: { BIG } })),
          );
      },
      end: async () => {
        await worker.succeed(claim);
        await worker.run(2);
      },
    };
  };

  test('and follows a run: it delays no one, and ends with every event', async () => {
    const { id, write, end } = await flood();
    const [slow, quick] = [await client(), await client()];
    for (const one of [slow, quick]) await one.ask('subscribe', { run_id: id, after_seq: 0 });
    below(slow.socket).pause();
    await write();
    await end();
    await waitFor(() => quick.events.at(-1)?.type === 'run.succeeded', {
      what: 'the end at the quick one',
      timeoutMs: 30_000,
    });
    expect(slow.events.length).toBeLessThan(EVENTS);
    below(slow.socket).resume();
    await waitFor(() => slow.events.at(-1)?.type === 'run.succeeded', {
      what: 'the end at the slow one',
      timeoutMs: 30_000,
    });
    for (const one of [slow, quick]) expect(one.seqs()).toEqual(range(1, EVENTS + 8));
  });

  test('and follows a run in batches: sent back to its own replay, it misses nothing and rejoins the others', async () => {
    const { id, write, end } = await flood();
    const [slow, quick] = await Promise.all(
      [1, 2].map(() => client(deployed, { auth: { token: TOKEN, batches: true } })),
    );
    for (const one of [slow!, quick!]) await one.ask('subscribe', { run_id: id, after_seq: 0 });
    below(slow!.socket).pause();
    await write();
    await waitFor(() => quick!.events.length >= EVENTS, { what: 'the events at the quick one', timeoutMs: 30_000 });
    expect(slow!.events.length).toBeLessThan(EVENTS);
    below(slow!.socket).resume();
    await waitFor(() => slow!.events.length === quick!.events.length, {
      what: 'the events at the slow one',
      timeoutMs: 30_000,
    });
    await end();
    for (const one of [slow!, quick!])
      await waitFor(() => one.events.at(-1)?.type === 'run.succeeded', { what: 'the end' });
    for (const one of [slow!, quick!]) expect(one.seqs()).toEqual(range(1, EVENTS + 8));
  });

  test('and follows everything: it is sent away before it fills the memory', async () => {
    const { write, end } = await flood();
    const slow = await client(deployed, { reconnection: false });
    await slow.ask('subscribe');
    below(slow.socket).pause();
    for (let round = 0; round < 2; round++) await write();
    await end();
    await waitFor(async () => (await deployed.get('/metrics')).text.includes('millrace_socket_clients 0\n'), {
      what: 'the server to send it away',
      timeoutMs: 30_000,
    });
  });
});

interface Parser {
  readonly Encoder: { prototype: { encode(packet: { readonly type: number; readonly data?: unknown }): unknown } };
  readonly PacketType: { readonly EVENT: number };
}
/** The copy that the server encodes with. */
const parserOfServer = (): Parser =>
  createRequire(createRequire(import.meta.url).resolve('socket.io'))('socket.io-parser') as Parser;

describe('packets', () => {
  /** Those that the server encodes, by their event. */
  const encoded = (): Record<string, number> => {
    const counts: Record<string, number> = {};
    const { Encoder, PacketType } = parserOfServer();
    const encode = Encoder.prototype.encode;
    Encoder.prototype.encode = function (packet) {
      const [name] = (packet.data ?? []) as readonly string[];
      if (packet.type === PacketType.EVENT && name?.startsWith('event')) counts[name] = (counts[name] ?? 0) + 1;
      return encode.call(this, packet);
    };
    onTestFinished(() => void (Encoder.prototype.encode = encode));
    return counts;
  };

  test('one of a message of the feed for all who hear it in batches, and one an event for all who do not', async () => {
    const id = await start();
    const worker = await deployed.worker();
    const claim = await worker.claim();
    const asked = [{ run_id: id, after_seq: 2 }, { run_id: id, after_seq: 2 }, { pipeline: 'chain' }, {}];
    const heard = await Promise.all(
      [true, false].flatMap((batches) =>
        asked.map(async (what) => ({ what, one: await client(deployed, { auth: { token: TOKEN, batches } }) })),
      ),
    );
    for (const { what, one } of heard) expect(await one.ask('subscribe', what)).toMatchObject({ ok: true });
    const counts = encoded();
    await worker.report(
      claim,
      range(1, 10).map((n) => ({ type: 'stage.progress', data: { n } })),
    );
    await waitFor(() => heard.every(({ one }) => one.events.length >= 10), { what: 'the events at all of them' });
    // To those who follow the run, and to those who follow more: a room of sockets each.
    expect(counts).toEqual({ events: 2, event: 20 });
    expect(heard[0]!.one.batches.map((batch) => batch.map(({ seq }) => seq))).toEqual([range(3, 12)]);
    for (const { one } of heard) expect(one.seqs(id)).toEqual(range(3, 12));
  });
});

test('heartbeats say how far each subscribed run is', async () => {
  const id = await start();
  const one = await client();
  await one.ask('subscribe', { run_id: id, after_seq: 0 });
  await deployed.redis.publish(deployed.keys.feed, `beat ${id} 1`);
  await waitFor(() => one.beats.length === 1, { what: 'a heartbeat' });
  expect(one.beats).toEqual([{ run_id: id, last_seq: 1 }]);
});
