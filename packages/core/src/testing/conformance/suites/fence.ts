import { describe, expect, test } from 'vitest';
import { chainOf, pipelineOf } from '../pipelines.ts';
import { newRunId, type Suite } from '../rig.ts';
import { refOf } from '../test-worker.ts';

export const fenceSuite: Suite = (rig) =>
  describe('fences', () => {
    test('S2: a write with any part of the claim wrong is refused and recorded', async () => {
      const runId = await rig().start(chainOf('p', 1));
      const worker = await rig().worker();
      const claim = refOf(await worker.take());
      const wrong = [
        { ...claim, fence: claim.fence - 1 },
        { ...claim, fence: claim.fence + 1 },
        { ...claim, attempt: 2 },
        { ...claim, generation: 2 },
      ];
      for (const ref of wrong) {
        expect(await worker.succeed(ref)).toBe('fenced');
        expect(await rig().store.report(ref, [{ type: 'stage.progress', data: {} }])).toBe('fenced');
      }
      expect((await rig().run(runId)).status).toBe('running');
      expect((await rig().store.counters())['fenced']).toBe(8);
      expect(await rig().facts(runId)).toEqual([
        'run.created',
        's0 started',
        ...Array.from({ length: 8 }, () => 's0 fenced'),
      ]);
      expect(await worker.succeed(claim)).toBe('succeeded');
    });

    test('S2: an outcome or a report under the right fence is refused when another worker sends it, before and after the end', async () => {
      const runId = await rig().start(chainOf('p', 2));
      const [worker, other] = [await rig().worker(), await rig().worker()];
      const claim = await worker.take();
      expect(await other.succeed(claim, { from: 'other' })).toBe('fenced');
      expect(
        await rig().store.report({ ...refOf(claim), worker: other.id }, [{ type: 'stage.progress', data: {} }]),
      ).toBe('fenced');
      expect((await rig().run(runId)).stages[0]!.status).toBe('running');
      expect(await worker.succeed(claim)).toBe('succeeded');
      expect(await other.succeed(claim)).toBe('fenced');
      expect(await worker.succeed(claim)).toBe('succeeded');
      const again = await worker.take();
      expect(await worker.handBack(again)).toBe('handed_back');
      expect(await other.handBack(again)).toBe('fenced');
      expect(await worker.handBack(again)).toBe('handed_back');
    });

    test('a write to a stage that does not run is refused', async () => {
      const runId = await rig().start(chainOf('p', 2));
      const worker = await rig().worker();
      for (const stageIndex of [0, 1])
        expect(
          await worker.succeed({ runId, stageIndex, generation: 1, attempt: 0, fence: 0, worker: worker.id }),
        ).toBe('fenced');
      expect((await rig().log(runId)).slice(1).map(({ stage, data }) => [stage, data])).toEqual([
        ['s0', { fence: 0, current_fence: 0, what: 'succeeded' }],
        ['s1', { fence: 0, current_fence: 0, what: 'succeeded' }],
      ]);
      expect((await rig().run(runId)).stages.map(({ status }) => status)).toEqual(['queued', 'pending']);
    });

    test('a write to a stage or run that is not there is refused and counted', async () => {
      const runId = await rig().start(chainOf('p', 1));
      const worker = await rig().worker();
      const ref = { runId, stageIndex: 7, generation: 1, attempt: 1, fence: 1, worker: worker.id };
      expect(await worker.succeed(ref)).toBe('fenced');
      expect(await worker.succeed({ ...ref, runId: newRunId() })).toBe('fenced');
      expect(await rig().store.report({ ...ref, runId: newRunId() }, [])).toBe('fenced');
      expect((await rig().store.counters())['fenced']).toBe(3);
      expect(await rig().facts(runId)).toEqual(['run.created']);
    });

    test('S18: the log of a run that has ended is closed: a late write is only counted', async () => {
      const runId = await rig().start(chainOf('p', 1));
      const worker = await rig().worker();
      const claim = await worker.take();
      await worker.succeed(claim);
      expect(await worker.succeed({ ...refOf(claim), fence: claim.fence + 1 })).toBe('fenced');
      expect(await rig().store.report(claim, [{ type: 'stage.progress', data: {} }])).toBe('fenced');
      expect(await rig().facts(runId)).toEqual(['run.created', 's0 started', 's0 succeeded', 'run.succeeded']);
      expect((await rig().store.counters())['fenced']).toBe(2);
    });

    test('a refused outcome does not keep the worker from its next stage', async () => {
      await rig().start(pipelineOf('p', { a: [], b: [] }));
      const worker = await rig().worker();
      const claim = await worker.take('default', 'one');
      const stale = { ...refOf(claim), attempt: 9 };
      const answer = await rig().store.advance({
        worker: worker.id,
        queue: 'default',
        slot: 'two',
        outcome: { ...stale, result: { kind: 'succeeded', outputJson: '{}' } },
        fetch: true,
      });
      expect(answer).toMatchObject({ recorded: 'fenced', claim: { stage: 'b' } });
    });

    test('S2: the fences of a run rise with every claim', async () => {
      const runId = await rig().start(chainOf('p', 4, { retry: { maximumAttempts: 3, initialInterval: 0 } }));
      const worker = await rig().worker();
      const fences: number[] = [];
      for (let i = 0; i < 4; i++) {
        for (const end of [worker.handBack, worker.fail, worker.succeed]) {
          const claim = await rig().until('the next claim', () => worker.claim());
          fences.push(claim.fence);
          await end(claim);
        }
      }
      expect(fences).toEqual([...new Set(fences)].sort((a, b) => a - b));
      expect((await rig().run(runId)).status).toBe('succeeded');
    });
  });
