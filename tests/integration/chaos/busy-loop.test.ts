/**
 * A stage that computes for longer than its lease, on the main thread, keeps it: the lease is renewed by a second
 * thread.
 */
import { afterEach, expect, test } from 'vitest';
import { type Deployment, deploy } from './deployment.ts';
import { expectAtRest, expectSound } from './soundness.ts';

/** Five leases long, and not one turn of the event loop. */
const COMPUTES = {
  name: 'computes.pipeline.mjs',
  text: `
import { definePipeline } from '@millrace/core/definition';
import { note } from './bodies.mjs';
export default definePipeline('computes', { overlap: 'allow' }).stage('spin', {
  run: async (ctx) => {
    note(ctx, 'began');
    const until = Date.now() + 3_000;
    let turns = 0;
    while (Date.now() < until) turns += 1;
    return { turns };
  },
});
`,
};

let on: Deployment;
afterEach(() => on.end());

test('S3 a main loop that is busy for five leases loses nothing', async () => {
  on = await deploy([COMPUTES]);
  await on.scheduler();
  await on.worker();
  // Idle and with the same lease: it would be given the stage if the lease ended.
  await on.worker();
  const run = await on.start('computes');
  await on.untilEvent(run, 'run.succeeded');
  const [ended] = await expectSound(on);
  expect(ended!.stages[0]!.attempts).toHaveLength(1);
  expect((await on.store.counters())['rescued'] ?? 0).toBe(0);
  await expectAtRest(on);
}, 60_000);
