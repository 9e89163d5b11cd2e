import { createApi } from '@millrace/api';
import { connectLive, type Live, type LiveStatus, type Refusal } from '@millrace/client';
import { startRedis, waitFor } from '@millrace/core/testing';
import { type WireEvent, wireEvent } from '@millrace/core/wire';
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { CHAIN, type DeployedApi, deployApi, TOKEN } from '../api/deployed-api.ts';
import { startTcpProxy, type TcpProxy } from '../chaos/tcp-proxy.ts';

let deployed: DeployedApi;
let proxy: TcpProxy;
const lives: Live[] = [];
beforeEach(async () => {
  deployed = await deployApi(inject('redisUrl'));
  await deployed.register(CHAIN);
  proxy = await startTcpProxy(Number(new URL(deployed.url).port));
});
afterEach(async () => {
  for (const live of lives.splice(0)) live.close();
  await proxy.close();
  await deployed.end();
});

const connect = (url: string, token: string = TOKEN): Live => {
  const live = connectLive({ url, token });
  lives.push(live);
  return live;
};
const throughProxy = (): Live => connect(proxy.url.replace('redis:', 'http:'));
const start = async (api = deployed): Promise<string> => (await api.post('/api/v1/pipelines/chain/runs')).json.run_id;
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

const follow = (live: Live, runId: string, afterSeq = 0) => {
  const events: WireEvent[] = [];
  const refusals: Refusal[] = [];
  const unfollow = live.followRun(runId, afterSeq, {
    onEvent: (event) => events.push(event),
    onRefused: (error) => refusals.push(error),
  });
  return {
    events,
    refusals,
    unfollow,
    seqs: () => events.map(({ seq }) => seq),
    isOver: () => events.at(-1)?.type === 'run.succeeded',
  };
};
const statusesOf = (live: Live): LiveStatus[] => {
  const seen: LiveStatus[] = [live.status()];
  live.onStatus((status) => seen.push(status));
  return seen;
};
const isLive = (live: Live) => waitFor(() => live.status() === 'live', { what: 'the connection to be live' });

test('follows a run to its end: every event of it, once, in order', async () => {
  const id = await start();
  const worker = await deployed.worker();
  const live = connect(deployed.url);
  const one = follow(live, id);
  await worker.run(3);
  await waitFor(one.isOver, { what: 'the end' });
  expect(one.seqs()).toEqual(range(1, 8));
  for (const event of one.events) wireEvent.strict().parse(event);
});

test('through connections that drop, again and again, it ends with every event once; the status reports each', async () => {
  const id = await start();
  const worker = await deployed.worker();
  const live = throughProxy();
  const statuses = statusesOf(live);
  const one = follow(live, id);
  await isLive(live);
  const claim = await worker.claim();
  for (const round of range(1, 3)) {
    proxy.resetAll();
    await worker.report(
      claim,
      range(1, 50).map((line) => ({ type: 'stage.progress', data: { round, line } })),
    );
    await waitFor(() => one.events.length === 2 + 50 * round && live.status() === 'live', { what: 'what was missed' });
  }
  await worker.succeed(claim);
  await worker.run(2);
  await waitFor(one.isOver, { what: 'the end' });
  expect(one.seqs()).toEqual(range(1, 158));
  expect(statuses).toEqual([
    'offline',
    'catching_up',
    'live',
    ...range(1, 3).flatMap(() => ['offline', 'catching_up', 'live']),
  ]);
});

test('through an API that is stopped and started again at its port, also for a follower that began in between', async () => {
  const id = await start();
  const worker = await deployed.worker();
  const live = connect(deployed.url);
  const before = follow(live, id);
  await waitFor(() => before.events.length === 1 && live.status() === 'live', { what: 'the first event' });
  await deployed.api.stop();
  await waitFor(() => live.status() === 'offline', { what: 'the loss to be noticed' });
  const between = follow(live, id, 1);
  await worker.run(2);
  const again = createApi({
    ...deployed.deps,
    config: { ...deployed.deps.config, port: Number(new URL(deployed.url).port) },
  });
  await again.start();
  try {
    await worker.run(1);
    await waitFor(() => before.isOver() && between.isOver(), { what: 'the end at both' });
    expect(before.seqs()).toEqual(range(1, 8));
    expect(between.seqs()).toEqual(range(2, 8));
  } finally {
    live.close();
    await again.stop();
  }
});

test('woken after a silence it makes a new connection, and only then', async () => {
  const id = await start();
  const worker = await deployed.worker();
  const live = throughProxy();
  const one = follow(live, id);
  await isLive(live);
  const statuses = statusesOf(live);
  live.wake();
  expect(statuses).toEqual(['live']);
  const swallowed = proxy.swallowEverything();
  swallowed.stop();
  await worker.run(3);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
  try {
    live.wake();
  } finally {
    vi.useRealTimers();
  }
  await waitFor(one.isOver, { what: 'the end' });
  expect(one.seqs()).toEqual(range(1, 8));
  expect(statuses).toContain('offline');
});

test('two followers of one run at different places each get what they lack; one that stops gets nothing more', async () => {
  const id = await start();
  const worker = await deployed.worker();
  await worker.run(1);
  const live = connect(deployed.url);
  const late = follow(live, id, 3);
  await isLive(live);
  const early = follow(live, id);
  const gone = follow(live, id);
  await waitFor(() => gone.events.length === 3 && early.events.length === 3, { what: 'the replay' });
  gone.unfollow();
  await worker.run(2);
  await waitFor(() => early.isOver() && late.isOver(), { what: 'the end at both' });
  expect(early.seqs()).toEqual(range(1, 8));
  expect(late.seqs()).toEqual(range(4, 8));
  expect(gone.seqs()).toEqual(range(1, 3));
});

test('a follower that stops and begins again before the answer came, as pages do, follows', async () => {
  const id = await start();
  const worker = await deployed.worker();
  const live = connect(deployed.url);
  const all: string[] = [];
  live.followAll({ onEvent: () => {}, onResync: () => all.push('resync') });
  await isLive(live);
  const first = follow(live, id);
  first.unfollow();
  const second = follow(live, id);
  await worker.run(3);
  await waitFor(second.isOver, { what: 'the end' });
  expect(second.seqs()).toEqual(range(1, 8));
  expect(first.events).toEqual([]);
  expect(all).toEqual(['resync']);
});

test('a run that does not exist is refused, and the others go on', async () => {
  const id = await start();
  const worker = await deployed.worker();
  const live = connect(deployed.url);
  const [none, one] = [follow(live, 'nothing'), follow(live, id)];
  await worker.run(3);
  await waitFor(() => none.refusals.length > 0 && one.isOver(), { what: 'the refusal and the end' });
  expect(none.refusals).toMatchObject([{ code: 'unknown_run', message: expect.stringContaining('nothing') }]);
  expect(none.events).toEqual([]);
  expect(live.status()).toBe('live');
});

test('without permission it learns so once, and stays offline', async () => {
  const id = await start();
  const live = connect(deployed.url, 'wrong');
  const one = follow(live, id);
  await waitFor(() => one.refusals.length > 0, { what: 'the refusal' });
  const late = follow(live, 'any');
  await waitFor(() => late.refusals.length > 0, { what: 'the refusal of who comes later' });
  for (const { refusals } of [one, late]) expect(refusals).toMatchObject([{ code: 'unauthenticated' }]);
  expect(live.status()).toBe('offline');
});

test('sent away by the server, for too many wrong wishes, it comes back and goes on', async () => {
  const id = await start();
  const worker = await deployed.worker();
  const live = connect(deployed.url);
  const one = follow(live, id);
  await waitFor(() => one.events.length === 1 && live.status() === 'live', { what: 'the first event' });
  const statuses = statusesOf(live);
  for (const n of range(1, 20)) follow(live, `nothing-${n}`);
  await waitFor(() => statuses.includes('offline') && live.status() === 'live', { what: 'the next connection' });
  await worker.run(3);
  await waitFor(one.isOver, { what: 'the end' });
  expect(one.seqs()).toEqual(range(1, 8));
});

test('a follower of everything is notified of every new connection', async () => {
  const live = throughProxy();
  const told: string[] = [];
  const unfollow = live.followAll({
    onEvent: ({ type, run_id }) => told.push(`${type} ${run_id}`),
    onResync: () => told.push('resync'),
  });
  await waitFor(() => told.length === 1 && live.status() === 'live', { what: 'the connection' });
  proxy.resetAll();
  await waitFor(() => told.length === 2, { what: 'the next connection' });
  const id = await start();
  await waitFor(() => told.length === 3, { what: 'the event' });
  expect(told).toEqual(['resync', 'resync', `run.created ${id}`]);
  unfollow();
});

test('begun while Redis is down, it follows once Redis is back', async () => {
  const redis = await startRedis();
  const own = await deployApi(redis.url);
  try {
    await own.register(CHAIN);
    const id = await start(own);
    const worker = await own.worker();
    const live = connect(own.url);
    const resyncs: string[] = [];
    await waitFor(() => live.status() === 'live', { what: 'the connection' });
    await redis.kill9();
    await waitFor(async () => (await own.get('/readyz')).status === 503, { what: 'the API to notice' });
    const one = follow(live, id);
    live.followAll({ onEvent: () => {}, onResync: () => resyncs.push('resync') });
    await redis.restart();
    await waitFor(() => live.status() === 'live' && resyncs.length === 1, { what: 'the connection to be live again' });
    await worker.run(3);
    await waitFor(one.isOver, { what: 'the end' });
    expect(one.seqs()).toEqual(range(1, 8));
    expect(one.refusals).toEqual([]);
  } finally {
    for (const live of lives.splice(0)) live.close();
    await own.end();
    await redis.stop();
  }
});
