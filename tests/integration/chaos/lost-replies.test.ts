import type { LogData } from '@millrace/core/domain';
import {
  cancelRun,
  createSchedule,
  currentSchedules,
  deleteSchedule,
  editSchedule,
  startRun,
} from '@millrace/core/engine';
import { connectRedis, redisStore, redlockLocks, requestOptions } from '@millrace/core/redis';
import { waitFor } from '@millrace/core/testing';
import { afterEach, expect, test } from 'vitest';
import { SCRIPTS } from '../../../packages/core/src/redis/scripts.generated.ts';
import { type DefinitionFile, DIAMOND, HOLD } from './bodies.ts';
import { type Deployment, deploy } from './deployment.ts';
import { expectAtRest, expectSound } from './soundness.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

let on: Deployment;
let proxy: TcpProxy;
afterEach(async () => {
  await on.end();
  await proxy.close();
});

/** Loads the scripts, so that the first command hit is executed instead of failing with NOSCRIPT. */
const deployWithScripts = async (definition: DefinitionFile): Promise<void> => {
  on = await deploy([definition]);
  proxy = await startTcpProxy(on.redis.port);
  for (const { lua } of Object.values(SCRIPTS)) await on.connection.script('LOAD', lua);
};

/** A lease that a reconnect does not outlast: what is seen here is the reply's loss alone. */
const PATIENT = { MILLRACE_LEASE_MS: '10000' };

const HOURLY = {
  cron: '0 * * * *',
  everyMs: null,
  timezone: 'UTC',
  overlap: null,
  mode: null,
  stages: null,
  params: {},
  catchUp: { policy: 'last', windowMs: 3_600_000 },
} as const;

const expectNoAttemptSpent = async (): Promise<void> => {
  // What is sent again is not a late write: it is answered as it was the first time.
  for (const { runId, status, stages } of await expectSound(on)) {
    const told = (await on.eventsOf(runId)).map(
      ({ type, stage, attempt, data }) => `${type} ${stage} ${attempt} ${JSON.stringify(data)}`,
    );
    expect(
      told.some((line) => line.startsWith('stage.fenced')),
      told.join('\n'),
    ).toBe(false);
    expect(status).toBe('succeeded');
    for (const { stage, attempt, attempts } of stages) {
      expect(attempt, stage).toBe(1);
      // Nor is anything handed back: claims whose replies were lost are redelivered.
      expect(
        attempts.map((one) => one.status),
        told.join('\n'),
      ).toEqual(['succeeded']);
    }
  }
  expect((await on.store.counters())['fenced']).toBeUndefined();
};

test('S1 lost replies to claims and outcomes: each claim is redelivered, and no stage runs twice', async () => {
  await deployWithScripts(DIAMOND);
  await on.scheduler(PATIENT);
  await on.worker({ ...PATIENT, REDIS_URL: proxy.url, MILLRACE_WORKER_CONCURRENCY: '3' });
  let lost = 0;
  const losing = (async () => {
    for (; lost < 13; lost++) await proxy.loseReplyTo(SCRIPTS.advance.sha);
  })();
  let runs = 40;
  for (let n = 0; n < runs; n++) await on.start('diamond', { ms: 60 });
  // There is work as long as replies are to be lost, however fast it is done.
  for (; lost < 13; runs++) await on.untilEvent(await on.start('diamond', { ms: 60 }), 'run.succeeded');
  await losing;
  await on.untilAllEnded();
  await expectNoAttemptSpent();
  const bodies = on.witnesses().map(({ run, stage }) => `${run} ${stage}`);
  expect(bodies).toHaveLength(runs * 4);
  expect(new Set(bodies).size).toBe(bodies.length);
  await expectAtRest(on);
}, 60_000);

test('replies to heartbeats that are lost: nothing that runs is given up', async () => {
  await deployWithScripts(HOLD);
  await on.scheduler(PATIENT);
  await on.worker({ ...PATIENT, REDIS_URL: proxy.url });
  await on.start('hold');
  await on.untilWitness(({ what }) => what === 'began', 'the body');
  for (let lost = 0; lost < 4; lost++) await proxy.loseReplyTo(SCRIPTS.renew_lease.sha);
  on.letGo();
  await on.untilAllEnded();
  await expectNoAttemptSpent();
  await expectAtRest(on);
}, 60_000);

test('S8 replies to log lines that are lost: each line is in the log once, in order', async () => {
  await deployWithScripts(HOLD);
  await on.worker({ ...PATIENT, REDIS_URL: proxy.url });
  const run = await on.start('hold');
  for (let lost = 0; lost < 6; lost++) {
    await proxy.loseReplyTo(SCRIPTS.report.sha);
    const { lastSeq } = (await on.store.run(run))!;
    await waitFor(async () => (await on.store.run(run))!.lastSeq > lastSeq, { what: 'a report to come through' });
  }
  on.letGo();
  await on.untilAllEnded();
  await expectNoAttemptSpent();
  const lines = (await on.eventsOf(run))
    .filter(({ type }) => type === 'stage.log')
    .flatMap(({ data }) => (data as unknown as LogData).lines.map(({ t }) => t));
  const { fence } = (await on.store.run(run))!.stages[0]!;
  expect(lines).toEqual(lines.map((_, place) => `line ${place + 1} of fence ${fence}`));
  await expectAtRest(on);
}, 60_000);

test('S10 lost replies to starts and cancels: one run each, and the caller gets the true outcome', async () => {
  await deployWithScripts(DIAMOND);
  const redis = await connectRedis(proxy.url, requestOptions);
  try {
    const store = redisStore(redis, on.prefix);
    const locks = redlockLocks([redis], on.keys.root, 30_000);
    const started: string[] = [];
    for (let n = 0; n < 5; n++) {
      const lost = proxy.loseReplyTo(SCRIPTS.start_run.sha);
      const answer = await startRun(store, locks, {
        pipeline: 'diamond',
        trigger: { kind: 'manual' },
        idempotency: { key: `key-${n}`, bodyHash: 'one' },
      });
      await lost;
      if ('runId' in answer) started.push(answer.runId);
    }
    expect((await on.runsOf('diamond')).map(({ runId }) => runId as string).sort()).toEqual([...started].sort());
    for (const { runId } of await on.runsOf('diamond')) {
      const lost = proxy.loseReplyTo(SCRIPTS.cancel_run.sha);
      expect(await cancelRun(store, { runId, reason: null, by: null, graceMs: null })).toBe('cancelled');
      await lost;
    }
  } finally {
    redis.disconnect();
  }
  await waitFor(async () => (await expectSound(on)).length === 5, { what: 'five runs' });
}, 60_000);

test('S10 lost replies to changes of schedules: each change is made once, and the caller gets the true outcome', async () => {
  await deployWithScripts(DIAMOND);
  const redis = await connectRedis(proxy.url, requestOptions);
  try {
    const store = redisStore(redis, on.prefix);
    const losing = async <T>(change: Promise<T>): Promise<T> =>
      (await Promise.all([change, proxy.loseReplyTo(SCRIPTS.put_schedule.sha)]))[0];
    const ids = async () => [...(await currentSchedules(on.store)).keys()];
    const wanted = {
      id: null,
      pipeline: 'diamond',
      settings: HOURLY,
      paused: false,
      note: null,
      by: null,
      idempotency: null,
    };
    expect(await losing(createSchedule(store, wanted))).toEqual({ id: 'diamond', repeated: false });
    expect(await ids()).toEqual(['diamond']);
    const named = { ...wanted, id: 'named', idempotency: { key: 'a-key', bodyHash: 'one' } };
    expect(await losing(createSchedule(store, named))).toMatchObject({ id: 'named' });
    expect(await createSchedule(store, named)).toEqual({ id: 'named', repeated: true });
    const { revision } = await on.store.scheduleChanges();
    await losing(editSchedule(store, 'named', null, () => ({ paused: true, note: 'for now' })));
    expect((await on.store.scheduleChanges()).revision).toBe(revision + 1);
    expect(await losing(deleteSchedule(store, 'diamond'))).toEqual({ fallsBack: false });
    expect(await ids()).toEqual(['named']);
  } finally {
    redis.disconnect();
  }
}, 60_000);
