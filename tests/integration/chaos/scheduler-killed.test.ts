import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '@millrace/core/testing';
import { afterEach, expect, test } from 'vitest';
import type { AppProcess } from './app-process.ts';
import { EVERY_SECOND } from './bodies.ts';
import { type Deployment, deploy } from './deployment.ts';
import { expectAtRest, expectSound } from './soundness.ts';

let on: Deployment;
afterEach(() => on.end());

const SCHEDULE = 'each-second';

test('S11 kill -9 of both schedulers around their ticks: every instant is in the ledger once, and none started two runs', async () => {
  on = await deploy([EVERY_SECOND]);
  await on.worker();
  const living: AppProcess[] = [];
  const place = async (lives: number): Promise<void> => {
    for (let life = 0; ; life++) {
      const scheduler = await on.scheduler();
      if (life === lives) return void living.push(scheduler);
      // A tick of this process, or the moment just before one: ticks are on the second.
      const untilTick = 1_000 - (Date.now() % 1_000);
      await delay(untilTick - 15 + Math.random() * 40);
      await scheduler.kill9();
    }
  };
  await Promise.all([place(3), place(3)]);
  // No scheduler is up for three ticks: they are late for the next one.
  await Promise.all(living.map((scheduler) => scheduler.kill9()));
  const asleep = await on.store.now();
  await waitFor(async () => (await on.store.now()) > asleep + 3_000, { what: 'three ticks to pass' });
  const last = await on.scheduler();
  const awake = await on.store.now();
  await waitFor(async () => (await on.store.ticks(SCHEDULE, 1)).some(({ instant }) => instant > awake + 1_000), {
    what: 'ticks to go on',
  });
  await last.end();

  const ledger = [...(await on.store.ticks(SCHEDULE, 1_000))].reverse();
  // From where the schedule began each second is named once.
  const instants = ledger.map(({ instant }) => instant);
  expect(instants).toEqual(instants.map((_, place) => instants[0]! + 1_000 * place));
  expect(
    [instants[0]! < asleep - 1_000, instants.at(-1)! > awake + 1_000],
    'from before the kills to after them',
  ).toEqual([true, true]);

  await on.untilAllEnded();
  const runs = await expectSound(on);
  const ticks = runs.map(({ trigger }) => trigger.tick!);
  expect(new Set(ticks).size).toBe(ticks.length);
  const ran = ledger.filter(({ outcome }) => outcome === 'fired' || outcome === 'caught_up');
  expect(new Set(ran.map(({ runId }) => runId))).toEqual(new Set(runs.map(({ runId }) => runId)));
  expect(ran).toHaveLength(runs.length);
  expect(ran.length).toBeGreaterThan(4);
  for (const { runId, instant } of ran) expect(runs.find((run) => run.runId === runId)!.trigger.tick).toBe(instant);
  await expectAtRest(on);
}, 90_000);
