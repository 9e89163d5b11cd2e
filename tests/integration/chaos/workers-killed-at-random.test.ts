import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { AppProcess } from './app-process.ts';
import { COMMANDS, DIAMOND, IN_TURN } from './bodies.ts';
import { type Deployment, deploy } from './deployment.ts';
import { expectAtRest, expectSound } from './soundness.ts';

let on: Deployment;
afterEach(() => on.end());

const KILLS = 12;
const DIAMONDS = 150;

test('S1 S2 S3 S4 S8 S12 S18 kill -9 at random moments: every run ends, each outcome is recorded once, nothing is held', async () => {
  on = await deploy([DIAMOND, COMMANDS, IN_TURN]);
  await on.scheduler();
  const workers: AppProcess[] = [];
  let kills = 0;
  for (let n = 0; n < DIAMONDS; n++) await on.start('diamond', { ms: 150 });
  for (let n = 0; n < 12; n++) await on.start('commands');
  for (let n = 0; n < 12; n++) await on.start('in-turn', { ms: 100 });

  /**
   * One of two places for a worker: it is filled, and emptied by force at a random moment of the worker's life, until
   * enough were killed.
   */
  const place = async (): Promise<void> => {
    for (;;) {
      const worker = await on.worker({ MILLRACE_WORKER_CONCURRENCY: '4' });
      if (kills >= KILLS) return void workers.push(worker);
      kills += 1;
      // The moment is what is random here; nothing waits for it.
      await delay(Math.random() * 900);
      await worker.kill9();
    }
  };
  await Promise.all([place(), place()]);
  expect(workers).toHaveLength(2);
  await on.untilAllEnded(40_000);
  const runs = await expectSound(on);
  expect(runs).toHaveLength(DIAMONDS + 24);
  // Only a stage that lost four workers may fail.
  for (const { status, error } of runs) if (status !== 'succeeded') expect(error?.code).toBe('worker_lost');
  expect((await on.store.counters())['rescued']).toBeGreaterThan(0);
  await expectAtRest(on, { timeoutMs: 20_000 });
}, 240_000);
