import { describe, expect, test } from 'vitest';
import type { Claim, Report } from '../../../ports/index.ts';
import { LIMITS } from '../../../domain/index.ts';
import { chainOf } from '../pipelines.ts';
import type { Suite } from '../rig.ts';
import { refOf } from '../test-worker.ts';

export const checkpointSuite: Suite = (rig) =>
  describe('checkpoints', () => {
    const RETRIED = chainOf('p', 1, { retry: { maximumAttempts: 4, initialInterval: 0 } });
    const keep = (claim: Claim, value: unknown, ordinal?: number) =>
      rig().store.report(refOf(claim), [{ type: 'checkpoint', json: JSON.stringify(value) }], ordinal);
    const kept = ({ checkpointJson }: Claim): unknown => (checkpointJson === null ? null : JSON.parse(checkpointJson));

    test('a retry, a hand-back and a rescue begin with the last one, and no event tells of it', async () => {
      const runId = await rig().start(RETRIED);
      const [first, other] = [await rig().worker(), await rig().worker()];
      const one = await first.take();
      expect(one.checkpointJson).toBe(null);
      expect(await keep(one, { page: 1 })).toBe('ok');
      expect(await keep(one, { page: 2 })).toBe('ok');
      await first.fail(one);
      const two = await rig().until('the second attempt', () => first.claim());
      expect([two.attempt, kept(two)]).toEqual([2, { page: 2 }]);
      await first.handBack(two);
      const again = await first.take();
      expect([again.attempt, kept(again)]).toEqual([2, { page: 2 }]);
      const long = 'é'.repeat(LIMITS.checkpoint_bytes / 2 - 1);
      await keep(again, long);
      await first.die();
      const three = await other.take();
      expect([three.attempt, kept(three)]).toEqual([3, long]);
      await keep(three, null);
      await other.fail(three);
      const four = await rig().until('the last attempt', () => other.claim());
      expect(four.checkpointJson).toBe('null');
      await other.succeed(four);
      expect((await rig().facts(runId)).filter((fact) => /checkpoint|progress/.test(fact))).toEqual([]);
    });

    test('one of a first claim that was handed back is there for the same attempt', async () => {
      await rig().start(RETRIED);
      const worker = await rig().worker();
      const claim = await worker.take();
      await keep(claim, 7);
      await worker.handBack(claim);
      expect(await worker.take()).toMatchObject({ attempt: 1, checkpointJson: '7' });
    });

    test('S2: one without the fence of the running claim changes nothing', async () => {
      await rig().start(RETRIED);
      const [worker, other] = [await rig().worker(), await rig().worker()];
      const old = await worker.take();
      await keep(old, 'old');
      await worker.fail(old);
      const claim = await rig().until('the next attempt', () => worker.claim());
      expect(await keep(old, 'late')).toBe('fenced');
      expect(await keep({ ...claim, worker: other.id }, 'foreign')).toBe('fenced');
      expect(await keep({ ...claim, generation: 2 }, 'another generation')).toBe('fenced');
      await worker.fail(claim);
      expect(await keep(claim, 'after its end')).toBe('fenced');
      const last = await rig().until('the attempt after it', () => worker.claim());
      expect(kept(last)).toBe('old');
    });

    test('one sent again after a lost reply does not replace a newer one, and stands in order with other reports', async () => {
      const runId = await rig().start(RETRIED);
      const worker = await rig().worker();
      const claim = await worker.take();
      const progress: Report = { type: 'stage.progress', data: { fraction: 0.5 } };
      const reports: readonly Report[] = [progress, { type: 'checkpoint', json: '1' }, progress];
      expect(await rig().store.report(refOf(claim), reports, 1)).toBe('ok');
      expect(await keep(claim, 2, 2)).toBe('ok');
      expect(await rig().store.report(refOf(claim), reports, 1)).toBe('ok');
      expect((await rig().facts(runId)).filter((fact) => fact === 's0 progress')).toHaveLength(2);
      await worker.fail(claim);
      expect(await rig().until('the next attempt', () => worker.claim())).toMatchObject({ checkpointJson: '2' });
    });

    test('a claim whose reply was lost has it when it is sent again', async () => {
      await rig().start(RETRIED);
      const worker = await rig().worker();
      const first = await worker.take('default', 'one');
      await keep(first, 'here');
      await worker.handBack(first);
      const claim = await worker.take('default', 'two');
      expect(await worker.take('default', 'two')).toEqual(claim);
      expect(claim.checkpointJson).toBe('"here"');
      await keep(claim, 'further');
      expect(await worker.take('default', 'two')).toEqual({ ...claim, checkpointJson: '"further"' });
    });

    test('another run, and another stage, begin without one', async () => {
      const pipeline = chainOf('p', 2, { retry: { maximumAttempts: 2, initialInterval: 0 } });
      await rig().start(pipeline);
      const worker = await rig().worker();
      const one = await worker.take();
      await keep(one, 1);
      await worker.fail(one);
      await worker.succeed(await rig().until('the retry', () => worker.claim()));
      const two = await worker.take();
      expect([two.stage, two.checkpointJson]).toEqual(['s1', null]);
      await worker.fail(two);
      const again = await rig().until('its retry', () => worker.claim());
      expect([again.stage, again.checkpointJson]).toEqual(['s1', null]);
      await worker.succeed(again);
      await rig().start(pipeline, { overlap: 'allow' });
      expect((await worker.take()).checkpointJson).toBe(null);
    });
  });
