import { describe, expect, test } from 'vitest';
import type { RunId } from '../../../domain/index.ts';
import { chainOf } from '../pipelines.ts';
import { newRunId, type Suite } from '../rig.ts';

export const sweepSuite: Suite = (rig) =>
  describe('leading and sweeping', () => {
    test('one scheduler leads; its renewals keep the fence, the next leader has a higher one', async () => {
      const { store } = rig();
      expect(await store.leader()).toBeNull();
      const first = await store.lead({ scheduler: 'a', ttlMs: 60_000 });
      expect(first).toMatchObject({ leader: true, holder: 'a' });
      expect(await store.lead({ scheduler: 'b', ttlMs: 60_000 })).toEqual({
        leader: false,
        fence: first.fence,
        holder: 'a',
      });
      expect(await store.leader()).toMatchObject({ holder: 'a', fence: first.fence });
      expect(await store.lead({ scheduler: 'a', ttlMs: 40 })).toEqual(first);
      const next = await rig().until('the term is over', async () => {
        const answer = await store.lead({ scheduler: 'b', ttlMs: 60_000 });
        return answer.leader && answer;
      });
      expect(next.fence).toBeGreaterThan(first.fence);
      expect(await store.lead({ scheduler: 'a', ttlMs: 60_000 })).toMatchObject({ leader: false, holder: 'b' });
    });

    test('a leader that let its term run out begins a new one', async () => {
      const { store } = rig();
      const first = await store.lead({ scheduler: 'a', ttlMs: 5 });
      await rig().until('nobody leads', async () => (await store.leader()) === null);
      const second = await store.lead({ scheduler: 'a', ttlMs: 60_000 });
      expect(second.leader).toBe(true);
      expect(second.fence).toBeGreaterThan(first.fence);
    });

    test('of many that ask at once one leads', async () => {
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, i) => rig().store.lead({ scheduler: `s${i}`, ttlMs: 60_000 })),
      );
      expect(answers.filter(({ leader }) => leader)).toHaveLength(1);
      expect(new Set(answers.map(({ holder }) => holder)).size).toBe(1);
    });

    test('pruning keeps the newest ended runs, and every live one', async () => {
      const { store } = rig();
      const pipeline = await rig().register(chainOf('p', 1));
      const worker = await rig().worker();
      const ended = [];
      for (let i = 0; i < 5; i++) {
        ended.push(await rig().start(pipeline));
        await worker.drain();
        await rig().pass(2);
      }
      const live = await rig().start(pipeline);
      const idsOf = async (): Promise<readonly RunId[]> =>
        (await store.runs({ limit: 10, cursor: null })).items.map(({ runId }) => runId);
      expect(await store.pruneRuns({ count: 2, ageMs: 60_000_000 }, 2)).toBe(2);
      expect((await idsOf()).slice(-1)).toEqual([ended[2]]);
      expect(await store.pruneRuns({ count: 2, ageMs: 60_000_000 }, 2)).toBe(1);
      expect(await store.pruneRuns({ count: 2, ageMs: 60_000_000 }, 2)).toBe(0);
      expect(await idsOf()).toEqual([live, ended[4], ended[3]]);
      expect(await store.run(ended[0]!)).toBeNull();
      expect(await store.events(ended[0]!, { afterSeq: 0, limit: 10 })).toBeNull();
    });

    test('pruning takes what ended too long ago', async () => {
      const runId = await rig().start(chainOf('p', 1));
      await rig().cancel(runId);
      expect(await rig().store.pruneRuns({ count: 10, ageMs: 60_000 }, 10)).toBe(0);
      await rig().pass(20);
      expect(await rig().store.pruneRuns({ count: 10, ageMs: 5 }, 10)).toBe(1);
      expect(await rig().store.run(runId)).toBeNull();
    });

    test('a pass of the reconciler sees every live run, and repairs nothing where nothing is wrong', async () => {
      const { store } = rig();
      const pipeline = await rig().register(
        chainOf('p', 2, { retry: { maximumAttempts: 2, initialInterval: 60_000 } }),
      );
      const worker = await rig().worker();
      for (let i = 0; i < 5; i++) await rig().start(pipeline);
      await worker.fail(await worker.take());
      await worker.succeed(await worker.take());
      await worker.take();
      let [cursor, checked, repaired] = ['0', 0, 0];
      do {
        const answer = await store.reconcile(cursor, 2);
        [cursor, checked, repaired] = [answer.cursor, checked + answer.checked, repaired + answer.repaired];
      } while (cursor !== '0');
      expect([checked, repaired]).toEqual([5, 0]);
    });

    test('there is nothing to expand where nothing was cut', async () => {
      const runId = await rig().start(chainOf('p', 1));
      expect(await rig().store.expandRun(runId)).toEqual({ more: [] });
      expect(await rig().store.expandRun(newRunId())).toEqual({ more: [] });
    });
  });
