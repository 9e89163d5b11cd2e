import { dataOf } from '@millrace/core/domain';
import { waitFor } from '@millrace/core/testing';
import { afterEach, expect, test } from 'vitest';
import { COMMAND_HOLD, HOLD } from './bodies.ts';
import { type Deployment, deploy, TIMES } from './deployment.ts';
import { expectAtRest, expectSound } from './soundness.ts';

let on: Deployment;
afterEach(() => on.end());

/** Two scans of a busy machine on top of lease + sweep; an order of magnitude below the 40 s that the defaults allow. */
const RESCUED_WITHIN = TIMES.lease + TIMES.sweep + 2_000;

test('L2 kill -9 in the middle of a function stage: another worker runs it again', async () => {
  on = await deploy([HOLD]);
  await on.scheduler();
  const first = await on.worker();
  const run = await on.start('hold');
  await on.untilWitness(({ what }) => what === 'began', 'the first attempt');
  const second = await on.worker();
  await first.kill9();
  const killedAt = await on.store.now();
  const again = await on.untilEvent(run, 'stage.started', { stage: 'long', attempt: 2 });
  expect(again.at - killedAt).toBeLessThan(RESCUED_WITHIN);
  on.letGo();
  await on.untilAllEnded();
  const [ended] = await expectSound(on);
  const attempts = ended!.stages[0]!.attempts;
  expect(attempts.map(({ attempt, status }) => [attempt, status])).toEqual([
    [1, 'worker_lost'],
    [2, 'succeeded'],
  ]);
  expect(attempts[0]!.worker).toContain(`-${first.pid}-`);
  expect(attempts[1]!.worker).toContain(`-${second.pid}-`);
  const types = (await on.eventsOf(run)).map(({ type }) => type);
  expect(types.filter((type) => type === 'stage.succeeded')).toHaveLength(2);
  expect((await on.store.counters())['rescued']).toBe(1);
  await expectAtRest(on);
});

test('kill -9 in the middle of a command that has forked: no process of the dead worker lives, and it runs again', async () => {
  on = await deploy([COMMAND_HOLD]);
  await on.scheduler();
  const first = await on.worker();
  const run = await on.start('command-hold');
  await on.untilWitness(({ what }) => what === 'forked', 'the child of the first attempt');
  await first.kill9();
  await waitFor(async () => (await on.commandProcesses()).length === 0, { what: 'the end of the command, its child and its shim' });
  await on.worker();
  const again = await on.untilEvent(run, 'stage.started', { stage: 'first', attempt: 2 });
  await on.untilWitness(({ attempt, what }) => what === 'forked' && attempt === 2, 'the second attempt');
  on.letGo();
  await on.untilAllEnded();
  const [ended] = await expectSound(on);
  expect(ended!.stages[0]!.attempts.map(({ status }) => status)).toEqual(['worker_lost', 'succeeded']);
  expect(ended!.status).toBe('succeeded');
  expect(dataOf(again, 'stage.started')!.fence).toBeGreaterThan(1);
  await expectAtRest(on);
});

test('a stage that loses every worker fails, and says why', async () => {
  on = await deploy([HOLD]);
  await on.scheduler();
  const run = await on.start('hold');
  for (let attempt = 1; attempt <= 4; attempt++) {
    const worker = await on.worker();
    await on.untilWitness((witness) => witness.attempt === attempt, `attempt ${attempt}`);
    await worker.kill9();
  }
  await on.untilEvent(run, 'run.failed');
  const [ended] = await expectSound(on);
  expect(ended!.error).toMatchObject({ code: 'worker_lost', stage: 'long', attempt: 4 });
  expect(ended!.stages.map(({ status }) => status)).toEqual(['failed', 'skipped']);
  await expectAtRest(on);
});
