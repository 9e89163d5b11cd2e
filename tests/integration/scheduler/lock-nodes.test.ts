/** The overlap locks on lock nodes of their own, which are contended, away, hung, and forgetful. */
import { MillraceError, type PipelineName, type RunId } from '@millrace/core/domain';
import { keepOverlapLocks, runIdOfTick, startRun } from '@millrace/core/engine';
import type { OverlapLocks } from '@millrace/core/ports';
import { connectLockNodes, connectRedis, redlockLocks, requestOptions } from '@millrace/core/redis';
import { startRedis, type TestRedis } from '@millrace/core/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { type Deployment, deployment } from './deployment.ts';

const TTL_MS = 30_000;
let nodes: readonly TestRedis[];
let on: Deployment;
beforeAll(async () => {
  nodes = await Promise.all([startRedis(), startRedis(), startRedis()]);
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
});
beforeEach(async () => {
  on = await deployment(inject('redisUrl'));
});
afterEach(() => on.end());

/**
 * As in a process: with its own connections. `nearest`: the node it reaches first, so that processes split the votes.
 */
const locksOfAProcess = async (nearest = 0): Promise<OverlapLocks> => {
  const clients = await connectLockNodes(nodes.map((_, n) => nodes[(n + nearest) % nodes.length]!.url));
  on.onEnd(() => clients.forEach((client) => client.disconnect()));
  return redlockLocks(clients, on.keys.root, TTL_MS);
};
const start = (locks: OverlapLocks, pipeline: string) =>
  startRun(on.store, locks, { pipeline, trigger: { kind: 'manual' }, overlap: 'skip' });
const flush = async (): Promise<void> => {
  for (const { url } of nodes) {
    const client = await connectRedis(url, requestOptions);
    await client.flushall();
    client.disconnect();
  }
};
const holderOf = async (pipeline: string): Promise<RunId | null> => {
  const answer = await (await locksOfAProcess()).acquire(pipeline as PipelineName, runIdOfTick('nobody', Date.now()));
  return answer.ok ? null : answer.holder;
};
/** Ends every run that can be claimed. */
const work = async (): Promise<void> => {
  const worker = await on.worker('w');
  for (let claim = await worker.claim(); claim !== null; claim = await worker.claim()) await worker.finish(claim);
};

it('many starts at once, from several processes: one run each time, and each refusal names a run', async () => {
  await on.register('busy');
  const processes = await Promise.all(Array.from({ length: 6 }, (_, n) => locksOfAProcess(n)));
  const storm = () =>
    Promise.all(Array.from({ length: 48 }, (_, n) => start(processes[n % processes.length]!, 'busy')));
  for (let round = 0; round < 3; round++) {
    const answers = await storm();
    const started = answers.filter(({ kind }) => kind === 'started') as { runId: RunId }[];
    expect(started).toHaveLength(1);
    const refusal = { kind: 'overlap', liveRunId: started[0]!.runId };
    expect(answers.filter(({ kind }) => kind !== 'started')).toEqual(Array(47).fill(refusal));
    // The live run's lock is gone: each start takes it, learns of the live run, and releases it in view of the others.
    await processes[0]!.release('busy' as PipelineName, started[0]!.runId);
    expect(await storm()).toEqual(Array(48).fill(refusal));
    await work();
  }
});

it('the lock of a run that was pruned before its closing work is taken over at once, by a start and by the scheduler', async () => {
  await on.register('brief');
  const locks = await locksOfAProcess();
  const first = (await start(locks, 'brief')) as { runId: RunId };
  await work();
  await on.store.pruneRuns({ count: 0, ageMs: 0 }, 10);
  expect(await on.store.run(first.runId)).toBeNull();
  expect(await holderOf('brief')).toBe(first.runId);
  const second = (await start(locks, 'brief')) as { kind: string; runId: RunId };
  expect(second.kind).toBe('started');
  expect(await holderOf('brief')).toBe(second.runId);

  await locks.release('brief' as PipelineName, second.runId);
  await locks.hold('brief' as PipelineName, first.runId);
  expect(await keepOverlapLocks(on.store, locks)).toMatchObject({
    takenOver: [{ from: first.runId, to: second.runId }],
    contested: [],
  });
});

it('lock nodes that lost their data admit no second run, and get the lock again; a state Redis that lost its data starts none', async () => {
  await on.register('steady');
  const locks = await locksOfAProcess();
  const live = (await start(locks, 'steady')) as { runId: RunId };
  await flush();
  expect(await start(locks, 'steady')).toEqual({ kind: 'overlap', liveRunId: live.runId });
  expect(await keepOverlapLocks(on.store, locks)).toMatchObject({ held: 1 });
  expect(await holderOf('steady')).toBe(live.runId);

  await on.redis.del(on.keys.run(live.runId), on.keys.overlaps, on.keys.queue('runs', live.runId));
  await expect(start(locks, 'steady')).rejects.toMatchObject({
    code: 'overlap',
    message: expect.stringContaining(`run ${live.runId}, which this Redis does not know`),
    extra: { live_run_id: live.runId },
  });
});

it('one node away changes nothing; with two away, hung or killed, a start is refused as retryable, and nothing stays behind', async () => {
  await on.register('thin');
  await on.register('fat');
  const locks = await locksOfAProcess();
  const [first, second] = nodes as [TestRedis, TestRedis, TestRedis];
  first.pause();
  const live = (await start(locks, 'thin')) as { kind: string; runId: RunId };
  expect(live.kind).toBe('started');
  // A process that starts now is not held up by it either.
  const later = await locksOfAProcess();
  expect(await start(later, 'thin')).toEqual({ kind: 'overlap', liveRunId: live.runId });

  await second.kill9();
  const refused = await start(locks, 'fat').catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(MillraceError);
  expect(refused).toMatchObject({
    code: 'store_unavailable',
    status: 503,
    message: expect.stringContaining('no majority of the lock nodes answered'),
  });
  expect(await keepOverlapLocks(on.store, locks)).toMatchObject({
    held: 0,
    contested: [],
    unanswered: [{ pipeline: 'thin', wanted: live.runId }],
  });

  first.resume();
  await second.restart();
  await expect.poll(async () => (await start(locks, 'fat')).kind, { timeout: 20_000 }).toBe('started');
}, 30_000);
