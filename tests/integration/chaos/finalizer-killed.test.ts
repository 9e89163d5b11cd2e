import { Queue, Worker } from 'bullmq';
import { afterEach, expect, test } from 'vitest';
import { EXCLUSIVE } from './bodies.ts';
import { type Deployment, deploy } from './deployment.ts';
import { expectAtRest, expectSound } from './soundness.ts';

let on: Deployment;
afterEach(() => on.end());

test('S18 the closing work of a run, dropped by a worker that died over it, is taken up by the next', async () => {
  on = await deploy([EXCLUSIVE]);
  on.letGo();
  const closing = new Queue('runs', { connection: on.connection, prefix: on.keys.queuePrefix });
  await closing.pause();
  const first = await on.worker();
  const run = await on.start('exclusive');
  await on.untilEvent(run, 'run.succeeded');
  await first.kill9();
  await closing.resume();
  await closing.close();
  await takeAndDie();
  await on.worker();
  await expectSound(on);
  await expectAtRest(on, { timeoutMs: 20_000 });
  expect(await on.connection.exists(on.keys.queue('runs', run))).toBe(0);
}, 60_000);

/** Takes the closing work as a worker does, and then goes silent. */
const takeAndDie = async (): Promise<void> => {
  let take = (): void => {};
  const taken = new Promise<void>((resolve) => (take = resolve));
  const process = () => {
    take();
    return new Promise<void>(() => {});
  };
  const doomed = new Worker('runs', process, {
    connection: { url: on.redis.url },
    prefix: on.keys.queuePrefix,
    lockDuration: 1_000,
  });
  doomed.on('error', () => {});
  await taken;
  await doomed.close(true);
};
