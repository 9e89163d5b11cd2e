import { describe, expect, test } from 'vitest';
import type { RunId } from '../../../domain/index.ts';
import type { Claim, Outcome } from '../../../ports/index.ts';
import { chainOf, pipelineOf } from '../pipelines.ts';
import type { Suite } from '../rig.ts';
import { refOf, type TestWorker } from '../test-worker.ts';

export const parkedSuite: Suite = (rig) =>
  describe('stages that the worker which asks cannot run', () => {
    const PIPELINE = pipelineOf('p', { a: [] });
    const { version } = PIPELINE;
    const unable = (name = 'unable') => rig().worker(name, []);
    const able = (name = 'able') => rig().worker(name, [PIPELINE]);
    /** Starts a run whose stage meets a worker that cannot run it. */
    const park = async (pipeline = PIPELINE, queue = 'default'): Promise<RunId> => {
      const runId = await rig().start(pipeline);
      expect(await (await unable()).claim(queue)).toBeNull();
      return runId;
    };
    /** The worker's own knowledge changes after its claim. */
    const handBack = async (worker: TestWorker, claim: Claim): Promise<void> => {
      await worker.learn([], [claim]);
      expect(await worker.lackCode(claim)).toBe('handed_back');
    };
    const stageOf = async (runId: RunId, place = 0) => (await rig().run(runId)).stages[place]!;

    test('it is not started but parked: one event tells the cause and since when, and nobody without its code is offered it again', async () => {
      const runId = await park();
      const event = (await rig().log(runId)).at(-1)!;
      const waitingFor = { cause: 'no_compatible_worker', since: event.at };
      expect(event).toMatchObject({ type: 'stage.parked', stage: 'a', attempt: 0, data: waitingFor });
      expect(await stageOf(runId)).toMatchObject({ status: 'queued', waitingFor, attempt: 0, attempts: [] });
      expect(await rig().store.parked()).toEqual([
        { queue: 'default', pipeline: 'p', version, stages: 1, since: event.at },
      ]);
      const other = await rig().worker('other', [chainOf('q', 1), chainOf('p', 3)]);
      for (let minute = 0; minute < 10; minute++) {
        await rig().pass(rig().skipsTime ? 60_000 : 2);
        for (const one of [await unable(), other]) {
          await one.renew([], { register: true });
          expect(await one.claim()).toBeNull();
        }
        await rig().store.reconcile('0', 100, 0);
      }
      expect((await rig().store.queues()).find(({ queue }) => queue === 'default')).toMatchObject({
        waiting: 0,
        active: 0,
        delayed: 0,
      });
      expect(await rig().facts(runId)).toEqual(['run.created', 'a parked']);
    });

    test('the worker gets the next one that it can run', async () => {
      for (let n = 0; n < 3; n++) await rig().start(PIPELINE);
      const runId = await rig().start(chainOf('q', 1));
      const worker = await rig().worker('other', [chainOf('q', 1)]);
      expect((await worker.take()).runId).toBe(runId);
      expect(await rig().store.parked()).toMatchObject([{ stages: 3 }]);
    });

    test('one claim parks twenty at most; the next goes on', async () => {
      for (let n = 0; n < 21; n++) await rig().start(PIPELINE);
      const worker = await unable();
      expect(await worker.claim()).toBeNull();
      expect(await rig().store.parked()).toMatchObject([{ stages: 20 }]);
      expect(await worker.claim()).toBeNull();
      expect(await rig().store.parked()).toMatchObject([{ stages: 21 }]);
    });

    test('workers with two versions beside each other: each takes only its own, and nothing is told of the others', async () => {
      const newer = pipelineOf('p', { a: [], b: ['a'] });
      const [old, young] = [await able('old'), await rig().worker('young', [newer])];
      const runs = new Map<TestWorker, RunId[]>([
        [old, []],
        [young, []],
      ]);
      for (let n = 0; n < 3; n++) {
        runs.get(old)!.push(await rig().start(PIPELINE));
        runs.get(young)!.push(await rig().start(newer));
      }
      for (const [worker, ids] of runs) {
        const taken = [];
        for (let claim = await worker.claim(); claim; claim = await worker.claim()) {
          expect((await stageOf(claim.runId)).waitingFor).toBeNull();
          taken.push(claim.runId);
          await worker.succeed(claim);
        }
        expect(new Set(taken)).toEqual(new Set(ids));
      }
      for (const runId of runs.get(old)!)
        expect(await rig().facts(runId)).toEqual(['run.created', 'a started', 'a succeeded', 'run.succeeded']);
      expect(await rig().store.parked()).toEqual([]);
    });

    test('what follows a stage is claimed with its end only by a worker that can run it', async () => {
      const pipeline = pipelineOf('p', { a: { command: true }, b: ['a'], c: { on: ['a'], command: true } });
      const runId = await rig().start(pipeline);
      const worker = await rig().worker('other-version', [PIPELINE]);
      const first = await worker.take();
      const outcome = { ...first, result: { kind: 'succeeded', outputJson: '{}' } as const };
      const { claim } = await rig().store.advance({
        worker: worker.id,
        queue: 'default',
        slot: 'one',
        outcome,
        fetch: true,
      });
      expect(claim).toMatchObject({ runId, stage: 'c' });
      expect(await stageOf(runId, 1)).toMatchObject({
        stage: 'b',
        status: 'queued',
        waitingFor: { cause: 'no_compatible_worker' },
      });
    });

    test('a retry whose worker is gone is parked as what it is, with the number of its next attempt', async () => {
      const pipeline = pipelineOf('p', { a: { retry: { maximumAttempts: 3, initialInterval: 0, jitter: 0 } } });
      const runId = await rig().start(pipeline);
      const worker = await rig().worker('able', [pipeline]);
      await worker.fail(await worker.take());
      await worker.learn([], []);
      await rig().until('it is due and parked', async () => {
        expect(await worker.claim()).toBeNull();
        return (await stageOf(runId)).waitingFor;
      });
      expect(await stageOf(runId)).toMatchObject({ status: 'retrying', attempt: 1 });
      await worker.learn([pipeline], []);
      expect(await worker.take()).toMatchObject({ runId, attempt: 2 });
    });

    test('a worker that registers with its code takes it, before what waits in the queue', async () => {
      const runId = await park();
      const later = await rig().start(PIPELINE);
      const worker = await able();
      const claim = await worker.take();
      expect(claim).toMatchObject({ runId, attempt: 1 });
      expect(await stageOf(runId)).toMatchObject({ status: 'running', waitingFor: null });
      expect(await rig().store.parked()).toEqual([]);
      await worker.succeed(claim);
      expect((await worker.take()).runId).toBe(later);
      expect((await rig().run(runId)).status).toBe('succeeded');
    });

    test('those that wait longest are taken first', async () => {
      const runIds = [];
      for (let i = 0; i < 3; i++) {
        runIds.push(await park());
        await rig().pass(2);
      }
      const worker = await able();
      const taken = [await worker.take(), await worker.take(), await worker.take()];
      expect(taken.map(({ runId }) => runId)).toEqual(runIds);
      expect(await worker.claim()).toBeNull();
    });

    test('a worker that dies after it registered has lost nothing: the next one takes it', async () => {
      const runId = await park();
      const first = await able('first');
      await first.die();
      const second = await able('second');
      expect((await second.take()).runId).toBe(runId);
    });

    test('one that has its code and was busy takes it when a slot is free; no cause is told, for there is none', async () => {
      const worker = await able();
      const runId = await park();
      expect((await stageOf(runId)).waitingFor).toBeNull();
      expect(await rig().store.parked()).toMatchObject([{ stages: 1 }]);
      expect((await worker.take()).runId).toBe(runId);
      expect(await rig().facts(runId)).toEqual(['run.created', 'a started']);
    });

    test('a worker that looks for it in vain still claims what it hands back in the same call', async () => {
      const other = pipelineOf('q', { a: [], b: [] });
      const worker = await rig().worker('able', [PIPELINE, other]);
      await rig().start(other);
      const claims = [await worker.take('default', 's0'), await worker.take('default', 's1')];
      await rig().store.cancelRun({ runId: await park(), reason: null, by: null, graceMs: null });
      const results: readonly Outcome[] = [
        { kind: 'succeeded', outputJson: '{}' },
        { kind: 'handed_back', reason: 'drain', delayMs: 0 },
      ];
      const asks = claims.map((claim, at) => ({
        worker: worker.id,
        queue: 'default',
        slot: `s${at}`,
        outcome: { ...refOf(claim), result: results[at]! },
        fetch: true,
      }));
      expect((await rig().store.advanceAll(asks)).map(({ claim }) => claim?.stage)).toEqual([undefined, 'b']);
    });

    test('that worker is gone before it came by: the reconciler tells the cause, once', async () => {
      const worker = await able();
      const runId = await park();
      await worker.die();
      await rig().pass(2);
      for (let n = 0; n < 2; n++) await rig().store.reconcile('0', 100, 0);
      expect(await rig().facts(runId)).toEqual(['run.created', 'a parked']);
      const { waitingFor } = await stageOf(runId);
      expect(waitingFor).toEqual({ cause: 'no_compatible_worker', since: (await rig().store.parked())[0]!.since });
      expect((await (await able('next')).take()).runId).toBe(runId);
    });

    test('a worker whose lease had ended meanwhile takes it once it is renewed', async () => {
      const worker = await able();
      await worker.renew([], { ttlMs: 5 });
      await rig().pass(10);
      const runId = await park();
      expect(await worker.claim()).toBeNull();
      await worker.renew([]);
      expect((await worker.take()).runId).toBe(runId);
    });

    test('a worker whose knowledge changed after its claim hands it back: it is parked with the same cause, and keeps its number', async () => {
      const runId = await rig().start(PIPELINE);
      const worker = await able();
      const claim = await worker.take();
      await handBack(worker, claim);
      expect(await worker.lackCode(claim)).toBe('handed_back');
      const [handedBack, parked] = (await rig().log(runId)).slice(-2);
      expect(handedBack).toMatchObject({
        type: 'stage.handed_back',
        data: { reason: 'no_compatible_version', worker: worker.id },
      });
      expect(parked).toMatchObject({
        type: 'stage.parked',
        data: { cause: 'no_compatible_worker', since: handedBack!.at },
      });
      expect(await stageOf(runId)).toMatchObject({
        status: 'queued',
        attempt: 1,
        attempts: [{ status: 'handed_back' }],
        waitingFor: parked!.data,
      });
      const again = await (await able('next')).take();
      expect(again).toMatchObject({ runId, attempt: 1 });
      expect(again.fence).toBeGreaterThan(claim.fence);
    });

    test('`since` is when the attempt first could not run, however often it is parked; not when it was handed back for another reason meanwhile', async () => {
      const runId = await rig().start(PIPELINE);
      const worker = await able();
      await handBack(worker, await worker.take());
      const { waitingFor: first } = await stageOf(runId);
      await rig().pass(5);
      const next = await able('next');
      await handBack(next, await next.take());
      expect((await stageOf(runId)).waitingFor).toEqual(first);
      const last = await able('last');
      await last.handBack(await last.take());
      await last.learn([], []);
      expect(await last.claim()).toBeNull();
      expect((await stageOf(runId)).waitingFor!.since).toBeGreaterThan(first!.since);
    });

    test('the worker that hands it back is registered with its code itself: it is queued again after the delay, not parked', async () => {
      const runId = await rig().start(PIPELINE);
      const worker = await able();
      await worker.lackCode(await worker.take(), 20);
      expect(await rig().store.parked()).toEqual([]);
      // Looked at, not claimed: on a busy machine the delay may be over.
      expect(await rig().store.queues()).toMatchObject([{ queue: 'default', delayed: 1, waiting: 0, active: 0 }]);
      expect((await rig().until('it can be claimed again', () => worker.claim())).runId).toBe(runId);
    });

    test('a command needs a worker with any version of its pipeline', async () => {
      const runId = await park(pipelineOf('p', { a: { command: true } }));
      expect(await rig().store.parked()).toMatchObject([{ pipeline: 'p', version: null, stages: 1 }]);
      expect(await (await rig().worker('other', [chainOf('pp', 1)])).claim()).toBeNull();
      expect((await (await rig().worker('newer', [chainOf('p', 2)])).take()).runId).toBe(runId);
    });

    test('it is of its queue: a worker that has the code and serves another queue does not take it', async () => {
      const pipeline = pipelineOf('p', { a: { queue: 'gpu' } });
      const runId = await park(pipeline, 'gpu');
      const worker = await rig().worker('able', [pipeline]);
      expect(await worker.claim('default')).toBeNull();
      expect(await worker.claim('gpu')).toBeNull();
      expect(await rig().store.parked()).toMatchObject([{ queue: 'gpu' }]);
      await rig().cancel(runId);
    });

    test('a cancel ends it', async () => {
      const runId = await park(pipelineOf('p', { a: [], b: ['a'] }));
      expect((await rig().cancel(runId)).kind).toBe('cancelled');
      expect(await rig().store.parked()).toEqual([]);
      expect((await rig().run(runId)).stages).toMatchObject([
        { status: 'cancelled', waitingFor: null },
        { status: 'cancelled', waitingFor: null },
      ]);
    });

    test('a stage of a run that is being cancelled is not parked', async () => {
      const runId = await rig().start(PIPELINE);
      const worker = await able();
      const claim = await worker.take();
      await rig().cancel(runId);
      await worker.learn([], [claim]);
      expect(await worker.lackCode(claim)).toBe('cancelled');
      expect(await rig().store.parked()).toEqual([]);
    });

    test.each([
      ['run', {}, 20, 'timed_out'],
      ['whole stage', { stage: 20 }, null, 'timed_out'],
      ['waiting', { queue: 20 }, null, 'no_worker'],
    ] as const)('the %s timeout ends it', async (_, timeouts, timeoutMs, code) => {
      const runId = await park(pipelineOf('p', { a: { timeouts } }, { timeoutMs }));
      await rig().until('a timeout fires', async () => (await rig().store.fireTimeouts(100)) || null);
      expect(await rig().run(runId)).toMatchObject({ status: 'failed', error: { code } });
      expect(await rig().store.parked()).toEqual([]);
      expect(
        await (await rig().worker('able', [pipelineOf('p', { a: { timeouts } }, { timeoutMs })])).claim(),
      ).toBeNull();
    });

    test('the reconciler takes it for nothing that is lost', async () => {
      const runId = await park();
      await rig().pass(5);
      expect(await rig().store.reconcile('0', 100, 0)).toMatchObject({ checked: 1, repaired: 0 });
      expect(await rig().facts(runId)).toEqual(['run.created', 'a parked']);
    });

    test('parking while a worker with the code registers loses nothing', async () => {
      const pipelines = Array.from({ length: 20 }, (_, i) => chainOf(`p${i}`, 1));
      for (const pipeline of pipelines) await rig().start(pipeline);
      const worker = await unable();
      const register = async () => {
        const one = await rig().worker('able', pipelines);
        const taken = [];
        for (let claim = await one.claim(); claim; claim = await one.claim()) taken.push(claim);
        return { one, taken };
      };
      const [{ one, taken }] = await Promise.all([register(), ...pipelines.map(() => worker.claim())]);
      for (let claim = await one.claim(); claim; claim = await one.claim()) taken.push(claim);
      expect(new Set(taken.map(({ runId }) => runId)).size).toBe(20);
      expect(await rig().store.parked()).toEqual([]);
    });
  });
