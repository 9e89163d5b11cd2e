import { Queue } from 'bullmq';
import { afterEach, expect, test } from 'vitest';
import { HOLD, onQueue } from './bodies.ts';
import { type Deployment, deploy } from './deployment.ts';
import { expectAtRest, expectSound } from './soundness.ts';

let on: Deployment;
afterEach(() => on.end());

/** What an administrator, or another program on BullMQ, can do to a queue behind our back. */
const withQueue = async (name: string, act: (queue: Queue) => Promise<unknown>): Promise<void> => {
  const queue = new Queue(name, { connection: on.connection, prefix: on.keys.queuePrefix });
  await act(queue);
  await queue.close();
};
const LOSSES: Readonly<Record<string, () => Promise<void>>> = {
  obliterated: () => withQueue('obliterated', (queue) => queue.obliterate({ force: true })),
  drained: () => withQueue('drained', (queue) => queue.drain(true)),
  cut: async () => void (await on.connection.del(on.keys.queue('cut', 'wait'))),
  paused: () => withQueue('paused', async (queue) => queue.pause().then(() => queue.obliterate({ force: true }))),
};
const QUEUED = 8;

test('queues that lose their jobs: the reconciler queues the stages again, and records it', async () => {
  const queues = Object.keys(LOSSES);
  on = await deploy(queues.map(onQueue));
  const runs = (
    await Promise.all(queues.map((queue) => Promise.all(Array.from({ length: QUEUED }, () => on.start(queue)))))
  ).flat();
  const waiting = () => Promise.all(queues.map((queue) => on.connection.llen(on.keys.queue(queue, 'wait'))));
  expect(await waiting()).toEqual(queues.map(() => QUEUED));
  for (const lose of Object.values(LOSSES)) await lose();
  expect(await waiting()).toEqual(queues.map(() => 0));
  await on.scheduler();
  await on.worker();
  await on.untilAllEnded();
  for (const run of await expectSound(on)) expect(run.status).toBe('succeeded');
  expect((await on.store.counters())['repaired']).toBe(runs.length);
  for (const runId of runs) {
    const repairs = (await on.eventsOf(runId)).filter(({ type }) => type === 'run.repaired');
    expect(repairs.map(({ data }) => data)).toEqual([{ repairs: ['queued:only'], queued: ['only'] }]);
  }
  await expectAtRest(on);
}, 60_000);

test('a queue that is obliterated while its stages run: they end, and what follows them runs', async () => {
  on = await deploy([HOLD]);
  await on.scheduler();
  await on.worker();
  const run = await on.start('hold');
  await on.untilWitness(({ what }) => what === 'began', 'the body');
  await withQueue('default', (queue) => queue.obliterate({ force: true }));
  on.letGo();
  await on.untilEvent(run, 'run.succeeded');
  await expectSound(on);
  await expectAtRest(on);
}, 60_000);
