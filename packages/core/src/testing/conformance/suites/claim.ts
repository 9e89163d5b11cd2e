import { describe, expect, test } from 'vitest';
import { jobIdOf, type WorkerId } from '../../../domain/index.ts';
import { chainOf, diamondOf, pipelineOf } from '../pipelines.ts';
import type { Suite } from '../rig.ts';
import { refOf } from '../test-worker.ts';

export const claimSuite: Suite = (rig) =>
  describe('claiming a stage', () => {
    test('of a queue with a limit no more run at once, on all workers together, until the limit goes', async () => {
      const retry = { maximumAttempts: 3, initialInterval: 0 };
      await rig().start(pipelineOf('p', { a: { retry }, b: { retry }, c: { retry }, d: { retry, queue: 'free' } }));
      const [one, other] = [await rig().worker(), await rig().worker()];
      await rig().store.limitQueues(new Map([['default', 1]]));
      const claim = await one.take();
      expect([await one.claim(), await other.claim()]).toEqual([null, null]);
      expect((await other.take('free')).stage).toBe('d');
      const { claim: next } = await rig().store.advance({
        worker: one.id,
        queue: 'default',
        slot: 'again',
        outcome: { ...refOf(claim), result: { kind: 'succeeded', outputJson: '{}' } },
        fetch: true,
      });
      expect(await other.claim()).toBe(null);
      await one.handBack(next!);
      const taken = await other.take();
      expect(await one.claim()).toBe(null);
      await other.fail(taken);
      const last = await rig().until('the freed lane', () => one.claim());
      expect(await other.claim()).toBe(null);
      await one.die();
      await rig().until('the lane of the dead worker', () => other.claim());
      await rig().store.limitQueues(new Map([['default', 2]]));
      expect(await other.claim()).not.toBe(null);
      expect(await other.claim()).toBe(null);
      expect(last.queue).toBe('default');
    });

    test('slots that ask in one call do not pass the limit together', async () => {
      await rig().start(pipelineOf('p', { a: {}, b: {}, c: {} }));
      const worker = await rig().worker();
      await rig().store.limitQueues(new Map([['default', 2]]));
      const ask = (slot: string) => ({ worker: worker.id, queue: 'default', slot, outcome: null, fetch: true });
      const answers = await rig().store.advanceAll(['1', '2', '3'].map(ask));
      expect(answers.map(({ claim }) => claim !== null)).toEqual([true, true, false]);
      await rig().store.limitQueues(new Map());
      expect(await worker.claim()).not.toBe(null);
    });

    test('the claim carries what the handler needs, and the start is recorded', async () => {
      const pipeline = chainOf('p', 1, { timeouts: { stage: 60_000 } });
      const runId = await rig().start(pipeline, {
        params: { n: 1 },
        trigger: { kind: 'schedule', scheduleId: 's', tick: 42 },
      });
      const worker = await rig().worker();
      const claim = await worker.take();
      const [, started] = await rig().log(runId);
      expect(claim).toMatchObject({
        runId,
        stageIndex: 0,
        generation: 1,
        attempt: 1,
        jobId: jobIdOf(runId, 0, 1),
        pipeline: 'p',
        version: pipeline.version,
        stage: 's0',
        queue: 'default',
        params: { n: 1 },
        trigger: { kind: 'schedule', tick: 42 },
        inputs: {},
        startedAt: started!.at,
      });
      expect(claim.stageDeadline).toBe((await rig().run(runId)).stages[0]!.queuedAt! + 60_000);
      expect(started).toMatchObject({
        type: 'stage.started',
        stage: 's0',
        attempt: 1,
        data: { worker: worker.id, fence: claim.fence, queue: 'default' },
      });
      expect(await rig().run(runId)).toMatchObject({
        status: 'running',
        startedAt: started!.at,
        stages: [
          {
            status: 'running',
            attempt: 1,
            worker: worker.id,
            fence: claim.fence,
            attempts: [{ attempt: 1, status: 'running', worker: worker.id, finishedAt: null }],
          },
        ],
      });
    });

    test('the outputs of the dependencies come along, by stage', async () => {
      const runId = await rig().start(diamondOf('p'));
      const worker = await rig().worker();
      await worker.succeed(await worker.take(), { rows: 7 });
      const [b, c] = [await worker.take(), await worker.take()];
      expect([b.inputs, c.inputs]).toEqual([{ a: { rows: 7 } }, { a: { rows: 7 } }]);
      await worker.succeed(b, [1, 'ä', null]);
      await worker.succeed(c, null);
      expect((await worker.take()).inputs).toEqual({ b: [1, 'ä', null], c: null });
      expect(await rig().store.outputsOf(runId, [2, 0, 1, 3])).toEqual([null, { rows: 7 }, [1, 'ä', null], null]);
    });

    test('first in, first out; an empty or unknown queue gives nothing', async () => {
      const pipeline = await rig().register(chainOf('p', 1));
      const runIds = [await rig().start(pipeline), await rig().start(pipeline), await rig().start(pipeline)];
      const worker = await rig().worker();
      expect([await worker.take(), await worker.take(), await worker.take()].map(({ runId }) => runId)).toEqual(runIds);
      expect(await worker.claim()).toBeNull();
      expect(await worker.claim('nobody')).toBeNull();
    });

    test('a queue gives only its own stages', async () => {
      await rig().start(pipelineOf('p', { a: { queue: 'cpu' }, b: { queue: 'io' } }));
      const worker = await rig().worker();
      expect((await worker.take('io')).stage).toBe('b');
      expect(await worker.claim('io')).toBeNull();
      expect((await worker.take('cpu')).stage).toBe('a');
    });

    test('one call records an outcome and claims what it made ready', async () => {
      await rig().start(chainOf('p', 2));
      const worker = await rig().worker();
      const claim = await worker.take('default', 'one');
      const answer = await rig().store.advance({
        worker: worker.id,
        queue: 'default',
        slot: 'one',
        outcome: { ...refOf(claim), result: { kind: 'succeeded', outputJson: '{"n":1}' } },
        fetch: true,
      });
      expect(answer).toMatchObject({
        recorded: 'succeeded',
        claim: { stage: 's1', inputs: { s0: { n: 1 } } },
        unregistered: false,
        expand: [],
      });
    });

    test('without fetch nothing is claimed', async () => {
      await rig().start(chainOf('p', 1));
      const worker = await rig().worker();
      expect(
        await rig().store.advance({ worker: worker.id, queue: 'default', slot: 'one', outcome: null, fetch: false }),
      ).toMatchObject({
        recorded: null,
        claim: null,
      });
      expect((await worker.take()).stage).toBe('s0');
    });

    test('a slot whose answer was lost gets its claim again, and no second one', async () => {
      const runId = await rig().start(pipelineOf('p', { a: [], b: [] }));
      const worker = await rig().worker();
      const first = await worker.take('default', 'one');
      expect(await worker.take('default', 'one')).toEqual(first);
      expect((await worker.take('default', 'two')).stage).toBe('b');
      expect((await rig().facts(runId)).slice(1)).toEqual(['a started', 'b started']);
    });

    test('an advance that is sent again whole is answered alike and changes nothing', async () => {
      const runId = await rig().start(pipelineOf('p', { a: [], b: ['a'], c: ['a'] }));
      const worker = await rig().worker();
      const claim = await worker.take('default', 'one');
      const command = {
        worker: worker.id,
        queue: 'default',
        slot: 'one',
        outcome: { ...refOf(claim), result: { kind: 'succeeded' as const, outputJson: '{}' } },
        fetch: true,
      };
      const first = await rig().store.advance(command);
      const second = await rig().store.advance(command);
      expect([second.recorded, second.claim]).toEqual([first.recorded, first.claim]);
      expect(second.claim!.stage).toBe('b');
      expect((await rig().facts(runId)).slice(1)).toEqual(['a started', 'a succeeded', 'b started']);
    });

    test('a slot is free again once its claim has ended, whichever slot sent its outcome', async () => {
      await rig().start(pipelineOf('p', { a: [], b: [] }));
      const worker = await rig().worker();
      const first = await worker.take('default', 'one');
      await worker.succeed(first);
      expect((await worker.take('default', 'one')).stage).toBe('b');
    });

    test('a slot that sends the outcome of another claim keeps its own, and what became ready waits in the queue', async () => {
      const runId = await rig().start(pipelineOf('p', { a: [], b: [], c: ['a'] }));
      const worker = await rig().worker();
      const a = await worker.take('default', 'one');
      const b = await worker.take('default', 'two');
      const answer = await rig().store.advance({
        worker: worker.id,
        queue: 'default',
        slot: 'two',
        outcome: { ...refOf(a), result: { kind: 'succeeded', outputJson: '{}' } },
        fetch: true,
      });
      expect(answer).toMatchObject({ recorded: 'succeeded', claim: { stage: 'b', fence: b.fence } });
      expect((await worker.take('default', 'one')).stage).toBe('c');
      expect((await rig().facts(runId)).slice(1)).toEqual(['a started', 'b started', 'a succeeded', 'c started']);
    });

    test('many workers that claim at once get each stage once', async () => {
      const names = Array.from({ length: 40 }, (_, i) => `s${i}`);
      const runId = await rig().start(pipelineOf('p', Object.fromEntries(names.map((name) => [name, []]))));
      const workers = await Promise.all(Array.from({ length: 4 }, () => rig().worker()));
      const claims = await Promise.all(Array.from({ length: 60 }, (_, i) => workers[i % 4]!.claim()));
      const taken = claims.flatMap((claim) => claim?.stage ?? []);
      expect(taken.sort()).toEqual([...names].sort());
      expect(new Set(claims.flatMap((claim) => claim?.fence ?? [])).size).toBe(40);
      expect((await rig().run(runId)).stages.every(({ status }) => status === 'running')).toBe(true);
    });

    test('a worker that nobody registered gets nothing and is told so', async () => {
      await rig().start(chainOf('p', 1));
      const answer = await rig().store.advance({
        worker: 'stranger' as WorkerId,
        queue: 'default',
        slot: 'one',
        outcome: null,
        fetch: true,
      });
      expect(answer).toMatchObject({ recorded: null, claim: null, unregistered: true });
      expect((await (await rig().worker()).take()).stage).toBe('s0');
    });
  });
