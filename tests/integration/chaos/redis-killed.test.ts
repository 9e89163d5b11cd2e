import { setTimeout as delay } from 'node:timers/promises';
import type { RunId } from '@millrace/core/domain';
import { startRun } from '@millrace/core/engine';
import { connectRedis, redisStore, redlockLocks, requestOptions } from '@millrace/core/redis';
import { waitFor } from '@millrace/core/testing';
import { afterEach, expect, test } from 'vitest';
import { READY } from './app-process.ts';
import { COMMANDS, DIAMOND } from './bodies.ts';
import { type Deployment, deploy } from './deployment.ts';
import { expectAtRest, expectSound } from './soundness.ts';

let on: Deployment;
afterEach(() => on.end());

/**
 * Starts runs until `end`; `acknowledged` lists those answered. A failed start is not retried: its run may exist or
 * not.
 */
const keepStarting = async (pipeline: string) => {
  const redis = await connectRedis(on.redis.url, requestOptions);
  const store = redisStore(redis, on.prefix);
  const locks = redlockLocks([redis], on.keys.root, 30_000);
  const acknowledged: RunId[] = [];
  let failed = 0;
  let stopped = false;
  const load = (async () => {
    while (!stopped) {
      try {
        const answer = await startRun(store, locks, { pipeline, trigger: { kind: 'manual' }, params: { ms: 20 } });
        if ('runId' in answer) acknowledged.push(answer.runId);
      } catch {
        failed += 1;
        await delay(50);
      }
      await delay(10);
    }
  })();
  return {
    acknowledged,
    failures: () => failed,
    end: async () => {
      stopped = true;
      await load;
      redis.disconnect();
    },
  };
};

const expectAllThere = async (acknowledged: readonly RunId[]): Promise<void> => {
  const runs = await expectSound(on);
  const there = new Set(runs.map(({ runId }) => runId));
  expect(acknowledged.filter((runId) => !there.has(runId))).toEqual([]);
  for (const { status, error } of runs) if (status !== 'succeeded') expect(error?.code).toBe('worker_lost');
};

test('S9 L3 kill -9 of Redis in the middle of a load: no acknowledged start is lost, and workers claim again within 5 s of its return', async () => {
  on = await deploy([DIAMOND, COMMANDS]);
  await on.scheduler();
  const workers = [await on.worker(), await on.worker()];
  const load = await keepStarting('diamond');
  const commands = await Promise.all([on.start('commands'), on.start('commands')]);
  for (let kill = 1; kill <= 2; kill++) {
    const before = load.acknowledged.length;
    await waitFor(() => load.acknowledged.length > before + 30, { what: 'a load', timeoutMs: 20_000 });
    await on.redis.kill9();
    await waitFor(() => load.failures() >= kill, { what: 'a start to fail' });
    await on.redis.restart();
    const backAt = await on.store.now();
    await waitFor(() => claimAfter(load.acknowledged, backAt), {
      what: 'a claim after the restart',
      timeoutMs: 20_000,
    });
  }
  await load.end();
  await on.untilAllEnded();
  await expectAllThere([...load.acknowledged, ...commands]);
  await expectAtRest(on);
  // L8: no process needed a restart.
  const pids = (these: readonly { readonly pid: number }[]) => these.map(({ pid }) => pid).sort((a, b) => a - b);
  expect(pids(await on.store.workers())).toEqual(pids(workers));
  for (const { pid } of workers) expect(() => process.kill(pid, 0)).not.toThrow();
}, 90_000);

/** When, by Redis's clock, the first stage was claimed after the instant; null: none yet. */
const claimAfter = async (runs: readonly RunId[], instant: number): Promise<number | null> => {
  const recent = await Promise.all(runs.slice(-60).map((runId) => on.eventsOf(runId)));
  const claims = recent.flat().filter(({ type, at }) => type === 'stage.started' && at > instant);
  return claims.length === 0 ? null : Math.min(...claims.map(({ at }) => at));
};

test('a Redis that hangs for longer than the lease: what ran goes on or is run again, and every run ends', async () => {
  on = await deploy([DIAMOND, COMMANDS]);
  await on.scheduler();
  await on.worker();
  await on.worker();
  const load = await keepStarting('diamond');
  await waitFor(() => load.acknowledged.length > 20, { what: 'a load' });
  for (const pause of [300, 1_500]) {
    on.redis.pause();
    // The length of the pause is the fault itself.
    await delay(pause);
    on.redis.resume();
    const before = load.acknowledged.length;
    await waitFor(() => load.acknowledged.length > before + 10, { what: 'starts to go on', timeoutMs: 20_000 });
  }
  await load.end();
  await on.untilAllEnded();
  await expectAllThere(load.acknowledged);
  await expectAtRest(on);
  expect(await on.store.workers()).toHaveLength(2);
}, 90_000);

test('SCRIPT FLUSH in the middle of a load: nothing is lost', async () => {
  on = await deploy([DIAMOND]);
  await on.scheduler();
  await on.worker();
  await on.worker();
  const load = await keepStarting('diamond');
  for (let flush = 0; flush < 20; flush++) {
    const before = load.acknowledged.length;
    await waitFor(() => load.acknowledged.length > before + 3, { what: 'a load', timeoutMs: 20_000 });
    await on.connection.script('FLUSH');
  }
  await load.end();
  expect(load.failures()).toBe(0);
  await on.untilAllEnded();
  await expectAllThere(load.acknowledged);
  expect((await on.runsOf('diamond')).every(({ status }) => status === 'succeeded')).toBe(true);
  await expectAtRest(on);
}, 60_000);

test('processes that start while Redis is down or refuses writes wait, log that once, and continue when it is back', async () => {
  on = await deploy([DIAMOND]);
  await on.redis.kill9();
  const apps = ['api', 'worker', 'scheduler'] as const;
  const processes = await Promise.all(apps.map((app) => on.waiting(app, { MILLRACE_PORT: '0' })));
  await on.redis.restart();
  const run = await on.start('diamond');
  for (const [place, app] of apps.entries()) await processes[place]!.said(READY[app]);
  await on.untilEvent(run, 'run.succeeded');
  for (const one of processes)
    expect(one.log().match(/waiting for it|Redis is back/g)).toEqual(['waiting for it', 'Redis is back']);

  await on.connection.config('SET', 'maxmemory', '1');
  const late = await on.waiting('worker', {}, 'the worker cannot be registered: waiting for Redis');
  await on.connection.config('SET', 'maxmemory', '0');
  await late.said(READY.worker);
  await expectSound(on);
  await expectAtRest(on);
}, 60_000);
