/**
 * Redis answers but takes no writes, or has lost its data while everything runs: what is told, by whom and how often,
 * which code a start gets, and that all of it ends by itself.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { tickWakeUps } from '@millrace/core/bullmq';
import type { Pipeline, WorkerId } from '@millrace/core/domain';
import { connectRedis, workOptions } from '@millrace/core/redis';
import { startRedis, type TestRedis, waitFor } from '@millrace/core/testing';
import { createScheduler } from '@millrace/scheduler';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { tellDefinitions } from '../../../apps/api/src/tell-definitions.ts';
import { HeldClaims } from '../../../apps/worker/src/held-claims.ts';
import { leaseOf } from '../../../apps/worker/src/lease.ts';
import { CHAIN, type DeployedApi, deployApi } from './deployed-api.ts';

let redis: TestRedis;
let admin: Redis;
let deployed: DeployedApi;
beforeAll(async () => {
  redis = await startRedis();
  admin = new Redis(redis.url);
  deployed = await deployApi(redis.url);
});
afterEach(async () => {
  for (const { allow } of Object.values(REFUSALS)) await allow();
});
afterAll(async () => {
  await deployed?.end();
  admin?.disconnect();
  await redis?.stop();
});

const set = (...setting: string[]) => admin.call('CONFIG', 'SET', ...setting);
const bgsaveStatus = async (): Promise<string> =>
  /rdb_last_bgsave_status:(\w+)/.exec(await admin.info('persistence'))![1]!;
const save = async (status: 'ok' | 'err'): Promise<void> => {
  await waitFor(
    async () => {
      await admin.call('BGSAVE').catch(() => {});
      return (await bgsaveStatus()) === status;
    },
    { what: `a snapshot that ends ${status}` },
  );
};
/** Where the snapshot should go there is a folder. */
const blocked = () => join(redis.dir, 'dump.rdb');
const REFUSALS: Record<string, { refuse: () => Promise<unknown>; allow: () => Promise<unknown>; code: string }> = {
  OOM: { refuse: () => set('maxmemory', '1'), allow: () => set('maxmemory', '0'), code: 'store_full' },
  NOREPLICAS: {
    refuse: () => set('min-replicas-to-write', '1'),
    allow: () => set('min-replicas-to-write', '0'),
    code: 'store_unavailable',
  },
  READONLY: {
    refuse: () => admin.call('REPLICAOF', '127.0.0.1', '1'),
    allow: () => admin.call('REPLICAOF', 'NO', 'ONE'),
    code: 'store_unavailable',
  },
  MISCONF: {
    refuse: async () => {
      rmSync(blocked(), { force: true });
      mkdirSync(blocked());
      await set('save', '3600 1000000');
      await save('err');
    },
    allow: async () => {
      rmSync(blocked(), { recursive: true, force: true });
      await save('ok');
      await set('save', '');
    },
    code: 'store_unavailable',
  },
};

/** All keys but those of the audit log, which is written later, refused starts included. */
const kept = async (): Promise<readonly string[]> =>
  (await admin.keys('*')).filter((key) => !key.includes('/audit')).toSorted();

test.each(Object.entries(REFUSALS))(
  '%s: not ready, degraded, no start, and all well again by itself',
  async (reason, { refuse, allow, code }) => {
    const names = ['skip', 'allow'].map((overlap) => `${reason.toLowerCase()}-${overlap}`);
    for (const name of names)
      await deployed.register(
        CHAIN.replace('name: chain', `name: ${name}`).replace('overlap: skip', `overlap: ${name.split('-')[1]}`),
      );
    const before = await kept();
    await refuse();
    const { status, json } = await deployed.get('/readyz');
    expect([status, json.checks.find(({ check }: { check: string }) => check === 'writes')]).toEqual([
      503,
      { check: 'writes', ok: false, detail: expect.stringContaining(reason) },
    ]);
    const health = (await deployed.get('/api/v1/health')).json;
    expect(health.status).toBe('degraded');
    expect(health.concerns).toContainEqual(expect.stringMatching(`^Redis refuses writes: .*${reason}`));
    const start = (name: string) => deployed.post(`/api/v1/pipelines/${name}/runs`);
    for (const name of names) expect((await start(name)).json).toMatchObject({ status: 503, code });
    await allow();
    expect((await deployed.get('/readyz')).status).toBe(200);
    expect(await kept()).toEqual(before);
    for (const name of names) expect((await start(name)).status).toBe(201);
  },
);

test('a password that was changed: each answer says so to connections that come anew, and all is well once it is right again', async () => {
  await set('requirepass', 'another');
  await admin.call('CLIENT', 'KILL', 'SKIPME', 'yes', 'TYPE', 'normal');
  const saysWhy = async () => (await deployed.get('/readyz')).text.includes('NOAUTH');
  await waitFor(saysWhy, { timeoutMs: 20_000, what: 'the reason' });
  expect((await deployed.get('/readyz')).status).toBe(503);
  expect((await deployed.get('/api/v1/health')).json).toMatchObject({
    status: 503,
    code: 'store_unavailable',
    detail: expect.stringContaining('NOAUTH'),
  });
  expect((await deployed.post('/api/v1/pipelines/oom-allow/runs')).json).toMatchObject({
    status: 503,
    code: 'store_unavailable',
  });
  await set('requirepass', '');
  await waitFor(async () => (await deployed.get('/readyz')).status === 200, {
    timeoutMs: 20_000,
    what: 'it to be ready',
  });
});

interface Line {
  readonly level: number;
  readonly msg: string;
}
const lines = () => {
  const said: Line[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void said.push(JSON.parse(line) as Line) });
  return { log, said, warnings: () => said.filter(({ level }) => level >= 40).map(({ msg }) => msg) };
};
const WORKER = {
  worker: 'w' as WorkerId,
  info: { host: hostname(), pid: 1, queues: ['default'], concurrency: 1, pipelines: [] },
  leaseMs: 60_000,
};

/** The works of an API, a scheduler and a worker process, each with the log of its process. They end with the test. */
const processes = async (pipeline: Pipeline, onTestFinished: (end: () => Promise<void>) => void) => {
  const { store, prefix, keys } = deployed;
  const [api, scheduler, worker] = [lines(), lines(), lines()];
  const files = { loaded: [{ pipeline }], problems: [], patterns: [prefix], cwd: '/', renewMs: 20 };
  const endTelling = await tellDefinitions({ store, ...files, log: api.log });
  const queueRedis = await connectRedis(redis.url, workOptions);
  const wakeUps = tickWakeUps(queueRedis, keys.queuePrefix);
  const made = createScheduler({
    store,
    locks: deployed.deps.locks,
    wakeUps,
    publishHeartbeats: () => Promise.resolve(),
    log: scheduler.log,
    name: 'scheduler',
    times: { sweepMs: 100, watchdogMs: 100, ticksMs: 100 },
    retention: { count: 1_000, ageMs: 86_400_000 },
  });
  await made.start();
  const lease = leaseOf({ store, ...WORKER, held: new HeldClaims(), heartbeatMs: 20, log: worker.log });
  await lease.register();
  onTestFinished(async () => {
    await endTelling();
    await made.stop();
    await wakeUps.close();
    queueRedis.disconnect();
    await lease.release();
  });
  return { api, scheduler, worker };
};
const EACH_SECOND = CHAIN.replace('name: chain', 'name: seconds')
  .replace('overlap: skip', 'overlap: allow')
  .replace('*/15 * * * *', '* * * * * *');
const fired = (after: number) =>
  waitFor(
    async () =>
      (await deployed.store.ticks('seconds', 100)).some(
        ({ instant, outcome }) => instant > after && outcome === 'fired',
      ),
    {
      timeoutMs: 30_000,
      what: 'a tick to run',
    },
  );

describe('each process logs it', () => {
  beforeEach(() => admin.flushall());

  test('once when Redis refuses writes and once when it takes them again', async ({ onTestFinished }) => {
    const all = await processes(await deployed.register(EACH_SECOND), onTestFinished);
    await fired(0);
    for (const { said } of Object.values(all)) said.length = 0;
    await REFUSALS['OOM']!.refuse();
    const refusedAt = await deployed.store.now();
    for (const one of Object.values(all))
      await waitFor(() => one.warnings().length > 0, { timeoutMs: 20_000, what: 'the refusal to be told' });
    await waitFor(async () => (await deployed.store.now()) > refusedAt + 3_000, { what: 'more tries' });
    await REFUSALS['OOM']!.allow();
    for (const one of Object.values(all))
      await waitFor(() => one.said.some(({ msg }) => msg === 'Redis works again'), {
        timeoutMs: 20_000,
        what: 'its end',
      });
    await fired(await deployed.store.now());
    for (const one of Object.values(all)) {
      expect(one.warnings()).toEqual([expect.stringMatching(/^Redis is out of memory/)]);
      expect(one.said.filter(({ msg }) => msg === 'Redis works again')).toHaveLength(1);
    }
  });

  test('once when Redis has lost everything; what it knew by files and processes comes back by itself, and health says what does not', async ({
    onTestFinished,
  }) => {
    const pipeline = await deployed.register(EACH_SECOND);
    const all = await processes(pipeline, onTestFinished);
    await fired(0);
    for (const { said } of Object.values(all)) said.length = 0;
    await admin.flushall();
    const lostAt = await deployed.store.now();
    await waitFor(async () => (await deployed.store.pipelines()).some(({ name }) => name === pipeline.name), {
      what: 'the pipeline',
    });
    await waitFor(async () => (await deployed.store.workers()).length === 1, { what: 'the worker' });
    await waitFor(async () => (await deployed.store.leader())?.holder === 'scheduler', { what: 'the leader' });
    await waitFor(async () => (await deployed.redis.zcard(deployed.keys.queue('ticks', 'repeat'))) === 1, {
      timeoutMs: 20_000,
      what: 'the wake-up',
    });
    await fired(lostAt);
    expect(await deployed.store.definitions()).toMatchObject([{ pipelines: ['seconds'], live: true }]);
    for (const [name, one] of Object.entries(all))
      expect([name, one.warnings()]).toEqual([name, [expect.stringMatching(/Redis has lost|Redis lost its data/)]]);
    const health = (await deployed.get('/api/v1/health')).json;
    expect(health).toMatchObject({
      status: 'degraded',
      concerns: expect.arrayContaining([expect.stringMatching(/^Redis lost all its data at 2/)]),
    });
  });
});
