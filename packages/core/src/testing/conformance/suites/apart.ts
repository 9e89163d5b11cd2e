import { describe, expect, test } from 'vitest';
import type { RunId } from '../../../domain/index.ts';
import type { Claim } from '../../../ports/index.ts';
import { chainOf, pipelineOf } from '../pipelines.ts';
import type { Rig, Suite } from '../rig.ts';
import { refOf, type TestWorker } from '../test-worker.ts';

export const apartSuite: Suite = (rig) =>
  describe('losses beside other stages', () => {
    const stageOf = async (runId: RunId, name: string) =>
      (await rig().run(runId)).stages.find(({ stage }) => stage === name)!;
    const rescues = async (runId: RunId, name: string): Promise<readonly unknown[]> =>
      (await rig().log(runId))
        .filter(({ type, stage }) => type === 'stage.rescued' && stage === name)
        .map(({ data }) => data);
    const apartOf = async (queue = 'default') =>
      (await rig().store.queues()).find((one) => one.queue === queue)?.apart ?? [];
    const ask = async (worker: TestWorker, queue = 'default') =>
      rig().store.advance({ worker: worker.id, queue, slot: 'asks', outcome: null, fetch: true });

    test('a loss beside others counts for nobody; the first is not held against anybody, from the second on the stage runs apart', async () => {
      const runId = await rig().start(pipelineOf('p', { a: [], b: [] }));
      const first = await loseTogether(rig(), 2, 0);
      expect(await rescues(runId, 'a')).toEqual([{ worker: first.id, lost: 0, alone: false }]);
      expect(await apartOf()).toEqual([]);
      await loseTogether(rig(), 2, 0);
      expect(await apartOf()).toHaveLength(2);
      expect((await rig().store.queues())[0]).toMatchObject({ waiting: 2, active: 0 });
      expect((await rig().run(runId)).stages.map(({ status, attempt }) => [status, attempt])).toEqual([
        ['queued', 2],
        ['queued', 2],
      ]);
      const worker = await rig().worker();
      const claim = await worker.take();
      expect(await ask(worker)).toMatchObject({ claim: null, holdsOff: true });
      expect((await rig().store.workers())[0]!.holdsOff).toBe(true);
      await worker.die(1);
      expect((await rescues(runId, claim.stage)).at(-1)).toEqual({ worker: worker.id, lost: 1, alone: true });
      expect(await (await rig().worker()).drain()).toHaveLength(2);
      expect((await rig().run(runId)).status).toBe('succeeded');
      expect(await apartOf()).toEqual([]);
    });

    test('what kills its workers fails for its own losses, with whatever it stood beside; who stood there succeeds', async () => {
      const runId = await rig().start(pipelineOf('p', { poison: [], healthy: [], after: ['healthy'] }));
      let deaths = 0;
      for (; (await stageOf(runId, 'poison')).status !== 'failed'; deaths++) {
        if (deaths > 20) throw new Error('it goes on for ever');
        const worker = await rig().worker();
        const held = await claimAll(worker);
        const poisoned = held.some(({ stage }) => stage === 'poison');
        if (poisoned) await worker.die(2);
        else await worker.drain();
        if (!poisoned) for (const claim of held) await worker.succeed(claim);
      }
      expect(await rescues(runId, 'poison')).toMatchObject([
        { lost: 0 },
        { lost: 0 },
        { lost: 1, alone: true },
        { lost: 2, alone: true },
      ]);
      await (await rig().worker()).drain();
      const run = await rig().run(runId);
      expect(run).toMatchObject({ status: 'failed', error: { code: 'worker_lost', stage: 'poison' } });
      expect(run.stages.map(({ status }) => status)).toEqual(['failed', 'succeeded', 'succeeded']);
      expect((await rescues(runId, 'healthy')).every((data) => (data as { lost: number }).lost === 0)).toBe(true);
    });

    test('two that kill together are told from each other, and both fail', async () => {
      const runId = await rig().start(pipelineOf('p', { a: [], b: [] }));
      let deaths = 0;
      while ((await rig().run(runId)).finishedAt === null) {
        if (++deaths > 20) throw new Error('it goes on for ever');
        const worker = await rig().worker();
        await claimAll(worker);
        await worker.die(1);
      }
      expect((await rig().run(runId)).stages.map(({ status, error }) => [status, error?.code])).toEqual([
        ['failed', 'worker_lost'],
        ['failed', 'worker_lost'],
      ]);
      expect(deaths).toBe(2 + 2 + 2);
    });

    test('one worker empties itself for what waits apart and claims nothing more; another goes on, and one that is empty takes it at once', async () => {
      const [[emptying, held], [busy]] = [await workerWithAStage(rig()), await workerWithAStage(rig())];
      const suspect = await rig().start(pipelineOf('p', { s: [] }));
      await suspectAlone(rig());
      const plain = await rig().start(pipelineOf('q', { q0: [], q1: [] }));
      expect(await ask(emptying)).toMatchObject({ claim: null, holdsOff: true });
      const beside = await busy.take();
      expect((await rig().run(plain)).stages.find(({ stage }) => stage === beside.stage)!.worker).toBe(busy.id);
      expect(await ask(emptying)).toMatchObject({ claim: null, holdsOff: true });
      await emptying.renew([held]);
      const outcome = { ...refOf(held), result: { kind: 'succeeded' as const, outputJson: '{}' } };
      const next = await rig().store.advance({
        worker: emptying.id,
        queue: 'default',
        slot: 'held',
        outcome,
        fetch: true,
      });
      expect(next.claim).toMatchObject({ runId: suspect, stage: 's' });
      expect(await ask(emptying)).toMatchObject({ claim: null, holdsOff: true });
      await emptying.succeed(next.claim!);
      expect((await ask(emptying)).claim).not.toBeNull();
      expect((await rig().store.workers()).map(({ holdsOff }) => holdsOff)).toEqual([false, false]);
    });

    test('a worker that empties itself and goes leaves that to another one', async () => {
      const [[first], [second]] = [await workerWithAStage(rig()), await workerWithAStage(rig())];
      await rig().start(pipelineOf('p', { s: [] }));
      await suspectAlone(rig());
      await rig().start(pipelineOf('q', { q0: [], q1: [] }));
      expect((await ask(first)).holdsOff).toBe(true);
      expect((await ask(second)).holdsOff).toBe(false);
      await rig().store.releaseWorker(first.id);
      expect(
        (await rig().store.advance({ worker: second.id, queue: 'default', slot: 'other', outcome: null, fetch: true }))
          .holdsOff,
      ).toBe(true);
    });

    test('of its other queues the worker claims nothing either', async () => {
      await rig().start(pipelineOf('p', { s: [] }));
      await suspectAlone(rig());
      await rig().start(pipelineOf('q', { q0: { queue: 'other' }, q1: { queue: 'other' } }));
      const worker = await rig().worker();
      const held = await worker.take('other');
      expect(await ask(worker)).toMatchObject({ claim: null, holdsOff: true });
      expect(await ask(worker, 'other')).toMatchObject({ claim: null, holdsOff: true });
      await worker.succeed(held);
      expect(await ask(worker, 'other')).toMatchObject({ claim: null, holdsOff: true });
      const apart = await worker.take();
      expect(apart.stage).toBe('s');
      expect(await ask(worker, 'other')).toMatchObject({ claim: null, holdsOff: true });
      await worker.succeed(apart);
      expect((await ask(worker, 'other')).claim).toMatchObject({ stage: 'q1' });
    });

    test('slots that ask together: what the first is given counts for the others', async () => {
      await rig().start(pipelineOf('p', { a: [], b: [] }));
      await loseTogether(rig(), 2, 3);
      await loseTogether(rig(), 2, 3);
      await rig().start(pipelineOf('q', { q0: [] }));
      const worker = await rig().worker();
      const asks = ['one', 'two', 'three'].map((slot) => ({
        worker: worker.id,
        queue: 'default',
        slot,
        outcome: null,
        fetch: true,
      }));
      expect((await rig().store.advanceAll(asks)).map(({ claim, holdsOff }) => [claim !== null, holdsOff])).toEqual([
        [true, false],
        [false, true],
        [false, true],
      ]);
    });

    test('apart it stays: handed back, released, after a failure, orphaned', async () => {
      const runId = await rig().start(pipelineOf('p', { s: { retry: { maximumAttempts: 3, initialInterval: 1 } } }));
      await suspectAlone(rig());
      const worker = await rig().worker();
      const alone = async (): Promise<Claim> => {
        const claim = await rig().until('it is due', () => worker.claim('default', 'one'));
        expect(claim.stage).toBe('s');
        expect((await ask(worker)).holdsOff).toBe(true);
        return claim;
      };
      await worker.handBack(await alone());
      await worker.handBack(await alone(), 1);
      await alone();
      await rig().store.releaseWorker(worker.id);
      await worker.renew([], { register: true });
      await worker.fail(await alone());
      await alone();
      await rig().pass(2);
      await worker.renew([]);
      await rig().pass(2);
      expect((await worker.renew([])).orphans).toBe(1);
      await worker.succeed(await alone());
      expect((await rig().run(runId)).status).toBe('succeeded');
      expect(await apartOf()).toEqual([]);
    });

    test('cancelled while it waits apart, it leaves nothing there', async () => {
      const runId = await rig().start(pipelineOf('p', { s: [] }));
      await suspectAlone(rig());
      expect(await apartOf()).toHaveLength(1);
      await rig().cancel(runId);
      expect(await apartOf()).toEqual([]);
      await rig().start(pipelineOf('q', { q0: [], q1: [] }));
      const worker = await rig().worker();
      await worker.take();
      expect((await worker.take()).stage).toBe('q1');
    });

    test('the reconciler knows that it waits apart', async () => {
      await rig().start(pipelineOf('p', { s: [] }));
      await suspectAlone(rig());
      await rig().pass(5);
      expect(await rig().store.reconcile('0', 100, 1)).toMatchObject({ checked: 1, repaired: 0 });
      expect(await apartOf()).toHaveLength(1);
    });

    test('a rescue in several steps judges all of them by what its worker held', async () => {
      const runId = await rig().start(pipelineOf('p', { a: [], b: [], c: [] }));
      const worker = await rig().worker();
      await worker.renew(await claimAll(worker), { ttlMs: 1 });
      await rig().until('the worker is gone', async () =>
        (await rig().store.rescueLost({ maxLost: 0, limit: 1 })).workers.includes(worker.id),
      );
      for (const stage of ['a', 'b', 'c'])
        expect(await rescues(runId, stage)).toEqual([{ worker: worker.id, lost: 0, alone: false }]);
    });
  });

/** Claims until nothing is left for the worker. */
const claimAll = async (worker: TestWorker): Promise<readonly Claim[]> => {
  const claims: Claim[] = [];
  for (let claim = await worker.claim(); claim; claim = await worker.claim()) claims.push(claim);
  return claims;
};

const loseTogether = async (rig: Rig, count: number, maxLost: number): Promise<TestWorker> => {
  const worker = await rig.worker();
  for (let i = 0; i < count; i++) await worker.take();
  await worker.die(maxLost);
  return worker;
};

/**
 * The one stage that waits becomes one that runs apart; the stages beside which its workers were lost are of a run that
 * has ended.
 */
const suspectAlone = async (rig: Rig): Promise<void> => {
  const company = await rig.start(pipelineOf('company', { c: [] }));
  await loseTogether(rig, 2, 3);
  await loseTogether(rig, 2, 3);
  await rig.cancel(company);
};

/** Another one comes after that stage. */
const workerWithAStage = async (rig: Rig): Promise<readonly [TestWorker, Claim]> => {
  await rig.start(chainOf('held', 2));
  const worker = await rig.worker();
  return [worker, await worker.take('default', 'held')];
};
