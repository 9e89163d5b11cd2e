import { describe, expect, test } from 'vitest';
import type { RunId } from '../../../domain/index.ts';
import { pipelineOf, type StageShape } from '../pipelines.ts';
import type { Suite } from '../rig.ts';
import { BOOM, type TestWorker } from '../test-worker.ts';

const FINAL = { retryable: false } as const;

/** What is set up, the work with it, and what undoes it. */
const lifeOf = (options: Partial<StageShape> = {}, before: Record<string, StageShape> = {}) =>
  pipelineOf('p', {
    ...before,
    up: { on: Object.keys(before) },
    work: ['up'],
    down: { on: ['work'], tearsDown: ['up'], ...options },
  });

export const teardownSuite: Suite = (rig) => {
  const states = async (runId: RunId) => {
    const { status, stages } = await rig().run(runId);
    return { run: status, ...Object.fromEntries(stages.map((stage) => [stage.stage, stage.status])) };
  };
  const fail = async (worker: TestWorker) => worker.fail(await worker.take(), FINAL);
  const succeed = async (worker: TestWorker) => worker.succeed(await worker.take());

  describe('a teardown', () => {
    test('runs after its set-up and the work, and does not hide the failure of the work', async () => {
      const runId = await rig().start(lifeOf());
      const worker = await rig().worker();
      await worker.succeed(await worker.take(), { id: 'x' });
      await fail(worker);
      const down = await worker.take();
      expect(down.inputs).toEqual({ work: null, up: { id: 'x' } });
      await worker.succeed(down);
      expect(await states(runId)).toEqual({ run: 'failed', up: 'succeeded', work: 'failed', down: 'succeeded' });
      expect((await rig().run(runId)).error).toMatchObject({ stage: 'work' });
    });

    test.each([
      [{}, 'succeeded'],
      [{ failsRun: true }, 'failed'],
    ] as const)('that fails, with %j: the run has %s', async (options, status) => {
      const runId = await rig().start(lifeOf(options));
      const worker = await rig().worker();
      await succeed(worker);
      await succeed(worker);
      await fail(worker);
      const run = await rig().run(runId);
      expect([run.status, run.error?.stage]).toEqual([status, status === 'failed' ? 'down' : undefined]);
    });

    test('that failed first is not what a failed run names', async () => {
      const runId = await rig().start(
        pipelineOf('p', { up: [], down: { on: ['up'], tearsDown: ['up'] }, other: { queue: 'late' } }),
      );
      const worker = await rig().worker();
      await succeed(worker);
      await fail(worker);
      await worker.fail(await worker.take('late'), { ...FINAL, error: { ...BOOM, code: 'Late' } });
      expect((await rig().run(runId)).error).toMatchObject({ code: 'Late', stage: 'other' });
    });

    test('runs if its set-up failed half-way, and is skipped if that never began', async () => {
      const halfway = await rig().start(lifeOf());
      const worker = await rig().worker();
      await fail(worker);
      expect(await worker.drain()).toEqual(['down']);
      expect(await states(halfway)).toEqual({
        run: 'failed',
        up: 'failed',
        work: 'upstream_failed',
        down: 'succeeded',
      });
      const never = await rig().start(lifeOf({}, { first: {} }));
      await fail(worker);
      expect(await states(never)).toMatchObject({ run: 'failed', up: 'upstream_failed', down: 'skipped' });
    });

    test('without its set-up in a partial run runs after the work', async () => {
      const runId = await rig().start(lifeOf(), { stages: ['work', 'down'] as never });
      const worker = await rig().worker();
      await fail(worker);
      expect(await worker.drain()).toEqual(['down']);
      expect((await rig().run(runId)).status).toBe('failed');
    });
  });
};
