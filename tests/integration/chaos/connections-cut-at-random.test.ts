import { setTimeout as delay } from 'node:timers/promises';
import type { PipelineName } from '@millrace/core/domain';
import { startRun } from '@millrace/core/engine';
import { connectRedis, LOCK_TTL_MS, redisStore, redlockLocks, requestOptions } from '@millrace/core/redis';
import { waitFor } from '@millrace/core/testing';
import type { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import { COMMANDS, DIAMOND, EVERY_SECOND, IN_TURN } from './bodies.ts';
import { type Deployment, deploy } from './deployment.ts';
import { expectAtRest, expectSound } from './soundness.ts';
import { SCRIPTS } from '../../../packages/core/src/redis/scripts.generated.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

let on: Deployment;
let proxy: TcpProxy;
afterEach(async () => {
  await on.end();
  await proxy.close();
});

const ROUNDS = 20;
/**
 * A lease that reconnects do not outlast: what is seen is the loss of commands and of replies alone. Many heartbeats,
 * so that they are hit too.
 */
const PATIENT = { MILLRACE_LEASE_MS: '30000', MILLRACE_HEARTBEAT_MS: '50' };
const LOST = [SCRIPTS.advance.sha, SCRIPTS.advance.sha, SCRIPTS.start_run.sha, SCRIPTS.renew_lease.sha];

/**
 * In each round all connections at a random moment, and one of them when what it asked is done and not yet answered.
 */
const cutAtRandom = async (): Promise<void> => {
  for (let round = 0; round < ROUNDS; round++) {
    // The moment is what is random here; nothing waits for it.
    await delay(50 + Math.random() * 400);
    proxy.resetAll();
    await proxy.loseReplyTo(LOST[round % LOST.length]!);
  }
};

const hasFewLive = async (pipeline: PipelineName): Promise<boolean> => {
  const live = await on.store.liveRuns(pipeline, 10);
  if (live.length === 10) throw new Error(`live: ${JSON.stringify(await on.store.run(live[0]!))}`);
  return true;
};

/** Starts runs one after the other, as a client does: each with its key, until it is answered. Answers their ids. */
const startUntil = async (isOver: () => boolean, redis: Redis): Promise<readonly string[]> => {
  const store = redisStore(redis, on.prefix);
  const locks = redlockLocks([redis], on.keys.root, LOCK_TTL_MS);
  const started: string[] = [];
  for (let n = 0; !isOver(); n++) {
    const pipeline = ['diamond', 'in-turn', 'diamond', 'commands'][n % 4]!;
    const params = pipeline === 'commands' ? {} : { ms: 60 };
    const answered = async () =>
      startRun(store, locks, {
        pipeline,
        trigger: { kind: 'manual' },
        params,
        idempotency: { key: `key-${n}`, bodyHash: 'one' },
      });
    const answer = await waitFor(answered, { what: 'an answer', timeoutMs: 20_000 });
    if ('runId' in answer) started.push(answer.runId);
    await waitFor(() => hasFewLive(pipeline as PipelineName), { what: `less of ${pipeline} to do`, timeoutMs: 60_000 });
  }
  return started;
};

test('S1 S2 S10 S11 every connection is cut at random moments: each start is made once, each stage runs once, nothing is held', async () => {
  on = await deploy([DIAMOND, COMMANDS, IN_TURN, EVERY_SECOND]);
  proxy = await startTcpProxy(on.redis.port);
  const through = { ...PATIENT, REDIS_URL: proxy.url, MILLRACE_WORKER_CONCURRENCY: '4' };
  const schedulers = [await on.scheduler(through), await on.scheduler(through)];
  for (let n = 0; n < 2; n++) await on.worker(through);

  const redis = await connectRedis(proxy.url, requestOptions);
  let isOver = false;
  const cutting = cutAtRandom().finally(() => (isOver = true));
  const started = await startUntil(() => isOver, redis);
  await cutting;
  redis.disconnect();
  for (const scheduler of schedulers) expect(await scheduler.end()).toBe(0);
  await on.untilAllEnded(60_000);

  const runs = await expectSound(on);
  const asked = runs.filter(({ trigger }) => trigger.kind === 'manual').map(({ runId }) => runId as string);
  expect(asked.sort()).toEqual([...started].sort());
  const ticks = await on.store.ticks('each-second', 1_000);
  const instants = ticks.map(({ instant }) => instant);
  expect(instants).toEqual(instants.map((_, place) => instants[0]! - place * 1_000));
  expect(ticks.flatMap(({ runId }) => runId ?? []).sort()).toEqual(
    runs.flatMap(({ runId, trigger }) => (trigger.kind === 'schedule' ? [runId] : [])).sort(),
  );
  for (const { runId, status, stages } of runs) {
    expect(status, runId).toBe('succeeded');
    for (const { stage, attempts } of stages)
      expect(
        attempts.map((one) => one.status),
        `${runId} ${stage}`,
      ).toEqual(['succeeded']);
  }
  expect((await on.store.counters())['fenced']).toBeUndefined();
  const bodies = on.witnesses().flatMap(({ what, run, stage }) => (what === 'began' ? [`${run} ${stage}`] : []));
  expect(new Set(bodies).size).toBe(bodies.length);
  // A scheduler that ended between a lock and its start leaves the lock, which lapses.
  await expectAtRest(on, { timeoutMs: LOCK_TTL_MS + 15_000 });
}, 180_000);
