import { describe, expect, test } from 'vitest';
import type { Claim } from '../../../ports/index.ts';
import { chainOf, pipelineOf } from '../pipelines.ts';
import type { Suite } from '../rig.ts';
import type { TestWorker } from '../test-worker.ts';

export const parkedSuite: Suite = (rig) =>
  describe('stages whose worker does not have their code', () => {
    const PIPELINE = pipelineOf('p', { a: [] });
    /** Takes the queue's next stage, and hands it back for want of its code. */
    const park = async (worker: TestWorker): Promise<Claim> => {
      const claim = await worker.take();
      expect(await worker.lackCode(claim)).toBe('handed_back');
      return claim;
    };
    const stageOf = async (runId: Claim['runId'], place = 0) => (await rig().run(runId)).stages[place]!;

    test('it is parked: one event tells since when, and nobody without its code is offered it again', async () => {
      const runId = await rig().start(PIPELINE);
      const worker = await rig().worker();
      const claim = await park(worker);
      expect(await worker.lackCode(claim)).toBe('handed_back');
      const event = (await rig().log(runId)).at(-1)!;
      expect(event).toMatchObject({ type: 'stage.handed_back', data: { reason: 'no_compatible_version', worker: worker.id, parked_since: event.at } });
      expect(await stageOf(runId)).toMatchObject({ status: 'queued', parkedSince: event.at, attempt: 1, attempts: [{ status: 'handed_back' }] });
      const { version } = PIPELINE;
      expect(await rig().store.parked()).toEqual([{ queue: 'default', pipeline: 'p', version, stages: 1, since: event.at }]);
      const other = await rig().worker('other', [chainOf('q', 1), chainOf('p', 3)]);
      await rig().pass(20);
      for (const one of [worker, other]) {
        await one.renew([]);
        expect(await one.claim()).toBeNull();
      }
      expect((await rig().store.queues()).find(({ queue }) => queue === 'default')).toMatchObject({ waiting: 0, active: 0, delayed: 0 });
      expect(await rig().facts(runId)).toEqual(['run.created', 'a started', 'a handed_back']);
    });

    test('a worker that registers with its code takes it, before what waits in the queue; the attempt is the same', async () => {
      const runId = await rig().start(PIPELINE);
      const worker = await rig().worker();
      const parked = await park(worker);
      const later = await rig().start(PIPELINE);
      const able = await rig().worker('able', [PIPELINE]);
      const claim = await able.take();
      expect(claim).toMatchObject({ runId, attempt: 1 });
      expect(claim.fence).toBeGreaterThan(parked.fence);
      expect(await stageOf(runId)).toMatchObject({ status: 'running', parkedSince: null });
      expect(await rig().store.parked()).toEqual([]);
      await able.succeed(claim);
      expect((await able.take()).runId).toBe(later);
      expect((await rig().run(runId)).status).toBe('succeeded');
    });

    test('those that wait longest are taken first', async () => {
      const runIds = [];
      const worker = await rig().worker();
      for (let i = 0; i < 3; i++) {
        runIds.push(await rig().start(PIPELINE));
        await park(worker);
        await rig().pass(2);
      }
      const able = await rig().worker('able', [PIPELINE]);
      const taken = [await able.take(), await able.take(), await able.take()];
      expect(taken.map(({ runId }) => runId)).toEqual(runIds);
      expect(await able.claim()).toBeNull();
    });

    test('a worker that dies after it registered has lost nothing: the next one takes it', async () => {
      const runId = await rig().start(PIPELINE);
      await park(await rig().worker());
      const first = await rig().worker('first', [PIPELINE]);
      await first.die();
      const second = await rig().worker('second', [PIPELINE]);
      expect((await second.take()).runId).toBe(runId);
    });

    test('one that has its code and was busy takes it when a slot is free', async () => {
      const able = await rig().worker('able', [PIPELINE]);
      const runId = await rig().start(PIPELINE);
      await park(await rig().worker());
      expect((await able.take()).runId).toBe(runId);
    });

    test('a worker whose lease had ended meanwhile takes it once it is renewed', async () => {
      const able = await rig().worker('able', [PIPELINE]);
      await able.renew([], { ttlMs: 5 });
      await rig().pass(10);
      const runId = await rig().start(PIPELINE);
      await park(await rig().worker());
      expect(await able.claim()).toBeNull();
      await able.renew([]);
      expect((await able.take()).runId).toBe(runId);
    });

    test('`since` is when it first could not run, however often it is parked; not when a worker that has its code was found meanwhile', async () => {
      const runId = await rig().start(PIPELINE);
      const worker = await rig().worker();
      await park(worker);
      const { parkedSince } = await stageOf(runId);
      await rig().pass(5);
      const able = await rig().worker('able', [PIPELINE]);
      await able.lackCode(await able.take());
      await park(worker);
      expect((await stageOf(runId)).parkedSince).toBe(parkedSince);
      await able.handBack(await able.take());
      await park(worker);
      expect((await stageOf(runId)).parkedSince).toBeGreaterThan(parkedSince!);
    });

    test('the worker that hands it back is registered with its code itself: it is queued again after the delay, not parked', async () => {
      const runId = await rig().start(PIPELINE);
      const able = await rig().worker('able', [PIPELINE]);
      await able.lackCode(await able.take(), 20);
      expect(await rig().store.parked()).toEqual([]);
      // Looked at, not claimed: on a busy machine the delay may be over.
      expect(await rig().store.queues()).toMatchObject([{ queue: 'default', delayed: 1, waiting: 0, active: 0 }]);
      expect((await rig().until('it can be claimed again', () => able.claim())).runId).toBe(runId);
    });

    test('a command needs a worker with any version of its pipeline', async () => {
      const pipeline = pipelineOf('p', { a: { command: true } });
      const runId = await rig().start(pipeline);
      await park(await rig().worker());
      expect(await rig().store.parked()).toMatchObject([{ pipeline: 'p', version: null, stages: 1 }]);
      expect(await (await rig().worker('other', [chainOf('pp', 1)])).claim()).toBeNull();
      expect((await (await rig().worker('newer', [chainOf('p', 2)])).take()).runId).toBe(runId);
    });

    test('it is of its queue: a worker that has the code and serves another queue does not take it', async () => {
      const pipeline = pipelineOf('p', { a: { queue: 'gpu' } });
      const runId = await rig().start(pipeline);
      const worker = await rig().worker();
      await worker.lackCode(await worker.take('gpu'));
      const able = await rig().worker('able', [pipeline]);
      expect(await able.claim('default')).toBeNull();
      expect(await able.claim('gpu')).toBeNull();
      expect(await rig().store.parked()).toMatchObject([{ queue: 'gpu' }]);
      await rig().cancel(runId);
    });

    test('a cancel ends it', async () => {
      const runId = await rig().start(pipelineOf('p', { a: [], b: ['a'] }));
      await park(await rig().worker());
      expect((await rig().cancel(runId)).kind).toBe('cancelled');
      expect(await rig().store.parked()).toEqual([]);
      expect((await rig().run(runId)).stages).toMatchObject([
        { status: 'cancelled', parkedSince: null },
        { status: 'cancelled', parkedSince: null },
      ]);
    });

    test('a stage of a run that is being cancelled is not parked', async () => {
      const runId = await rig().start(PIPELINE);
      const worker = await rig().worker();
      const claim = await worker.take();
      await rig().cancel(runId);
      expect(await worker.lackCode(claim)).toBe('cancelled');
      expect(await rig().store.parked()).toEqual([]);
    });

    test.each([
      ['run', {}, 20, 'timed_out'],
      ['whole stage', { stage: 20 }, null, 'timed_out'],
      ['waiting', { queue: 20 }, null, 'no_worker'],
    ] as const)('the %s timeout ends it', async (_, timeouts, timeoutMs, code) => {
      const runId = await rig().start(pipelineOf('p', { a: { timeouts } }, { timeoutMs }));
      await park(await rig().worker());
      await rig().until('a timeout fires', async () => (await rig().store.fireTimeouts(100)) || null);
      expect(await rig().run(runId)).toMatchObject({ status: 'failed', error: { code } });
      expect(await rig().store.parked()).toEqual([]);
      expect(await (await rig().worker('able', [pipelineOf('p', { a: { timeouts } }, { timeoutMs })])).claim()).toBeNull();
    });

    test('the reconciler takes it for nothing that is lost', async () => {
      const runId = await rig().start(PIPELINE);
      await park(await rig().worker());
      await rig().pass(5);
      expect(await rig().store.reconcile('0', 100, 0)).toMatchObject({ checked: 1, repaired: 0 });
      expect(await rig().facts(runId)).toEqual(['run.created', 'a started', 'a handed_back']);
    });

    test('parking while a worker with the code registers loses nothing', async () => {
      const worker = await rig().worker();
      const pipelines = Array.from({ length: 20 }, (_, i) => chainOf(`p${i}`, 1));
      for (const pipeline of pipelines) await rig().start(pipeline);
      const claims: Claim[] = [];
      for (let i = 0; i < 20; i++) claims.push(await worker.take());
      const register = async () => {
        const able = await rig().worker('able', pipelines);
        const taken = [];
        for (let claim = await able.claim(); claim; claim = await able.claim()) taken.push(claim);
        return { able, taken };
      };
      const [{ able, taken }] = await Promise.all([register(), ...claims.map((claim) => worker.lackCode(claim))]);
      for (let claim = await able.claim(); claim; claim = await able.claim()) taken.push(claim);
      expect(new Set(taken.map(({ runId }) => runId)).size).toBe(20);
      expect(await rig().store.parked()).toEqual([]);
    });
  });
