/**
 * However much there is to do, no script does more than its share of it, and all of it is done: counted by what Redis
 * was asked inside each call.
 */
import type { PipelineName, RunId, WorkerId } from '@millrace/core/domain';
import type { Claim, Outcome } from '@millrace/core/ports';
import { connectRedis, keysOf, redisStore, workOptions } from '@millrace/core/redis';
import { startRedis, type TestRedis } from '@millrace/core/testing';
import { chainOf, pipelineOf, type Rig, refOf, rigOf, startOf } from '@millrace/core/testing/conformance';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createMetrics } from '../../../apps/api/src/metrics.ts';
import { commandCounts, commandsBetween } from '../../../bench/measure/commands.mjs';
import { pipelineRegistry } from '../../../packages/core/src/redis/pipelines.ts';
import { readWaiting } from '../../../packages/core/src/redis/read-waiting.ts';
import { reconciler } from '../../../packages/core/src/redis/reconcile.ts';
import { SCRIPTS } from '../../../packages/core/src/redis/scripts.generated.ts';

/** 100 stages, each with a few commands, and what a script does besides. */
const MOST_COMMANDS = 1_200;
const MANY = 450;
/** What a worker's claims are asked about, when they are not what there is to do. */
const A_FEW = 100;
const HOUR_MS = 3_600_000;
const PREFIX = 'bounds';
const keys = keysOf(PREFIX);
const names = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `w${at}`);
const each = <T>(list: readonly string[], shape: T): Record<string, T> =>
  Object.fromEntries(list.map((name) => [name, shape]));

let server: TestRedis;
let redis: Redis;
/** What waits behind the scripts' own connection, so that counting is no part of it. */
let counting: Redis;
let rig: Rig;
const nameOf = new Map(Object.entries(SCRIPTS).map(([name, { sha }]) => [sha as string, name]));
const largest = new Map<string, number>();

beforeAll(async () => {
  server = await startRedis({ args: ['--appendonly', 'no'] });
  [redis, counting] = [await connectRedis(server.url, workOptions), await connectRedis(server.url, workOptions)];
  const evalsha = redis.evalsha.bind(redis);
  let line: Promise<unknown> = Promise.resolve();
  const measured = async (sha: string, rest: [number, ...string[]]): Promise<unknown> => {
    const before = await commandCounts(counting);
    try {
      return await evalsha(sha, ...rest);
    } finally {
      const { inner } = commandsBetween(before, await commandCounts(counting));
      const name = nameOf.get(sha)!;
      largest.set(name, Math.max(largest.get(name) ?? 0, inner));
    }
  };
  // One after the other, so that each is counted alone.
  redis.evalsha = ((sha: string, ...rest: [number, ...string[]]) =>
    (line = line.catch(() => {}).then(() => measured(sha, rest)))) as typeof redis.evalsha;
  for (const { lua } of Object.values(SCRIPTS)) await redis.script('LOAD', lua);
});
afterAll(async () => {
  redis?.disconnect();
  counting?.disconnect();
  await server?.stop();
});
beforeEach(async () => {
  await redis.flushall();
  largest.clear();
  rig = rigOf({
    store: redisStore(redis, PREFIX),
    feed: { subscribe: () => Promise.reject(new Error('not used')) },
    advanceTime: null,
    close: async () => {},
  });
  return () => {
    for (const [name, commands] of largest) expect(commands, name).toBeLessThanOrEqual(MOST_COMMANDS);
  };
});

const count = async (runId: RunId, status: string): Promise<number> =>
  (await rig.run(runId)).stages.filter((stage) => stage.status === status).length;
const waiting = (queue = 'default') => redis.llen(keys.queue(queue, 'wait'));
const succeeded = { kind: 'succeeded' as const, outputJson: '{}' };
const infoOf = () => ({
  host: 'h',
  pid: 1,
  queues: ['default'],
  concurrency: MANY,
  pipelines: rig.pipelines.map(({ name, version }) => `${name}@${version}`),
});

/** So many claims of one worker, taken in one go. */
const claimAll = async (worker: WorkerId, slots: number, ttlMs = HOUR_MS) => {
  await rig.store.renewLease({ worker, ttlMs, info: infoOf(), register: true, held: [] });
  const asks = Array.from({ length: slots }, (_, at) => ({
    worker,
    queue: 'default',
    slot: `${at}`,
    outcome: null,
    fetch: true,
  }));
  const claims = (await rig.store.advanceAll(asks)).map(({ claim }) => claim!);
  expect(claims.filter(Boolean)).toHaveLength(slots);
  return claims;
};

const reconcileAll = async () => {
  let [cursor, checked, repaired] = ['0', 0, 0];
  do {
    const answer = await rig.store.reconcile(cursor, 1_000, 1);
    [cursor, checked, repaired] = [answer.cursor, checked + answer.checked, repaired + answer.repaired];
  } while (cursor !== '0');
  return { checked, repaired };
};

describe('one budget for a script', () => {
  test('the retry of a wide run', async () => {
    const kept = names(MANY);
    const failing = kept.map((name) => `after-${name}`);
    const pipeline = pipelineOf('p', {
      ...each(kept, []),
      ...Object.fromEntries(kept.map((name, at) => [failing[at]!, [name]])),
    });
    const runId = await rig.start(pipeline);
    const worker = 'w' as WorkerId;
    const end = (how: Outcome, claims: readonly Claim[]) =>
      rig.store.advanceAll(
        claims.map((claim, at) => ({
          worker,
          queue: 'default',
          slot: `${at}`,
          outcome: { ...refOf(claim), result: how },
          fetch: false,
        })),
      );
    await end(succeeded, await claimAll(worker, MANY));
    await rig.expand(runId);
    const failed = { kind: 'failed' as const, error: { code: 'x', message: 'x' }, retryable: false };
    await end(failed, await claimAll(worker, MANY));
    await rig.expand(runId);
    expect((await rig.run(runId)).status).toBe('failed');
    const answer = await rig.retry(runId);
    expect(answer).toMatchObject({ kind: 'started', events: null });
    expect(await count((answer as { runId: RunId }).runId, 'queued')).toBe(MANY);
    expect(await waiting()).toBe(MANY);
  });

  test('wide fan-outs that end in one batch', async () => {
    const pipeline = pipelineOf('p', { root: [], ...each(names(MANY), ['root']) });
    const runIds: RunId[] = [];
    for (let n = 0; n < 4; n++) runIds.push(await rig.start(pipeline));
    const worker = 'w' as WorkerId;
    const claims = await claimAll(worker, 4);
    const outcomes = claims.map((claim, at) => ({
      worker,
      queue: 'default',
      slot: `${at}`,
      outcome: { ...refOf(claim), result: succeeded },
      fetch: false,
    }));
    const answers = await rig.store.advanceAll(outcomes);
    expect(await waiting()).toBe(100);
    for (const runId of answers.flatMap(({ expand }) => expand)) await rig.expand(runId);
    for (const runId of runIds) expect(await count(runId, 'queued')).toBe(MANY);
    expect(await waiting()).toBe(4 * MANY);
  });

  test('a run of many roots is started, and cancelled behind and before others', async () => {
    const [other, pipeline] = [chainOf('other', 1), pipelineOf('p', each(names(MANY), []))];
    const startOthers = async () => {
      for (let n = 0; n < 510; n++) await rig.store.startRun(startOf(other));
    };
    await rig.register(other);
    await startOthers();
    const runId = await rig.start(pipeline);
    await startOthers();
    await rig.cancel(runId);
    expect(await count(runId, 'cancelled')).toBe(MANY);
    // What is left of it between them is no work for anybody.
    expect(await waiting()).toBe(2 * 510 + MANY);
    const [worker, drained] = [await rig.worker(), [] as string[]];
    // A claim gives up after some of them, and is woken again.
    while ((await waiting()) > 0) drained.push(...(await worker.drain()));
    expect([new Set(drained), drained.length]).toEqual([new Set(['s0']), 2 * 510]);
    expect(await redis.exists(keys.stale('default'))).toBe(0);
  });

  test('many runs that wait are superseded', async () => {
    const pipeline = chainOf('p', 1);
    const older: RunId[] = [];
    for (let n = 0; n < MANY; n++) older.push(await rig.start(pipeline, { overlap: 'queue' }));
    const answer = await rig.ask(pipeline, { overlap: 'cancel_running' });
    expect(answer).toMatchObject({ cancelled: [...older.slice(1), older[0]] });
    for (const runId of older) expect((await rig.run(runId)).status).toBe('cancelled');
    expect((await rig.run((answer as { runId: RunId }).runId)).status).toBe('starting');
  });

  test('timeouts that are due together', async () => {
    const runId = await rig.start(pipelineOf('p', each(names(MANY), { timeouts: { queue: 1 } })));
    await rig.pass(5);
    expect(await rig.store.fireTimeouts(10_000)).toBe(MANY);
    expect(await count(runId, 'failed')).toBe(MANY);
  });

  test('a large pipeline is registered', async () => {
    const pipeline = await rig.register(pipelineOf('p', each(names(5 * MANY), { queue: 'some' })));
    expect(await rig.store.pipeline('p' as PipelineName)).toEqual(pipeline);
    expect(await redis.smembers(keys.queueNames)).toEqual(['some']);
    expect(await count(await rig.start(pipeline), 'queued')).toBe(5 * MANY);
  });
});

describe('a worker with many claims', () => {
  beforeEach(async () => void (await rig.start(pipelineOf('p', each(names(2 * MANY), [])))));

  test('renews them: those that it lost are named, wherever they stand', async () => {
    const worker = 'w' as WorkerId;
    const held = await claimAll(worker, MANY);
    const stale = held.map((claim, at) => (at % 100 === 7 ? { ...claim, fence: claim.fence - 1 } : claim)).map(refOf);
    const { fenced, orphans } = await rig.store.renewLease({
      worker,
      ttlMs: HOUR_MS,
      info: infoOf(),
      register: false,
      held: stale,
    });
    expect(fenced).toEqual(stale.filter((_, at) => at % 100 === 7));
    expect(orphans).toBe(0);
  });

  test('leaves', async () => {
    await claimAll('w' as WorkerId, MANY);
    await rig.store.releaseWorker('w' as WorkerId);
    expect([await rig.store.workers(), await waiting()]).toEqual([[], 2 * MANY]);
  });

  test('is lost', async () => {
    await claimAll('w' as WorkerId, MANY);
    await rig.store.renewLease({ worker: 'w' as WorkerId, ttlMs: 1, info: infoOf(), register: false, held: [] });
    await rig.pass(3);
    expect(await rig.store.rescueLost({ maxLost: 3, limit: 10_000 })).toMatchObject({ workers: ['w'] });
    expect([await rig.store.workers(), await waiting()]).toEqual([[], 2 * MANY]);
  });

  describe('looks at a few of them', () => {
    const worker = 'w' as WorkerId;
    beforeEach(async () => {
      await claimAll(worker, MANY);
      largest.clear();
    });
    const forgetRuns = async () => redis.del(...(await redis.keys(`${keys.root}/run/*`)));

    test('when it leaves and their runs are gone', async () => {
      await forgetRuns();
      await rig.store.releaseWorker(worker);
      expect(await rig.store.workers()).toEqual([]);
      expect(largest.get('release_worker')).toBeLessThanOrEqual(A_FEW);
    });

    test('when it is lost and their runs are gone', async () => {
      await forgetRuns();
      await rig.store.renewLease({ worker, ttlMs: 1, info: infoOf(), register: false, held: [] });
      await rig.pass(3);
      expect(await rig.store.rescueLost({ maxLost: 3, limit: 10_000 })).toEqual({ workers: [worker], stages: 0 });
      expect(Math.max(largest.get('renew_lease')!, largest.get('rescue_lost')!)).toBeLessThanOrEqual(A_FEW);
    });

    test('when it asks beside a stage that runs apart', async () => {
      await redis.hset(keys.queue('default', 'meta'), 'apart', '-');
      const [answer] = await rig.store.advanceAll([
        { worker, queue: 'default', slot: 'other', outcome: null, fetch: true },
      ]);
      expect(answer).toMatchObject({ claim: null, holdsOff: true });
      expect(largest.get('advance')).toBeLessThanOrEqual(A_FEW);
    });
  });
});

test('a scrape asks Redis as much with many live runs as with few', async () => {
  const asked = async (): Promise<Record<string, number>> => {
    const before = await commandCounts(counting);
    const text = await createMetrics(rig.store, '1', { sockets: () => 0, streams: () => 0 }).text();
    const after = await commandCounts(counting);
    expect(text).toContain(`millrace_runs_active{pipeline="p"} ${runs}`);
    return Object.fromEntries(Object.entries(after).map(([name, calls]) => [name, calls - (before[name] ?? 0)]));
  };
  const pipeline = chainOf('p', 2);
  let runs = 0;
  const startMany = async (): Promise<void> => {
    for (const all = runs + MANY; runs < all; runs += 1) await rig.start(pipeline);
  };
  await rig.start(pipeline);
  await (await rig.worker()).drain();
  await startMany();
  const few = await asked();
  await startMany();
  expect(await asked()).toEqual(few);
});

describe('sweeps', () => {
  test('what cancels left deep in a list goes, and nothing else', async () => {
    const [other, pipeline] = [chainOf('other', 1), pipelineOf('p', each(names(MANY), []))];
    await rig.register(other);
    const wide: RunId[] = [];
    for (let n = 0; n < 1_100; n++) {
      if (n === 530 || n === 560) wide.push(await rig.start(pipeline));
      await rig.store.startRun(startOf(other));
    }
    const before = await redis.lrange(keys.queue('default', 'wait'), 0, -1);
    for (const runId of wide) await rig.cancel(runId);
    expect(await waiting()).toBeGreaterThan(1_100);
    await rig.store.reconcile('0', 0);
    const left = before.filter((job) => !wide.some((runId) => job.startsWith(runId)));
    expect(await redis.lrange(keys.queue('default', 'wait'), 0, -1)).toEqual(left);
    const queue = new Queue('default', { connection: redis, prefix: keys.queuePrefix });
    try {
      expect(await queue.getWaitingCount()).toBe(1_100);
      expect((await queue.getWaiting()).map(({ id }) => id)).toEqual([...left].reverse());
    } finally {
      await queue.close();
    }
    expect(await redis.exists(keys.stale('default'))).toBe(0);
  });

  test('the middle of a very long list waits until it is nearer to an end', async () => {
    await rig.register(chainOf('p', 1));
    const wait = keys.queue('default', 'wait');
    const jobs = Array.from({ length: 260_000 }, (_, at) => `${at}.0.1`);
    for (let at = 0; at < jobs.length; at += 20_000) await redis.rpush(wait, ...jobs.slice(at, at + 20_000));
    const stale = [jobs[10]!, jobs[130_000]!, jobs[259_990]!];
    await redis.sadd(keys.stale('default'), ...stale);
    await rig.store.reconcile('0', 0);
    expect(await redis.lrange(wait, 0, -1)).toEqual(jobs.filter((job) => job === stale[1] || !stale.includes(job)));
    await redis.ltrim(wait, 0, -20_001);
    await rig.store.reconcile('0', 0);
    expect(await redis.lpos(wait, stale[1]!)).toBeNull();
    expect([await waiting(), await redis.exists(keys.stale('default'))]).toEqual([jobs.length - 20_000 - 3, 0]);
    await redis.sadd(keys.stale('default'), 'removed by somebody else');
    await redis.del(wait);
    await rig.store.reconcile('0', 0);
    expect(await redis.exists(keys.stale('default'))).toBe(0);
  });

  test.each([
    ['at once', 4 * MANY, 1],
    ['in three turns', MANY, 3],
  ])('what is lost of a queue that is longer than a process may keep is found %s', async (_, mostJobs, turns) => {
    const pipeline = pipelineOf('p', each(names(3 * MANY), []));
    const runId = await rig.start(pipeline);
    await rig.pass(5);
    const db = { redis, keys, scriptKeys: [keys.root] };
    const sweeps = reconciler(db, pipelineRegistry(db), mostJobs);
    const sweep = async () => {
      let [cursor, repaired] = ['0', 0];
      do {
        const answer = await sweeps.pass(cursor, 100, 1);
        [cursor, repaired] = [answer.cursor, repaired + answer.repaired];
      } while (cursor !== '0');
      return repaired;
    };
    expect(await sweep()).toBe(0);
    const lost = names(3 * MANY).flatMap((_, at) => (at % 5 === 0 ? [`${runId}.${at}.1`] : []));
    for (const job of lost) await redis.lrem(keys.queue('default', 'wait'), 1, job);
    const found: number[] = [];
    for (let n = 0; n < turns; n++) found.push(await sweep());
    expect(found.every((repaired) => repaired > 0)).toBe(true);
    expect(found.reduce((sum, repaired) => sum + repaired)).toBe(lost.length);
    expect(new Set(await redis.lrange(keys.queue('default', 'wait'), 0, -1)).size).toBe(3 * MANY);
  });

  test('all that is due and delayed counts as waiting, however many are due at one instant', async () => {
    const due = Array.from({ length: 5_000 }, (_, at) => `${at}.0.1`);
    // Some thousands at one instant, and others around them.
    const scores = due.flatMap((job, at) => [(at < 3_500 ? 1_000 : 1_000 + at) * 4_096, job]);
    await redis.zadd(keys.queue('default', 'delayed'), ...scores, 9e15, 'later');
    const { jobs } = (await readWaiting({ redis, keys, scriptKeys: [keys.root] }, 'default', 0))!;
    expect([...jobs].sort()).toEqual([...due].sort());
  });

  test('the reconciler sees each live run once, and finds what is lost of a long queue', async () => {
    const runId = await rig.start(pipelineOf('p', each(names(MANY), [])));
    const others = chainOf('other', 2);
    await rig.register(others);
    for (let n = 0; n < 2 * MANY; n++) await rig.store.startRun(startOf(others));
    await rig.pass(5);
    expect(await reconcileAll()).toEqual({ checked: 2 * MANY + 1, repaired: 0 });
    const lost = names(MANY).flatMap((_, at) => (at % 3 === 0 ? [`${runId}.${at}.1`] : []));
    for (const job of lost) await redis.lrem(keys.queue('default', 'wait'), 1, job);
    expect(await reconcileAll()).toEqual({ checked: 2 * MANY + 1, repaired: lost.length });
    expect(await waiting()).toBe(3 * MANY);
    expect(new Set(await redis.lrange(keys.queue('default', 'wait'), 0, -1)).size).toBe(3 * MANY);
  });

  test('retention deletes many', async () => {
    const pipeline = chainOf('p', 1);
    for (let n = 0; n < MANY; n++) await rig.start(pipeline);
    await (await rig.worker()).drain();
    expect(await rig.store.pruneRuns({ count: 10, ageMs: HOUR_MS }, 10_000)).toBe(MANY - 10);
    expect((await redis.keys(`${keys.root}/run/*/events`)).length).toBe(10);
  });

  test('a step of the clock moves each timer, delay and lease once, however many go on with it', async () => {
    const runId = await rig.start(pipelineOf('p', each(names(MANY), { timeouts: { queue: HOUR_MS } })));
    const scores = async (key: string) => redis.zrange(key, '0', '-1', 'WITHSCORES');
    // Some are due at other times than the rest.
    for (let at = 0; at < MANY; at += 7) await redis.zincrby(keys.timers, -at, `q:${runId}.${at}.1`);
    for (let n = 0; n < MANY; n++)
      await rig.store.renewLease({
        worker: `w${n}` as WorkerId,
        ttlMs: HOUR_MS,
        info: infoOf(),
        register: true,
        held: [],
      });
    for (const stepMs of [-60_000, 60_000]) {
      await rig.pass(2);
      const before = await scores(keys.timers);
      const step = { stepMs, since: await rig.store.now(), queues: ['default'], schedules: names(MANY) };
      const answers = await Promise.all([
        rig.store.noteClockStep(step),
        rig.store.noteClockStep(step),
        rig.store.fireTimeouts(1),
      ]);
      expect(answers).toEqual([true, false, 0]);
      const moved = before.map((text, at) => (at % 2 === 0 ? text : `${Number(text) + stepMs}`));
      expect(await scores(keys.timers)).toEqual(moved);
      expect(await redis.exists(`${keys.root}/clock_todo`)).toBe(0);
    }
    for (const lease of (await scores(keys.workers)).filter((_, at) => at % 2 === 1))
      expect(Number(lease)).toBeLessThanOrEqual((await rig.store.now()) + HOUR_MS);
  });
});
