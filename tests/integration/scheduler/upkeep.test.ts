import { MillraceError, type PipelineName, type RunId } from '@millrace/core/domain';
import { runIdOfTick, startRun } from '@millrace/core/engine';
import type { Store } from '@millrace/core/ports';
import { connectRedis, redisFeed, redlockLocks, workOptions } from '@millrace/core/redis';
import { startRedis, waitFor } from '@millrace/core/testing';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { type Deployment, deployment } from './deployment.ts';

let on: Deployment;
beforeEach(async () => {
  on = await deployment(inject('redisUrl'), { lockTtlMs: 600 });
});
afterEach(() => on.end());

const begin = async (pipeline: string, runId?: RunId): Promise<RunId> => {
  const answer = await startRun(on.store, on.locks, { pipeline, trigger: { kind: 'manual' } }, runId);
  if (!('runId' in answer)) throw new Error(`the run was not started: ${answer.kind}`);
  return answer.runId;
};
const lockKey = (pipeline: string) => `${on.keys.root}/lock/${pipeline}`;
const until = (what: string, fact: () => Promise<boolean>) => waitFor(fact, { what });
const typesOf = async (runId: RunId) =>
  (await on.store.events(runId, { afterSeq: 0, limit: 100 }))!.map((event) => event.type);

it('a stage of a worker that died is queued again', async () => {
  await on.register('orphan');
  const runId = await begin('orphan');
  const dead = await on.worker('dead', 200);
  expect(await dead.claim()).not.toBeNull();
  await on.scheduler();
  await until('the rescue', async () => (await typesOf(runId)).includes('stage.rescued'));
  const heir = await on.worker('heir');
  const claim = await heir.claim();
  expect(claim!.runId).toBe(runId);
  await heir.finish(claim!);
  expect((await on.store.run(runId))!.status).toBe('succeeded');
});

it('a run beyond its timeout fails with timed_out', async () => {
  await on.register('endless', { timeout: '300ms' });
  const runId = await begin('endless');
  await on.scheduler();
  await until('the end of the run', async () => (await on.store.run(runId))!.finishedAt !== null);
  expect(await on.store.run(runId)).toMatchObject({ status: 'failed', error: { code: 'timed_out' } });
});

it('the overlap lock lives as long as its run, and goes when the run has ended', async () => {
  await on.register('locked');
  const runId = await begin('locked');
  await on.scheduler();
  await on.finalizer();
  const lapsed = (await on.store.now()) + 3 * on.locks.ttlMs;
  await until('three lifetimes of the lock', async () => {
    expect(await on.redis.get(lockKey('locked'))).toBe(runId);
    return (await on.store.now()) > lapsed;
  });
  const worker = await on.worker('worker');
  await worker.finish((await worker.claim())!);
  await until('the lock to be released', async () => (await on.redis.exists(lockKey('locked'))) === 0);
  await until('the finalizer to be done', async () => (await on.redis.exists(on.keys.queue('runs', runId))) === 0);
});

it('the finalizer hands the lock to the run that waited', async () => {
  await on.register('queueing', { overlap: 'queue' });
  const first = await begin('queueing');
  const second = await begin('queueing');
  const worker = await on.worker('worker');
  await worker.finish((await worker.claim())!);
  expect(await on.redis.get(lockKey('queueing'))).toBe(first);
  await on.finalizer();
  await until('the lock of the second run', async () => (await on.redis.get(lockKey('queueing'))) === second);
});

it('the finalizer does not close a live run, whatever BullMQ holds', async () => {
  await on.register('early');
  const runId = await begin('early');
  await on.redis.zrem(on.keys.queue('runs', 'waiting-children'), runId);
  await on.redis.lpush(on.keys.queue('runs', 'wait'), runId);
  await on.redis.zadd(on.keys.queue('runs', 'marker'), 0, '0');
  await on.finalizer();
  await until(
    'the job to be tried again',
    async () => (await on.redis.zscore(on.keys.queue('runs', 'delayed'), runId)) !== null,
  );
  expect(await on.redis.get(lockKey('early'))).toBe(runId);
});

it('a stale lock is taken over: by the next start, which records it, and by the scheduler for the run that holds the overlap lock', async () => {
  const { name } = await on.register('stale');
  const ended = await begin('stale');
  const worker = await on.worker('worker');
  await worker.finish((await worker.claim())!);
  await on.redis.set(lockKey('stale'), ended, 'PX', 60_000);
  const next = await begin('stale');
  const [, takenOver] = (await on.store.events(next, { afterSeq: 0, limit: 10 }))!;
  expect(takenOver).toMatchObject({ type: 'run.lock_taken_over', data: { from: ended } });
  expect(await on.store.counters()).toMatchObject({ lock_taken_over: 1 });

  await on.redis.set(lockKey(name), ended, 'PX', 60_000);
  await on.scheduler();
  await until('the take-over', async () => (await on.redis.get(lockKey('stale'))) === next);
});

it('a lock whose holder this Redis does not know is left alone', async () => {
  await on.register('foreign');
  const runId = await begin('foreign');
  const stranger = runIdOfTick('elsewhere', Date.now());
  await on.redis.set(lockKey('foreign'), stranger, 'PX', 60_000);
  const scheduler = await on.scheduler();
  const rounds = (await on.store.now()) + 2 * on.locks.ttlMs;
  await until('several rounds', async () => (await on.store.now()) > rounds);
  await scheduler.stop();
  expect(await on.redis.get(lockKey('foreign'))).toBe(stranger);
  expect((await on.store.run(runId))!.finishedAt).toBeNull();
});

it('a start that is sent twice keeps the lock of its run', async () => {
  await on.register('twice');
  const runId = runIdOfTick('twice', Date.now());
  await begin('twice', runId);
  await begin('twice', runId);
  expect(await on.redis.get(lockKey('twice'))).toBe(runId);
});

it('a start whose connection was lost lets go of its lock once Redis answers again, unless the run is there', async () => {
  await on.register('cut');
  const locks = redlockLocks([on.redis], on.keys.root, 60_000);
  const away = (): never => {
    throw new MillraceError('store_unavailable', 'the connection was lost');
  };
  let questions = 0;
  const answersAgain: Store['lock'] = async (pipeline) => (++questions % 3 === 0 ? on.store.lock(pipeline) : away());
  const start = (startRunAs: Store['startRun']) =>
    startRun({ ...on.store, startRun: startRunAs, lock: answersAgain }, locks, {
      pipeline: 'cut',
      trigger: { kind: 'manual' },
    });

  await expect(start(away)).rejects.toThrow('the connection was lost');
  expect(await on.redis.get(lockKey('cut'))).not.toBeNull();
  await until('the lock to be let go', async () => (await on.redis.get(lockKey('cut'))) === null);

  const made = start(async (command) => {
    await on.store.startRun(command);
    return away();
  });
  await expect(made).rejects.toThrow('the connection was lost');
  await until('the lock to be looked at', async () => questions === 6);
  const [run] = await on.runsOf('cut');
  expect(await on.redis.get(lockKey('cut'))).toBe(run!.runId);
});

it('a run that nothing will ever move is ended', async () => {
  await on.register('hung');
  const runId = await begin('hung');
  const packed = (await on.redis.hget(on.keys.run(runId), 's0'))!;
  await on.redis.hset(on.keys.run(runId), 's0', packed.replace(/^\S+/, 'pending'));
  await on.redis.del(on.keys.queue('default', 'wait'));
  await on.scheduler({ watchdogMs: 100 });
  await until('the end of the run', async () => (await on.store.run(runId))!.finishedAt !== null);
  expect(await on.store.run(runId)).toMatchObject({ status: 'failed', error: { code: 'hung' } });
});

it('live runs have a heartbeat with the last seq of their log', async () => {
  const subscriber = await connectRedis(on.url, workOptions);
  on.onEnd(() => subscriber.disconnect());
  const beats = new Map<RunId, number>();
  await redisFeed(subscriber, on.keys).subscribe({
    onEvent: () => {},
    onHeartbeat: ({ runId, lastSeq }) => void beats.set(runId, lastSeq),
  });
  await on.register('beating');
  const runId = await begin('beating');
  await on.scheduler();
  await until('a heartbeat', async () => beats.get(runId) === (await on.store.run(runId))!.lastSeq);
});

it('one leads; when it stops another leads at once, and the fence rises', async () => {
  const first = await on.scheduler();
  const leader = (await on.store.leader())!;
  await on.scheduler();
  expect((await on.store.leader())!.holder).toBe(leader.holder);
  await first.stop();
  await first.stop();
  const next = await waitFor(() => on.store.leader(), { what: 'the next leader' });
  expect(next.holder).not.toBe(leader.holder);
  expect(next.fence).toBe(leader.fence + 1);
});

it('serves ticks again once Redis is back, and stops even while Redis is down', async () => {
  const redis = await startRedis();
  const there = await deployment(redis.url);
  try {
    const { name } = await there.register('outage', { overlap: 'allow', schedules: [{ cron: '* * * * * *' }] });
    const scheduler = await there.scheduler();
    const fired = async () => (await there.ledger(name)).filter((tick) => tick.outcome === 'fired').length;
    await until('a tick', async () => (await fired()) > 0);
    await redis.kill9();
    await redis.restart();
    const before = await waitFor(async () => (await fired()) + 1, { what: 'Redis' });
    await until('ticks after the outage', async () => (await fired()) > before);
    await redis.kill9();
    await scheduler.stop();
  } finally {
    await redis.restart();
    await there.end();
    await redis.stop();
  }
});

it('schedules of pipelines that are gone are no longer served', async () => {
  await on.register('retired', { overlap: 'allow', schedules: [{ every: '1s' }] });
  await on.scheduler();
  await until('a run', async () => (await on.runsOf('retired')).length > 0);
  await on.store.retirePipeline('retired' as PipelineName);
  await until('its wake-up to be dropped', async () => (await on.redis.zcard(on.keys.queue('ticks', 'repeat'))) === 0);
});
