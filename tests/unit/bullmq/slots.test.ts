/** How workers with many slots share what is ready: each poll of BullMQ fills one slot, each script several. */
import type { AdvanceAnswer, Claim } from '@millrace/core/ports';
import { expect, test } from 'vitest';
import { filling, slotsOf } from '../../../packages/core/src/bullmq/slots.ts';

const SLOTS = 16;

/** A worker with its slots, which takes from the front of the queue; one batch of requests is one script. */
const workerOn = (queue: string[]) => {
  let scripts = 0;
  let isSending = false;
  const ask = async (): Promise<AdvanceAnswer> => {
    if (!isSending) {
      isSending = true;
      scripts += 1;
      setImmediate(() => (isSending = false));
    }
    const jobId = queue.shift();
    const claim = jobId === undefined ? null : ({ jobId } as Claim);
    return { recorded: null, claim, nextDueAt: 0, unregistered: false, holdsOff: false, expand: [] };
  };
  const fill = filling(slotsOf('default', SLOTS), ask, () => {});
  let polls = 0;
  const held: string[] = [];
  return {
    held,
    scripts: () => scripts,
    poll: async (): Promise<boolean> => {
      const { claim } = await fill.next(`token-${polls++}`);
      await new Promise((resolve) => setImmediate(resolve));
      if (claim) held.push(claim.jobId);
      return claim !== null;
    },
  };
};

const ready = (count: number): string[] => Array.from({ length: count }, (_, at) => `job-${at}`);

test.each([
  [4, 2],
  [16, 6],
])('two idle workers share %i ready stages: each gets at least %i', async (count, least) => {
  const queue = ready(count);
  const workers = [workerOn(queue), workerOn(queue)];
  for (let n = 0; n < SLOTS; n++) for (const worker of workers) if (worker.held.length < SLOTS) await worker.poll();
  expect(workers.flatMap(({ held }) => held).sort()).toEqual(ready(count).sort());
  for (const { held } of workers) expect(held.length).toBeGreaterThanOrEqual(least);
});

test('one worker alone fills all its slots in few scripts', async () => {
  const worker = workerOn(ready(100));
  for (let n = 0; n < SLOTS; n++) expect(await worker.poll()).toBe(true);
  expect(worker.scripts()).toBeLessThanOrEqual(4);
});
