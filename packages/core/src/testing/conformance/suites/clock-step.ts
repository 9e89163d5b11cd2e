import { describe, expect, test } from 'vitest';
import type { WorkerId } from '../../../domain/index.ts';
import { pipelineOf } from '../pipelines.ts';
import type { Rig, Suite } from '../rig.ts';

const STEP_MS = 600_000;

/**
 * As the step leaves a deployment: what was there was written by the clock before, what follows is written by the new
 * one.
 */
const stepped = async (rig: Rig, stepMs: number, schedules: readonly string[] = []): Promise<number> => {
  await rig.pass(2);
  const since = await rig.store.now();
  expect(await rig.store.noteClockStep({ stepMs, since, queues: ['default'], schedules })).toBe(true);
  return since;
};

export const clockStepSuite: Suite = (rig) =>
  describe('a clock that jumps', () => {
    test('is noted once, and shown', async () => {
      const { store } = rig();
      expect(await store.clockStep()).toBeNull();
      const since = await stepped(rig(), -STEP_MS);
      expect(await store.noteClockStep({ stepMs: -STEP_MS + 3, since, queues: [], schedules: [] })).toBe(false);
      const noted = await store.clockStep();
      expect(noted!.stepMs).toBe(-STEP_MS);
      expect(noted!.at).toBeGreaterThanOrEqual(since);
    });

    test('ahead of what an honest one shows at most: nobody is lost by it, and nothing times out', async () => {
      const { store } = rig();
      const runId = await rig().start(pipelineOf('p', { a: [] }, { timeoutMs: 20 }));
      const info = { host: 'h', pid: 1, queues: ['default'], concurrency: 1, pipelines: [] };
      await store.renewLease({ worker: 'w' as WorkerId, ttlMs: 20, info, register: true, held: [] });
      await rig().pass(25);
      const latest = (await store.now()) - 1;
      await rig().pass(2);
      expect(await store.rescueLost({ maxLost: 3, limit: 10, latest })).toEqual({ workers: [], stages: 0 });
      expect(await store.fireTimeouts(10, latest)).toBe(0);
      expect((await rig().run(runId)).status).toBe('starting');
      const later = (await store.now()) + 60_000;
      expect(await store.rescueLost({ maxLost: 3, limit: 10, latest: later })).toEqual({ workers: ['w'], stages: 0 });
      expect(await store.fireTimeouts(10, later)).toBe(1);
    });

    test('ahead: a lease, a delay and a timeout that it seems to have ended go on', async () => {
      const { store } = rig();
      const runId = await rig().start(pipelineOf('p', { a: [] }, { timeoutMs: 40 }));
      const info = { host: 'h', pid: 1, queues: ['default'], concurrency: 1, pipelines: [] };
      await store.renewLease({ worker: 'w' as WorkerId, ttlMs: 40, info, register: true, held: [] });
      await rig().pass(50);
      await stepped(rig(), STEP_MS);
      expect(await store.rescueLost({ maxLost: 3, limit: 10 })).toEqual({ workers: [], stages: 0 });
      expect(await store.fireTimeouts(10)).toBe(0);
      expect((await rig().run(runId)).status).toBe('starting');
      // No lease is longer than its ttl for that.
      await rig().pass(45);
      expect((await store.rescueLost({ maxLost: 3, limit: 10 })).workers).toEqual(['w']);
    });

    test('back: a delay and a timeout end when they would have, and what was begun since keeps its own', async () => {
      const { store } = rig();
      const worker = await rig().worker();
      const due = async () =>
        (await store.advance({ worker: worker.id, queue: 'default', slot: 'one', outcome: null, fetch: true }))
          .nextDueAt;
      const retry = { initialInterval: 2 * STEP_MS, maximumInterval: 2 * STEP_MS, maximumAttempts: 3 };
      await rig().start(pipelineOf('p', { a: { retry } }));
      expect(await worker.fail(await worker.take())).toBe('retrying');
      const before = await due();
      const elsewhere = { a: { queue: 'other', timeouts: { queue: STEP_MS } } };
      const timed = await rig().start(pipelineOf('q', { a: { queue: 'other' } }, { timeoutMs: STEP_MS }));
      const waiting = await rig().start(pipelineOf('s', elsewhere));
      await rig().pass(2);
      const since = await store.now();
      const later = [
        await rig().start(pipelineOf('r', { a: { queue: 'other' } }, { timeoutMs: STEP_MS })),
        await rig().start(pipelineOf('t', elsewhere)),
      ];
      expect(await store.noteClockStep({ stepMs: -STEP_MS, since, queues: ['default', 'other'], schedules: [] })).toBe(
        true,
      );
      expect(await due()).toBe(before - STEP_MS);
      expect(await store.fireTimeouts(10)).toBe(2);
      for (const runId of [timed, waiting]) expect((await rig().run(runId)).status).toBe('failed');
      for (const runId of later) expect((await rig().run(runId)).status).toBe('starting');
    });

    test('back: a schedule whose cursor is ahead goes on from now', async () => {
      const { store } = rig();
      const ahead = (await store.now()) + STEP_MS;
      await store.recordTick({ scheduleId: 's', instant: ahead, outcome: 'missed', reason: 'nobody was up' });
      await store.recordTick({ scheduleId: 'past', instant: 1_000, outcome: 'missed', reason: 'nobody was up' });
      await stepped(rig(), -STEP_MS, ['s', 'past']);
      expect(await store.scheduleCursor('s')).toBeLessThanOrEqual(await store.now());
      expect(await store.scheduleCursor('past')).toBe(1_000);
      expect(await store.recordTick({ scheduleId: 's', instant: ahead, outcome: 'skipped', reason: 'again' })).toBe(
        'recorded',
      );
    });
  });
