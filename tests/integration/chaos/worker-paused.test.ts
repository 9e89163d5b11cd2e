import { dataOf } from '@millrace/core/domain';
import { waitFor } from '@millrace/core/testing';
import { afterEach, expect, test } from 'vitest';
import { COMMAND_HOLD, HOLD } from './bodies.ts';
import { type Deployment, deploy } from './deployment.ts';
import { expectAtRest, expectSound } from './soundness.ts';

let on: Deployment;
afterEach(() => on.end());

test('S2 a worker that slept past its lease: its late writes are refused and recorded, its handler is aborted, and it continues to work', async () => {
  on = await deploy([HOLD]);
  await on.scheduler();
  const sleeper = await on.worker();
  const run = await on.start('hold');
  await on.untilEvent(run, 'stage.log');
  sleeper.pause();
  const other = await on.worker();
  const taken = await on.untilEvent(run, 'stage.started', { stage: 'long', attempt: 2 });
  await on.untilWitness(({ attempt, what }) => attempt === 2 && what === 'began', 'the second attempt');
  sleeper.resume();

  const aborted = await on.untilWitness(
    ({ what, pid }) => what === 'aborted' && pid === sleeper.pid,
    'the handler of the sleeper is told',
  );
  expect(aborted.reason).toBe('fenced');
  const refused = await on.untilEvent(run, 'stage.fenced');
  expect(refused.attempt).toBe(1);
  expect(dataOf(refused, 'stage.fenced')).toMatchObject({
    fence: aborted.fence,
    current_fence: dataOf(taken, 'stage.started')!.fence,
  });
  expect((await on.store.counters())['fenced']).toBeGreaterThan(0);
  await waitFor(async () => (await on.store.workers()).length === 2, { what: 'the sleeper to register anew' });
  on.letGo();
  await on.untilAllEnded();

  const [ended] = await expectSound(on);
  expect(ended!.stages[0]!.attempts.map(({ status, worker }) => [status, worker.includes(`-${other.pid}-`)])).toEqual([
    ['worker_lost', false],
    ['succeeded', true],
  ]);

  // It works on: alone, it takes the next run.
  await other.end();
  const next = await on.start('hold');
  await on.untilEvent(next, 'run.succeeded');
  expect((await on.store.run(next))!.stages[0]!.worker).toContain(`-${sleeper.pid}-`);
  await expectSound(on);
  await expectAtRest(on);
}, 60_000);

test('S1 a worker that slept while its stage was run to the end elsewhere changes nothing when it wakes', async () => {
  on = await deploy([HOLD]);
  await on.scheduler();
  const sleeper = await on.worker();
  const run = await on.start('hold');
  await on.untilWitness(({ what }) => what === 'began', 'the first attempt');
  sleeper.pause();
  await on.worker();
  await on.untilWitness(({ attempt }) => attempt === 2, 'the second attempt');
  on.letGo();
  await on.untilEvent(run, 'run.succeeded');
  const log = JSON.stringify(await on.eventsOf(run));
  sleeper.resume();
  await waitFor(async () => (await on.store.counters())['fenced'], { what: 'a refused write' });
  await waitFor(async () => (await on.store.workers()).length === 2, { what: 'the sleeper to register anew' });
  await waitFor(async () => (await on.store.workers()).every(({ holds }) => holds.length === 0), {
    what: 'nobody to hold anything',
  });
  expect(JSON.stringify(await on.eventsOf(run))).toBe(log);
  await expectSound(on);
  await expectAtRest(on);
}, 60_000);

test('the command of a worker that slept is ended when it wakes, and what it said late is not in the log', async () => {
  on = await deploy([COMMAND_HOLD]);
  await on.scheduler();
  const sleeper = await on.worker();
  const run = await on.start('command-hold');
  await on.untilEvent(run, 'stage.log');
  sleeper.pause();
  await on.worker();
  await on.untilWitness(({ attempt, what }) => attempt === 2 && what === 'forked', 'the second attempt');
  sleeper.resume();
  const first = on.witnesses().filter(({ attempt }) => attempt === 1);
  await waitFor(
    async () => !(await on.commandProcesses()).some(({ pid }) => first.some((witness) => witness.pid === pid)),
    {
      what: 'the end of the first attempt and its child',
    },
  );
  on.letGo();
  await on.untilAllEnded();
  await expectSound(on);
  await expectAtRest(on);
}, 60_000);

test('a silent handler learns from the next heartbeat that it was fenced', async () => {
  on = await deploy([HOLD]);
  await on.scheduler();
  const sleeper = await on.worker();
  const run = await on.start('hold', { silent: true });
  await on.untilWitness(({ what }) => what === 'began', 'the first attempt');
  sleeper.pause();
  await on.worker();
  await on.untilWitness(({ attempt }) => attempt === 2, 'the second attempt');
  sleeper.resume();
  const aborted = await on.untilWitness(({ what }) => what === 'aborted', 'the handler of the sleeper is told');
  expect(aborted).toMatchObject({ pid: sleeper.pid, attempt: 1, reason: 'fenced' });
  on.letGo();
  await on.untilEvent(run, 'run.succeeded');
  await expectSound(on);
  await expectAtRest(on);
}, 60_000);
