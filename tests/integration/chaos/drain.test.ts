import { waitFor } from '@millrace/core/testing';
import { afterEach, expect, test } from 'vitest';
import { COMMAND_HOLD, HOLD } from './bodies.ts';
import { type Deployment, deploy } from './deployment.ts';
import { expectAtRest, expectSound } from './soundness.ts';

let on: Deployment;
afterEach(() => on.end());

test('SIGTERM: a stage that ends within the drain time ends where it ran', async () => {
  on = await deploy([HOLD], { MILLRACE_DRAIN_MS: '20000' });
  const worker = await on.worker();
  const run = await on.start('hold');
  await on.untilWitness(({ what }) => what === 'began', 'the body');
  worker.askToEnd();
  const other = await on.worker();
  on.letGo();
  await on.untilEvent(run, 'run.succeeded');
  await worker.gone;
  const [ended] = await expectSound(on);
  expect(ended!.stages.map(({ worker: by }) => by)).toEqual([
    expect.stringContaining(`-${worker.pid}-`),
    expect.stringContaining(`-${other.pid}-`),
  ]);
  expect(ended!.stages[0]!.attempts).toHaveLength(1);
  await expectAtRest(on);
});

test.for([
  { kind: 'function', definition: HOLD, stage: 'long' },
  { kind: 'command', definition: COMMAND_HOLD, stage: 'first' },
])(
  'SIGTERM: a $kind stage that does not end in time is handed back, and another worker takes it at no cost of an attempt',
  async ({ definition, stage }) => {
    on = await deploy([definition], { MILLRACE_DRAIN_MS: '300' });
    const worker = await on.worker();
    const run = await on.start(definition === HOLD ? 'hold' : 'command-hold');
    await on.untilWitness(({ what }) => what === 'began', 'the body');
    expect(await worker.end()).toBe(0);
    expect(await on.commandProcesses()).toEqual([]);
    const handedBack = await on.untilEvent(run, 'stage.handed_back');
    expect(handedBack.data).toMatchObject({ reason: 'drain' });
    const other = await on.worker();
    await on.untilWitness(
      ({ pid, what, fence }) => what === 'began' && (pid === other.pid || fence > 1),
      'the body elsewhere',
    );
    on.letGo();
    await on.untilAllEnded();
    const [ended] = await expectSound(on);
    const taken = ended!.stages.find((one) => one.stage === stage)!;
    expect(taken.attempts.map(({ attempt, status }) => [attempt, status])).toEqual([
      [1, 'handed_back'],
      [1, 'succeeded'],
    ]);
    expect(taken.worker).toContain(`-${other.pid}-`);
    await expectAtRest(on);
  },
);

test('SIGTERM of every worker in turn under load loses and repeats nothing', async () => {
  on = await deploy([HOLD], { MILLRACE_DRAIN_MS: '200' });
  on.letGo();
  const runs = await Promise.all(Array.from({ length: 150 }, () => on.start('hold', { ms: 60 })));
  let worker = await on.worker({ MILLRACE_WORKER_CONCURRENCY: '3' });
  for (let turn = 1; turn <= 3; turn++) {
    await waitFor(async () => (await on.store.liveRuns('hold' as never, 500)).length < 150 - 20 * turn, {
      what: 'work to go on',
      timeoutMs: 20_000,
    });
    const next = await on.worker({ MILLRACE_WORKER_CONCURRENCY: '3' });
    expect(await worker.end()).toBe(0);
    worker = next;
  }
  await on.untilAllEnded();
  const ended = await expectSound(on);
  expect(ended.every(({ status }) => status === 'succeeded')).toBe(true);
  expect(ended).toHaveLength(runs.length);
  // No stage ran to its end twice: each began once, or was handed back in between.
  const attempts = ended.flatMap(({ stages }) => stages.flatMap((stage) => stage.attempts));
  expect(attempts.every(({ status }) => status === 'succeeded' || status === 'handed_back')).toBe(true);
  await expectAtRest(on);
}, 60_000);

test('SIGTERM while Redis hangs: the process ends all the same, and its stage is taken up when Redis is back', async () => {
  on = await deploy([HOLD], { MILLRACE_DRAIN_MS: '300' });
  await on.scheduler();
  const worker = await on.worker();
  const run = await on.start('hold');
  await on.untilWitness(({ what }) => what === 'began', 'the body');
  on.redis.pause();
  worker.askToEnd();
  await worker.gone;
  on.redis.resume();
  await on.worker();
  on.letGo();
  await on.untilEvent(run, 'run.succeeded', {}, 40_000);
  await expectSound(on);
  await expectAtRest(on);
}, 90_000);
