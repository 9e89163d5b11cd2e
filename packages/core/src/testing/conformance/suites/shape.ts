import { describe, expect, test } from 'vitest';
import { LIMITS, type RunId } from '../../../domain/index.ts';
import { chainOf, pipelineOf } from '../pipelines.ts';
import type { Suite } from '../rig.ts';
import { refOf } from '../test-worker.ts';

/** More than one script may queue or end: the store cuts the transition and `expandRun` goes on with it. */
const WIDE = LIMITS.jobs_per_script + 120;
const names = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `w${i}`);
const each = (list: readonly string[], on: readonly string[]): Record<string, readonly string[]> =>
  Object.fromEntries(list.map((name) => [name, on]));

export const shapeSuite: Suite = (rig) =>
  describe('shapes of pipelines', () => {
    test('a long chain runs in its order', async () => {
      const runId = await rig().start(chainOf('p', 50));
      expect(await (await rig().worker()).drain()).toEqual(Array.from({ length: 50 }, (_, i) => `s${i}`));
      expect((await rig().run(runId)).status).toBe('succeeded');
      expect((await rig().log(runId)).length).toBe(102);
    });

    test('a ladder of diamonds: each stage starts once, after all it depends on', async () => {
      const stages: Record<string, readonly string[]> = { j0: [] };
      for (let i = 1; i <= 8; i++)
        Object.assign(stages, {
          [`l${i}`]: [`j${i - 1}`],
          [`r${i}`]: [`j${i - 1}`],
          [`j${i}`]: [`l${i}`, `r${i}`, 'j0'],
        });
      const runId = await rig().start(pipelineOf('p', stages));
      expect((await (await rig().worker()).drain()).length).toBe(25);
      expect((await rig().run(runId)).status).toBe('succeeded');
    });

    test('a wide fan-out and its join', { timeout: 60_000 }, async () => {
      const wide = names(WIDE);
      const runId = await rig().start(pipelineOf('p', { root: [], ...each(wide, ['root']), join: wide }));
      const worker = await rig().worker();
      expect(await worker.succeed(await worker.take())).toBe('succeeded');
      const order = await worker.drain();
      expect(order.length).toBe(WIDE + 1);
      expect(order.at(-1)).toBe('join');
      expect(new Set(order).size).toBe(WIDE + 1);
      expect((await rig().run(runId)).status).toBe('succeeded');
      expect((await rig().facts(runId)).filter((fact) => fact === 'join started')).toHaveLength(1);
    });

    test('the inputs of a wide join come along or can be read', { timeout: 60_000 }, async () => {
      const wide = names(WIDE);
      const runId = await rig().start(pipelineOf('p', { ...each(wide, []), join: wide }));
      const worker = await rig().worker();
      for (
        let claim = await worker.take('default', 'one');
        claim.stage !== 'join';
        claim = await worker.take('default', 'one')
      )
        await worker.succeed(claim, { at: claim.stageIndex });
      const join = await worker.take('default', 'one');
      const outputs = await rig().store.outputsOf(
        runId,
        wide.map((_, index) => index),
      );
      expect(outputs).toEqual(wide.map((_, at) => ({ at })));
      if (join.inputs !== null) expect(join.inputs).toEqual(Object.fromEntries(wide.map((name, at) => [name, { at }])));
      await worker.succeed(join);
    });

    test('of several fan-outs in one call each is answered, and all can be claimed', { timeout: 60_000 }, async () => {
      const pipeline = pipelineOf('p', { root: [], ...each(names(WIDE), ['root']) });
      const runIds = [await rig().start(pipeline), await rig().start(pipeline), await rig().start(pipeline)];
      const worker = await rig().worker();
      const claims = [await worker.take(), await worker.take(), await worker.take()];
      const result = { kind: 'succeeded' as const, outputJson: '{}' };
      const commands = claims.map((claim, at) => ({
        worker: worker.id,
        queue: 'default',
        slot: `s${at}`,
        outcome: { ...refOf(claim), result },
        fetch: false,
      }));
      const answers = await rig().store.advanceAll(commands);
      for (const runId of answers.flatMap(({ expand }) => expand)) await rig().expand(runId);
      const queued = async (runId: RunId) =>
        (await rig().run(runId)).stages.filter(({ status }) => status === 'queued').length;
      expect(await Promise.all(runIds.map(queued))).toEqual([WIDE, WIDE, WIDE]);
    });

    test('what was cut, and nobody went on with, is gone on with by the next sweep', { timeout: 60_000 }, async () => {
      const runId = await rig().start(pipelineOf('p', { root: [], ...each(names(WIDE), ['root']) }));
      const worker = await rig().worker();
      const result = { kind: 'succeeded' as const, outputJson: '{}' };
      await rig().store.advance({
        worker: worker.id,
        queue: 'default',
        slot: 'one',
        outcome: { ...refOf(await worker.take()), result },
        fetch: false,
      });
      // However many live runs there are: none of them is looked at here.
      await rig().store.reconcile('0', 0);
      expect((await rig().run(runId)).stages.filter(({ status }) => status === 'queued')).toHaveLength(WIDE);
    });

    test('a failure before a wide fan-out ends all of it', { timeout: 60_000 }, async () => {
      const wide = names(WIDE);
      const runId = await rig().start(pipelineOf('p', { root: [], ...each(wide, ['root']), join: wide }));
      const worker = await rig().worker();
      expect(await worker.fail(await worker.take(), { retryable: false })).toBe('failed');
      await rig().expand(runId);
      const run = await rig().run(runId);
      expect(run.status).toBe('failed');
      expect(run.stages.filter(({ status }) => status === 'upstream_failed')).toHaveLength(WIDE + 1);
      expect(await worker.claim()).toBeNull();
    });

    test('S6: after the cancel of a wide run was acknowledged none of its stages starts', {
      timeout: 60_000,
    }, async () => {
      const runId = await rig().start(pipelineOf('p', each(names(WIDE), [])));
      const worker = await rig().worker();
      const held = await worker.take();
      await rig().store.cancelRun({ runId, reason: null, by: null, graceMs: null });
      expect(await worker.claim()).toBeNull();
      await rig().expand(runId);
      expect(await worker.succeed(held)).toBe('succeeded');
      const run = await rig().run(runId);
      expect(run.status).toBe('cancelled');
      expect(run.stages.filter(({ status }) => status === 'cancelled')).toHaveLength(WIDE - 1);
    });

    test('10,000 roots', { timeout: 240_000 }, async () => {
      const runId = await rig().start(pipelineOf('p', each(names(10_000), [])));
      expect(new Set(await (await rig().worker()).drain()).size).toBe(10_000);
      const run = await rig().run(runId);
      expect([run.status, run.stages.filter(({ status }) => status === 'succeeded').length]).toEqual([
        'succeeded',
        10_000,
      ]);
    });
  });
