/** A definition changes while a run of the earlier one is live: its function stages wait, and every view reports it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@millrace/core/testing';
import { afterEach, expect, test } from 'vitest';
import { findings } from '../../../apps/cli/src/doctor/findings.ts';
import { project } from '../cli/millrace.ts';
import { CHANGING } from './bodies.ts';
import { type Deployment, deploy, TOKEN } from './deployment.ts';
import { expectAtRest, expectSound } from './soundness.ts';

let on: Deployment;
afterEach(() => on.end());

const ALL = 20;
const before = CHANGING('before');

test('stages of the earlier version wait without an event, until a worker with it comes back', {
  timeout: 120_000,
}, async () => {
  on = await deploy([before], { MILLRACE_DRAIN_MS: '300', MILLRACE_WORKER_CONCURRENCY: '1' });
  const { version } = on.pipelineOf('changing');
  const first = await on.worker();
  const run = await on.start('changing');
  await on.untilWitness(({ what }) => what === 'began', 'the body');
  writeFileSync(join(on.folder, before.name), CHANGING('after').text);
  const api = await on.api();
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  // oxlint-disable-next-line typescript/no-explicit-any
  const ask = async (path: string, method = 'GET'): Promise<any> =>
    (await fetch(`${api.url}/api/v1${path}`, { method, headers })).json();

  const other = await ask('/pipelines/changing/runs', 'POST');
  expect(other.warnings).toEqual([
    `no worker has version ${other.version} of pipeline changing and serves queue default: its stages wait until one is started`,
  ]);
  await ask(`/runs/${other.run_id}/cancel`, 'POST');

  await first.end();
  await on.worker();
  const parked = () => on.store.parked();
  await waitFor(async () => (await parked())[0]?.stages === ALL, {
    what: 'every stage to be parked',
    timeoutMs: 20_000,
  });
  const [{ since }] = (await parked()) as unknown as [{ since: number }];
  // Nothing is due, now or later: each stage has recorded once that it cannot run.
  expect((await on.store.queues())[0]).toMatchObject({ waiting: 0, active: 0, delayed: 0 });
  const events = (await on.eventsOf(run)).filter(({ type }) => type === 'stage.parked');
  expect(events.map(({ stage }) => stage).sort()).toEqual([...new Set(events.map(({ stage }) => stage))].sort());
  expect(events).toHaveLength(ALL);
  const told = (await on.eventsOf(run)).length;
  expect((await ask('/pipelines/changing/runs', 'POST')).warnings).toEqual([]);
  await waitFor(async () => (await on.runsOf('changing'))[0]?.status === 'running', {
    what: 'the worker to go on with the new version',
    timeoutMs: 20_000,
  });
  expect(await on.eventsOf(run)).toHaveLength(told);

  const at = new Date(since).toISOString();
  const sentence = `no worker has version ${version} of pipeline changing: ${ALL} stages of its runs wait, since ${at}`;
  const health = await ask('/health');
  expect(health).toMatchObject({
    status: 'degraded',
    system: { stranded: [{ queue: 'default', pipeline: 'changing', version, stages: ALL, since: at }] },
  });
  expect(health.concerns).toContain(sentence);
  expect((await ask('/pipelines/changing')).stranded).toEqual(health.system.stranded);
  const { stages } = await ask(`/runs/${run}/explain`);
  expect(stages[0].blockers).toMatchObject([
    { code: 'no_compatible_worker', evidence: { queue: 'default', pipeline: 'changing', version } },
  ]);
  expect(stages.map((one: { blockers: { since: string }[] }) => one.blockers[0]!.since)).toContain(at);
  const environment = {
    REDIS_URL: on.redis.url,
    MILLRACE_PREFIX: on.prefix,
    MILLRACE_PIPELINES: on.folder,
    MILLRACE_DATA_DIR: on.dataDir,
    MILLRACE_PORT: '0',
  };
  expect((await findings(environment)).filter(({ check }) => check === 'workers')).toMatchObject([
    { verdict: 'warning', says: sentence },
  ]);
  const shell = project({});
  try {
    const settings = { MILLRACE_URL: api.url, MILLRACE_TOKEN: TOKEN };
    const [why, status] = await Promise.all([shell.runWith(settings, 'why', run), shell.runWith(settings, 'status')]);
    expect(why.out).toContain(`no worker has version ${version} of pipeline changing, since `);
    expect(status.out).toContain(sentence);
  } finally {
    shell.remove();
  }

  writeFileSync(join(on.folder, before.name), before.text);
  await on.worker({ MILLRACE_WORKER_CONCURRENCY: '4' });
  on.letGo();
  await on.untilEvent(run, 'run.succeeded');
  await on.untilAllEnded();
  expect(await parked()).toEqual([]);
  expect((await ask('/health')).system.stranded).toEqual([]);
  await expectSound(on);
  await expectAtRest(on);
});
