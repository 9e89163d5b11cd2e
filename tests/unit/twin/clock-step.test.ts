/** The twin's clock steps, as a real one can (tests/integration/redis/clock-step.test.ts). */
import type { WorkerId } from '@millrace/core/domain';
import { manualClock, memoryStore } from '@millrace/core/memory';
import { expect, test } from 'vitest';

const STEP_MS = 600_000;

test('a leader’s term that was begun before a step back has ended', async () => {
  const clock = manualClock();
  const store = memoryStore({ clock, random: () => 0 });
  const first = await store.lead({ scheduler: 'a', ttlMs: 60_000 });
  clock.step(-STEP_MS);
  expect(await store.lead({ scheduler: 'b', ttlMs: 60_000 })).toEqual({
    leader: true,
    holder: 'b',
    fence: first.fence + 1,
  });
});

test('after a step back a lost worker is found once its ttl has passed, and one that renews is kept', async () => {
  const clock = manualClock();
  const store = memoryStore({ clock, random: () => 0 });
  const info = { host: 'h', pid: 1, queues: ['default'], concurrency: 1, pipelines: [] };
  const renew = (worker: string, register: boolean) =>
    store.renewLease({ worker: worker as WorkerId, ttlMs: 1_000, info, register, held: [] });
  for (const worker of ['lost', 'alive']) await renew(worker, true);
  clock.step(-STEP_MS);
  expect(await store.rescueLost({ maxLost: 3, limit: 10 })).toEqual({ workers: [], stages: 0 });
  clock.advance(900);
  await renew('alive', false);
  clock.advance(200);
  expect(await store.rescueLost({ maxLost: 3, limit: 10 })).toEqual({ workers: ['lost'], stages: 0 });
});
