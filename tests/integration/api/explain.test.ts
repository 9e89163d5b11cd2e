/** Why runs and stages do not run: each blocker, as it comes and goes. */
import type { Pipeline } from '@millrace/core/domain';
import { Queue } from 'bullmq';
import type { WorkerId } from '@millrace/core/domain';
import { waitFor } from '@millrace/core/testing';
import { beforeEach, expect, inject, test } from 'vitest';
import { type Answered, CHAIN, type DeployedApi, deployApi } from './deployed-api.ts';

let deployed: DeployedApi;
let chain: Pipeline;
beforeEach(async () => {
  deployed = await deployApi(inject('redisUrl'));
  chain = await deployed.register(
    CHAIN.replace('overlap: skip', 'overlap: queue').replace(
      'translator: {',
      'translator: { retry: { initial_interval: 1h, maximum_attempts: 2 },',
    ),
  );
  return () => deployed.end();
});

const start = async (): Promise<Answered> => (await deployed.post('/api/v1/pipelines/chain/runs')).json;
const explain = async (runId: string, query = ''): Promise<Answered> =>
  (await deployed.get(`/api/v1/runs/${runId}/explain${query}`)).json;
/** Code and evidence of each blocker of the stage. */
const blockersOf = async (runId: string, stage = 'translator') =>
  ((await explain(runId, `?stage=${stage}`)).stages[0]?.blockers as Answered[] | undefined)?.map(
    ({ code, evidence }) => [code, evidence],
  );

test('a queue without a worker, and the stages that come after', async () => {
  const { run_id: id, stages, created_at } = await start();
  const told = await explain(id);
  expect(told).toMatchObject({ run_id: id, blockers: [], waiting: 3 });
  expect(told.stages[0]).toEqual({
    stage: 'translator',
    status: 'queued',
    blockers: [
      {
        code: 'no_worker',
        since: stages[0].queued_at,
        evidence: { queue: 'default', lost: 0 },
        lifts_when: 'a worker that serves queue default starts',
      },
    ],
  });
  expect(told.stages.slice(1)).toMatchObject([
    {
      stage: 'analyzer',
      status: 'pending',
      blockers: [
        {
          code: 'dependency',
          since: created_at,
          evidence: { stages: [{ stage: 'translator', status: 'queued' }], more: 0 },
        },
      ],
    },
    {
      stage: 'merger',
      blockers: [{ code: 'dependency', evidence: { stages: [{ stage: 'analyzer', status: 'pending' }] } }],
    },
  ]);
  expect(await explain(id, '?limit=1')).toMatchObject({ waiting: 3, stages: [{ stage: 'translator' }] });
  await deployed.worker();
  expect(await blockersOf(id)).toEqual([]);
});

test('a stage with a rule says which dependencies it waits for, and what would end the wait', async () => {
  const ruled = (when: string) => `{ depends_on: [a, b], when: ${when}, run: { command: ['true'] } }`;
  await deployed.register(
    `name: ruled\nstages:\n  a: { run: { command: ['true'] } }\n  b: { queue: y, run: { command: ['true'] } }\n${[
      'all_succeeded',
      'all_done',
      'one_failed',
    ]
      .map((when) => `  ${when}: ${ruled(when)}\n`)
      .join('')}`,
  );
  const { run_id: id } = (await deployed.post('/api/v1/pipelines/ruled/runs')).json;
  const waits = async (stage: string) => {
    const [told] = (await explain(id, `?stage=${stage}`)).stages;
    return [told?.blockers[0].evidence.stages.map((one: Answered) => one.stage), told?.blockers[0].lifts_when];
  };
  expect(await waits('one_failed')).toEqual([['a', 'b'], 'one of these dependencies fails']);
  const worker = await deployed.worker('w1');
  await worker.succeed(await worker.claim());
  expect(await waits('all_succeeded')).toEqual([['b'], 'that dependency succeeds']);
  expect(await waits('all_done')).toEqual([['b'], 'that dependency ends']);
  expect(await waits('one_failed')).toEqual([['b'], 'that dependency fails']);
});

test('a run that waits for the overlap lock names the run ahead, and how many come before it; so do its stages', async () => {
  const [first, second, third] = [await start(), await start(), await start()];
  expect((await explain(second.run_id)).blockers).toMatchObject([
    { code: 'overlap', since: second.created_at, evidence: { holder: first.run_id, ahead: 0 } },
  ]);
  expect((await explain(third.run_id)).blockers).toMatchObject([
    { code: 'overlap', evidence: { holder: first.run_id, ahead: 1 } },
  ]);
  expect((await blockersOf(third.run_id, 'merger'))!.map(([code]) => code)).toEqual(['overlap', 'dependency']);
});

test('a paused queue; slots that are all taken; a stage whose code no worker has', async () => {
  const { run_id: id } = await start();
  const worker = await deployed.worker('w1', ['default'], []);
  const queue = new Queue('default', { connection: deployed.redis, prefix: deployed.keys.queuePrefix });
  await queue.pause();
  // A command: any version of the pipeline would do.
  const lacking = [['no_compatible_worker', { queue: 'default', pipeline: 'chain', version: null, registered: [] }]];
  expect(await blockersOf(id)).toEqual([['queue_paused', { queue: 'default' }], ...lacking]);
  await queue.resume();
  await queue.close();
  expect(await blockersOf(id)).toEqual(lacking);
  // A worker has tried to claim it: it is parked, with its cause.
  await worker.ask();
  expect(await blockersOf(id)).toEqual(lacking);
  const [stage] = (await deployed.get(`/api/v1/runs/${id}`)).json.stages;
  expect(stage).toMatchObject({
    status: 'queued',
    waiting_for: { cause: 'no_compatible_worker', since: (await explain(id)).stages[0].blockers[0].since },
  });

  await deployed.register(CHAIN.replace('name: chain', 'name: other'));
  const able = await deployed.worker('w1');
  const held = await able.claim();
  expect(await blockersOf(id)).toBeUndefined();
  const { run_id: other } = (await deployed.post('/api/v1/pipelines/other/runs')).json;
  expect(await blockersOf(other)).toEqual([['no_capacity', { queue: 'default', slots: 1, waiting: 1 }]]);
  await able.succeed(held);
  expect(await blockersOf(other)).toEqual([]);
});

test('a stage whose workers died twice beside others waits for one that holds nothing else; meanwhile that one takes nothing', async () => {
  const startOther = async (name: string): Promise<string> => {
    await deployed.register(CHAIN.replace('name: chain', `name: ${name}`));
    return (await deployed.post(`/api/v1/pipelines/${name}/runs`)).json.run_id;
  };
  const ids = [(await start()).run_id, await startOther('other')];
  const pipelines = [`${chain.name}@${chain.version}`, 'other@any'];
  const info = { host: 'test', pid: process.pid, queues: ['default'], concurrency: 2, pipelines };
  for (const name of ['first', 'second']) {
    const worker = name as WorkerId;
    await deployed.store.renewLease({ worker, ttlMs: 2_000, info, register: true, held: [] });
    for (const slot of ['0', '1'])
      await deployed.store.advance({ worker, queue: 'default', slot, outcome: null, fetch: true });
    await waitFor(async () => (await deployed.store.rescueLost({ maxLost: 3, limit: 10 })).workers.includes(worker), {
      what: 'its loss',
    });
  }
  await deployed.register(CHAIN.replace('name: chain', 'name: third'));
  const worker = await deployed.worker();
  for (const id of ids) expect(await blockersOf(id)).toEqual([['runs_apart', { queue: 'default' }]]);
  const held = await worker.claim();
  const waiting = ids.find((id) => id !== held.runId)!;
  expect(await blockersOf(waiting)).toEqual([['runs_apart', { queue: 'default' }]]);
  const third = await startOther('third');
  expect((await explain(third)).stages[0].blockers).toMatchObject([
    { code: 'no_capacity', lifts_when: 'the stage that must run alone ends, or another worker starts' },
  ]);
  await worker.succeed(held);
  await worker.succeed(await worker.claim());
  expect(await blockersOf(third)).toEqual([]);
});

test('a backoff with the instant of the next attempt; nothing once the run has ended', async () => {
  const { run_id: id } = await start();
  const worker = await deployed.worker();
  await worker.fail(await worker.claim(), 'no answer', true);
  const run = (await deployed.get(`/api/v1/runs/${id}`)).json;
  const evidence = {
    attempt: 2,
    next_attempt_at: run.next_attempt_at,
    error: { code: 'command_failed', message: 'no answer' },
  };
  expect((await explain(id)).stages[0].blockers).toMatchObject([
    { code: 'backoff', since: run.stages[0].attempts[0].finished_at, evidence },
  ]);
  await deployed.post(`/api/v1/runs/${id}/cancel`);
  const told = await explain(id);
  expect(told).toEqual({ run_id: id, at: expect.any(String), blockers: [], stages: [], waiting: 0 });
  // By Redis's clock, as the instants that it is read beside.
  const [seconds, micros] = await deployed.redis.time();
  expect(Math.abs(Date.parse(told.at) - (Number(seconds) * 1_000 + Number(micros) / 1_000))).toBeLessThan(60_000);
});

test('invalid requests are refused with the reason', async () => {
  const { run_id: id } = await start();
  expect((await deployed.get(`/api/v1/runs/${id}/explain?stage=none`)).json).toMatchObject({
    status: 404,
    code: 'unknown_stage',
  });
  expect((await deployed.get(`/api/v1/runs/${id}/explain?limit=0`)).json).toMatchObject({
    status: 422,
    errors: [{ path: 'query.limit' }],
  });
  expect((await deployed.get('/api/v1/runs/none/explain')).json).toMatchObject({ status: 404, code: 'unknown_run' });
});
