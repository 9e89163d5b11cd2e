/** A jump of the store's clock is distinguished from passing time, and from slow answers. */
import { manualClock, memoryStore } from '@millrace/core/memory';
import { pino } from 'pino';
import { beforeEach, expect, test } from 'vitest';
import { watchClock } from '../../../apps/scheduler/src/watch-clock.ts';

const STEP_MS = 600_000;
const HOUR = 3_600_000;

const setUp = () => {
  const clock = manualClock();
  const store = memoryStore({ clock, random: () => 0 });
  const said: string[] = [];
  const log = pino(
    { level: 'warn' },
    { write: (line: string) => said.push((JSON.parse(line) as { msg: string }).msg) },
  );
  const state = { ours: 5_000, leads: true, answerMs: 0 };
  /** Time passes on both clocks. */
  const pass = (ms: number): void => {
    state.ours += ms;
    clock.advance(ms);
  };
  // The clock is read half-way of the journey to the store and back.
  const slow = {
    ...store,
    now: async () => {
      pass(state.answerMs);
      return store.now();
    },
  };
  const watch = watchClock({ store: slow, log }, { leads: () => state.leads }, () => state.ours);
  return { clock, store, said, state, pass, watch };
};
let on: ReturnType<typeof setUp>;
beforeEach(async () => {
  on = setUp();
  await on.watch.look();
});

test('passing time, however long an answer takes, is not a jump', async () => {
  for (const [ms, answerMs] of [
    [1_000, 0],
    [86_400_000, 0],
    [10, 30_000],
    [10, 0],
    [2_000, 5_000],
    [0, 0],
  ] as const) {
    on.pass(ms);
    on.state.answerMs = answerMs;
    await on.watch.look();
    on.state.answerMs = 0;
    expect(on.watch.latest()).toBeGreaterThanOrEqual(on.clock.now());
  }
  expect([on.said, await on.store.clockStep(), on.watch.isSettled()]).toEqual([[], null, true]);
});

test.each([
  ['back', -STEP_MS + 3],
  ['ahead', STEP_MS - 3],
])('the leader notes a jump %s once, and nothing is deleted for its age for an hour', async (where, stepMs) => {
  on.pass(1_000);
  on.clock.step(stepMs);
  if (stepMs > 0) expect(on.watch.latest()).toBeLessThan(on.clock.now());
  await on.watch.look();
  on.pass(1_000);
  await on.watch.look();
  expect(on.said).toEqual([expect.stringContaining(`Redis's clock jumped 10m 0s ${where}`)]);
  expect((await on.store.clockStep())!.stepMs).toBe(stepMs);
  expect(on.watch.latest()).toBeGreaterThanOrEqual(on.clock.now());
  expect(on.watch.isSettled()).toBe(false);
  on.pass(HOUR);
  expect(on.watch.isSettled()).toBe(true);
});

test('another scheduler leaves it to the leader for a while, and rescues nothing by the new clock meanwhile', async () => {
  on.state.leads = false;
  on.clock.step(STEP_MS);
  on.pass(1_000);
  await on.watch.look();
  expect(await on.store.clockStep()).toBeNull();
  expect(on.watch.latest()).toBeLessThan(on.clock.now());
  on.pass(20_000);
  await on.watch.look();
  expect(await on.store.clockStep()).toBeNull();
  expect(on.watch.latest()).toBeGreaterThanOrEqual(on.clock.now());
});
