import { describe, expect, test } from 'vitest';
import { chainOf, pipelineOf } from '../pipelines.ts';
import type { Suite } from '../rig.ts';

export const timeoutSuite: Suite = (rig) =>
  describe('timeouts', () => {
    /** Long enough that the steps before it are done in time, also where time cannot be skipped. */
    const MS = 250;
    const fire = (): Promise<number> =>
      rig().until('a timeout fires', async () => (await rig().store.fireTimeouts(100)) || null);

    test('nothing fires before it is due', async () => {
      await rig().start(pipelineOf('p', { a: { timeouts: { stage: 60_000, queue: 60_000 } } }, { timeoutMs: 60_000 }));
      expect(await rig().store.fireTimeouts(100)).toBe(0);
      if (!rig().skipsTime) return;
      await rig().pass(59_999);
      expect(await rig().store.fireTimeouts(100)).toBe(0);
      await rig().pass(1);
      expect(await rig().store.fireTimeouts(100)).toBeGreaterThan(0);
    });

    test('a run without timeouts waits for ever', async (context) => {
      if (!rig().skipsTime) return context.skip('a day would have to pass: only a clock that can be moved shows it');
      await rig().start(chainOf('p', 1));
      await rig().pass(365 * 24 * 60 * 60 * 1_000);
      expect(await rig().store.fireTimeouts(100)).toBe(0);
    });

    test('run: it is cancelled and ends failed with timed_out once its running stage has ended', async () => {
      const runId = await rig().start(pipelineOf('p', { a: [], b: ['a'] }, { timeoutMs: MS }));
      const worker = await rig().worker();
      const claim = await worker.take();
      expect(await fire()).toBe(1);
      expect((await rig().run(runId)).status).toBe('cancelling');
      expect((await worker.renew([claim])).cancel).toHaveLength(1);
      expect(await rig().store.fireTimeouts(100)).toBe(0);
      await worker.send(claim, { kind: 'cancelled', reason: 'timed_out' });
      expect(await rig().facts(runId)).toEqual([
        'run.created',
        'a started',
        'run.cancelling',
        'b cancelled',
        'a cancelled',
        'run.failed',
      ]);
      expect(await rig().run(runId)).toMatchObject({
        status: 'failed',
        error: { code: 'timed_out', stage: null, attempt: null },
      });
    });

    test('run: when nothing runs it fails at once', async () => {
      const runId = await rig().start(pipelineOf('p', { a: [] }, { timeoutMs: 20 }));
      await fire();
      expect(await rig().facts(runId)).toEqual(['run.created', 'a cancelled', 'run.failed']);
      expect((await rig().run(runId)).error).toMatchObject({
        code: 'timed_out',
        message: 'the run took longer than its timeout of 20ms',
        stage: null,
      });
      expect((await rig().log(runId))[1]!.data).toEqual({ reason: 'the run timed out' });
    });

    test('run: one that is being cancelled does not time out as well', async () => {
      const runId = await rig().start(pipelineOf('p', { a: [] }, { timeoutMs: MS }));
      const worker = await rig().worker();
      const claim = await worker.take();
      await rig().cancel(runId);
      await rig().pass(MS);
      expect(await rig().store.fireTimeouts(100)).toBe(0);
      await worker.send(claim, { kind: 'cancelled', reason: 'enough' });
      expect((await rig().run(runId)).status).toBe('cancelled');
    });

    test('run: the wait for the overlap lock does not count', async () => {
      const pipeline = pipelineOf('p', { a: [] }, { timeoutMs: MS });
      const holder = await rig().start(pipeline, { overlap: 'queue' });
      const waiting = await rig().start(pipeline, { overlap: 'queue' });
      await fire();
      expect((await rig().run(holder)).status).toBe('failed');
      expect((await rig().run(waiting)).status).toBe('starting');
      expect(await rig().store.fireTimeouts(100)).toBe(0);
      await fire();
      expect((await rig().run(waiting)).status).toBe('failed');
    });

    test('whole stage, while it runs: it fails at once, and S14: its late success is refused', async () => {
      const runId = await rig().start(chainOf('p', 2, { timeouts: { stage: MS }, retry: { maximumAttempts: 5 } }));
      const worker = await rig().worker();
      const claim = await worker.take();
      expect(await fire()).toBe(1);
      expect(await worker.succeed(claim)).toBe('fenced');
      expect((await worker.renew([claim])).fenced).toHaveLength(1);
      const run = await rig().run(runId);
      expect(run).toMatchObject({ status: 'failed', error: { code: 'timed_out', stage: 's0', attempt: 1 } });
      expect(run.stages[0]!.attempts).toMatchObject([{ attempt: 1, status: 'failed', error: { code: 'timed_out' } }]);
      expect(await rig().facts(runId)).toEqual([
        'run.created',
        's0 started',
        's0 failed',
        's1 upstream_failed',
        'run.failed',
      ]);
    });

    test('S14: the late success is recorded as refused while the run goes on', async () => {
      const runId = await rig().start(pipelineOf('p', { a: { timeouts: { stage: MS } }, b: [] }));
      const worker = await rig().worker();
      const [a, b] = [await worker.take(), await worker.take()];
      await fire();
      expect(await worker.succeed(a)).toBe('fenced');
      await worker.succeed(b);
      expect(await rig().facts(runId)).toEqual([
        'run.created',
        'a started',
        'b started',
        'a failed',
        'a fenced',
        'b succeeded',
        'run.failed',
      ]);
    });

    test('whole stage: it counts from the first time the stage was queued, over all attempts and waits', async () => {
      const runId = await rig().start(
        chainOf('p', 1, { timeouts: { stage: MS }, retry: { maximumAttempts: 5, initialInterval: 60_000 } }),
      );
      const worker = await rig().worker();
      const first = await worker.take();
      await worker.handBack(first);
      const second = await worker.take();
      expect(second.stageDeadline).toBe(first.stageDeadline);
      await worker.fail(second);
      await fire();
      const failed = (await rig().log(runId)).find(({ type }) => type === 'stage.failed')!;
      expect(failed).toMatchObject({ attempt: 1, data: { error: { code: 'timed_out' } } });
      expect(failed.at).toBeGreaterThanOrEqual(first.stageDeadline!);
      expect((await rig().run(runId)).stages[0]).toMatchObject({
        status: 'failed',
        nextAttemptAt: null,
        error: { code: 'timed_out' },
      });
      expect(await worker.claim()).toBeNull();
    });

    test('whole stage, while it is queued: it fails and cannot be claimed', async () => {
      const runId = await rig().start(chainOf('p', 1, { timeouts: { stage: 20 } }));
      await fire();
      expect(await (await rig().worker()).claim()).toBeNull();
      expect(await rig().run(runId)).toMatchObject({
        status: 'failed',
        startedAt: null,
        durationMs: null,
        error: { code: 'timed_out', stage: 's0', attempt: 0 },
        stages: [{ attempts: [], durationMs: null }],
      });
      const failed = (await rig().log(runId)).find(({ type }) => type === 'stage.failed')!;
      const message = 'the stage, all its attempts together, took longer than its timeout of 20ms';
      expect(failed.data).toEqual({ error: { code: 'timed_out', message }, duration_ms: null });
    });

    test('waiting for a worker: the stage fails with no_worker', async () => {
      const runId = await rig().start(chainOf('p', 2, { timeouts: { queue: 20 } }));
      await fire();
      expect(await rig().run(runId)).toMatchObject({
        status: 'failed',
        error: { code: 'no_worker', stage: 's0', attempt: 0 },
      });
      expect(await rig().facts(runId)).toEqual(['run.created', 's0 failed', 's1 upstream_failed', 'run.failed']);
      expect(await (await rig().worker()).claim()).toBeNull();
    });

    test('waiting for a worker: it counts anew for a stage that came back to the queue', async () => {
      const runId = await rig().start(
        pipelineOf('p', { back: { timeouts: { queue: MS } }, lost: { timeouts: { queue: MS } } }),
      );
      const [drained, dead] = [await rig().worker(), await rig().worker()];
      const back = await drained.take();
      await dead.take();
      await rig().pass(MS);
      await drained.handBack(back);
      await dead.die();
      expect(await rig().store.fireTimeouts(100)).toBe(0);
      await rig().pass(MS);
      expect(await rig().store.fireTimeouts(100)).toBe(2);
      const failed = (await rig().log(runId)).filter(({ type }) => type === 'stage.failed');
      const message = `no worker of queue default took the stage within ${MS}ms`;
      expect(failed.map(({ data }) => data)).toMatchObject([
        { error: { code: 'no_worker', message } },
        { error: { code: 'no_worker', message } },
      ]);
    });

    test('waiting for a worker: a stage that runs or is in backoff does not wait', async () => {
      const runId = await rig().start(
        pipelineOf('p', {
          a: { timeouts: { queue: MS }, retry: { maximumAttempts: 2, initialInterval: 60_000 } },
          b: { timeouts: { queue: MS } },
        }),
      );
      const worker = await rig().worker();
      await worker.fail(await worker.take());
      await worker.take();
      await rig().pass(MS + 10);
      expect(await rig().store.fireTimeouts(100)).toBe(0);
      expect((await rig().run(runId)).stages.map(({ status }) => status)).toEqual(['retrying', 'running']);
    });

    test('at most `limit` fire at once, and each once', async () => {
      const runId = await rig().start(
        pipelineOf('p', Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`s${i}`, { timeouts: { queue: 5 } }]))),
      );
      await rig().pass(10);
      const fired: number[] = [];
      for (let i = 0; i < 4; i++) fired.push(await rig().store.fireTimeouts(2));
      expect(fired).toEqual([2, 2, 1, 0]);
      expect((await rig().run(runId)).status).toBe('failed');
    });

    test('a timeout while cancelling ends the stage; the run ends as its cancel says', async () => {
      const runId = await rig().start(chainOf('p', 1, { timeouts: { stage: MS } }));
      const worker = await rig().worker();
      await worker.take();
      await rig().cancel(runId);
      await fire();
      expect(await rig().facts(runId)).toEqual([
        'run.created',
        's0 started',
        'run.cancelling',
        's0 failed',
        'run.cancelled',
      ]);
    });
  });
