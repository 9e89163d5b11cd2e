import { describe, expect, test } from 'vitest';
import type { WorkerId } from '../../../domain/index.ts';
import { chainOf, pipelineOf } from '../pipelines.ts';
import { newRunId, type Suite } from '../rig.ts';
import { refOf } from '../test-worker.ts';

export const leaseSuite: Suite = (rig) =>
  describe('leases of workers', () => {
    test('a registered worker is shown with what it serves and holds', async () => {
      const { store } = rig();
      const pipeline = chainOf('p', 1);
      const runId = await rig().start(pipeline);
      const info = {
        host: 'h',
        pid: 7,
        queues: ['default', 'cpu'],
        concurrency: 2,
        pipelines: [`p@${pipeline.version}`],
      };
      const worker = 'w1' as WorkerId;
      const before = await store.now();
      expect(await store.renewLease({ worker, ttlMs: 60_000, info, register: true, held: [] })).toEqual({
        registered: true,
        fenced: [],
        cancel: [],
        orphans: 0,
      });
      const { claim } = await store.advance({ worker, queue: 'default', slot: 'one', outcome: null, fetch: true });
      const [shown, ...others] = await store.workers();
      expect(others).toEqual([]);
      expect(shown).toMatchObject({ worker, ...info, holds: [{ runId, stage: 's0', since: claim!.startedAt }] });
      expect(shown!.leaseUntil).toBeGreaterThanOrEqual(before + 60_000);
      expect(shown!.registeredAt).toBeGreaterThanOrEqual(before);
    });

    test('an unknown worker cannot renew, and is not registered by trying', async () => {
      const { store } = rig();
      const info = { host: 'h', pid: 7, queues: [], concurrency: 2, pipelines: [] };
      expect(
        await store.renewLease({ worker: 'w1' as WorkerId, ttlMs: 60_000, info, register: false, held: [] }),
      ).toMatchObject({ registered: false });
      expect(await store.workers()).toEqual([]);
    });

    test('registering twice is a renewal: nothing is lost', async () => {
      const runId = await rig().start(chainOf('p', 1));
      const worker = await rig().worker();
      const claim = await worker.take();
      expect(await worker.renew([claim], { register: true })).toEqual({
        registered: true,
        fenced: [],
        cancel: [],
        orphans: 0,
      });
      expect(await rig().store.workers()).toHaveLength(1);
      expect(await worker.succeed(claim)).toBe('succeeded');
      expect((await rig().run(runId)).status).toBe('succeeded');
    });

    test('held claims that are not the worker’s are named', async () => {
      await rig().start(pipelineOf('p', { a: [], b: [] }));
      const [worker, other] = [await rig().worker(), await rig().worker()];
      const [own, foreign] = [await worker.take(), await other.take()];
      const invented = { ...refOf(own), runId: newRunId() };
      const later = { ...refOf(own), fence: own.fence + 10 };
      expect((await worker.renew([own, foreign, invented, later])).fenced).toEqual([refOf(foreign), invented, later]);
      await worker.succeed(own);
      expect((await worker.renew([own])).fenced).toEqual([refOf(own)]);
    });

    test('a claim that the worker does not know of is queued again, first in line, once it is older than the last renewal', async () => {
      const runId = await rig().start(pipelineOf('p', { a: [], b: [], c: [] }));
      const worker = await rig().worker();
      const known = await worker.take('default', 'one');
      await worker.take('default', 'two');
      await rig().pass(2);
      expect((await worker.renew([known])).orphans).toBe(0);
      await rig().pass(2);
      expect((await worker.renew([known])).orphans).toBe(1);
      expect((await worker.renew([known])).orphans).toBe(0);
      const event = (await rig().log(runId)).at(-1)!;
      expect(event).toMatchObject({
        type: 'stage.handed_back',
        stage: 'b',
        attempt: 1,
        data: { reason: 'lost_reply', worker: worker.id },
      });
      const again = await worker.take('default', 'two');
      expect([again.stage, again.attempt]).toEqual(['b', 1]);
      expect((await rig().run(runId)).stages[0]!.status).toBe('running');
    });

    test('a renewal that is sent again does not take a claim that it could not know of for an orphan', async () => {
      await rig().start(chainOf('p', 1));
      const worker = await rig().worker();
      await worker.renew([], { ordinal: 1 });
      await rig().pass(2);
      const claim = await worker.take();
      await rig().pass(2);
      expect((await worker.renew([], { ordinal: 2 })).orphans).toBe(0);
      await rig().pass(2);
      expect((await worker.renew([], { ordinal: 2 })).orphans).toBe(0);
      expect((await worker.renew([claim], { ordinal: 3 })).orphans).toBe(0);
      await rig().pass(2);
      expect((await worker.renew([], { ordinal: 4 })).orphans).toBe(1);
    });

    test('a claim granted between a renewal and its repetition is no orphan at the next one: its answer may still be under way', async () => {
      await rig().start(chainOf('p', 1));
      const worker = await rig().worker();
      await worker.renew([], { ordinal: 1 });
      await rig().pass(2);
      await worker.take();
      await rig().pass(2);
      expect((await worker.renew([], { ordinal: 1 })).orphans).toBe(0);
      await rig().pass(2);
      expect((await worker.renew([], { ordinal: 2 })).orphans).toBe(0);
      await rig().pass(2);
      expect((await worker.renew([], { ordinal: 3 })).orphans).toBe(1);
    });

    test('an orphan of a run that is cancelled is cancelled', async () => {
      const runId = await rig().start(chainOf('p', 1));
      const worker = await rig().worker();
      await worker.take();
      await rig().cancel(runId);
      await rig().until('the orphan is found', async () => {
        await rig().pass(2);
        return (await worker.renew([])).orphans === 1;
      });
      expect(await rig().facts(runId)).toEqual([
        'run.created',
        's0 started',
        'run.cancelling',
        's0 cancelled',
        'run.cancelled',
      ]);
    });

    test('a lease that ended but was not rescued can be renewed, and its claims go on', async () => {
      const runId = await rig().start(chainOf('p', 1));
      const worker = await rig().worker();
      const claim = await worker.take();
      await worker.renew([claim], { ttlMs: 5 });
      await rig().pass(10);
      expect(await worker.renew([claim])).toEqual({ registered: true, fenced: [], cancel: [], orphans: 0 });
      expect(await rig().store.rescueLost({ maxLost: 3, limit: 100 })).toEqual({ workers: [], stages: 0 });
      expect(await worker.succeed(claim)).toBe('succeeded');
      expect((await rig().run(runId)).status).toBe('succeeded');
    });

    test('a worker whose lease has ended claims nothing until it renews it', async () => {
      await rig().start(chainOf('p', 1));
      const worker = await rig().worker();
      await worker.renew([], { ttlMs: 5 });
      await rig().pass(10);
      expect(
        await rig().store.advance({ worker: worker.id, queue: 'default', slot: 'one', outcome: null, fetch: true }),
      ).toMatchObject({
        claim: null,
        unregistered: true,
      });
      await worker.renew([]);
      expect((await worker.take()).stage).toBe('s0');
    });

    test('a worker that is released is gone, and what it held can be claimed at once', async () => {
      const runId = await rig().start(pipelineOf('p', { a: [], b: [] }));
      const [worker, other] = [await rig().worker(), await rig().worker()];
      const claim = await worker.take();
      await rig().store.releaseWorker(worker.id);
      await rig().store.releaseWorker(worker.id);
      expect((await rig().store.workers()).map(({ worker: id }) => id)).toEqual([other.id]);
      expect((await rig().log(runId)).at(-1)).toMatchObject({
        type: 'stage.handed_back',
        stage: 'a',
        data: { reason: 'released', worker: worker.id },
      });
      const again = await other.take();
      expect([again.stage, again.attempt]).toEqual(['a', 1]);
      expect(await worker.succeed(claim)).toBe('fenced');
      expect(
        (await rig().store.advance({ worker: worker.id, queue: 'default', slot: 'one', outcome: null, fetch: true }))
          .unregistered,
      ).toBe(true);
    });

    test('a released worker’s stage of a cancelled run is cancelled', async () => {
      const runId = await rig().start(chainOf('p', 1));
      const worker = await rig().worker();
      await worker.take();
      await rig().cancel(runId);
      await rig().store.releaseWorker(worker.id);
      expect((await rig().facts(runId)).slice(-2)).toEqual(['s0 cancelled', 'run.cancelled']);
    });
  });
