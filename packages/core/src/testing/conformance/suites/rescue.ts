import { describe, expect, test } from 'vitest';
import { chainOf, pipelineOf } from '../pipelines.ts';
import type { Suite } from '../rig.ts';

export const rescueSuite: Suite = (rig) =>
  describe('rescuing the stages of lost workers', () => {
    test('L2: the stage is queued again, first in line, and its next attempt has the next number', async () => {
      const runId = await rig().start(pipelineOf('p', { a: [], b: [] }));
      const [lost, worker] = [await rig().worker(), await rig().worker()];
      const first = await lost.take();
      await lost.die();
      expect((await rig().run(runId)).stages[0]).toMatchObject({
        status: 'queued',
        attempt: 1,
        error: null,
        attempts: [{ attempt: 1, status: 'worker_lost', error: null }],
      });
      expect((await rig().log(runId)).at(-1)).toMatchObject({
        type: 'stage.rescued',
        stage: 'a',
        attempt: 1,
        data: { worker: lost.id, lost: 1 },
      });
      expect((await rig().store.counters())['rescued']).toBe(1);
      const again = await worker.take();
      expect([again.stage, again.attempt]).toEqual(['a', 2]);
      expect(again.fence).toBeGreaterThan(first.fence);
      expect((await rig().store.workers()).map(({ worker: id }) => id)).toEqual([worker.id]);
    });

    test('S1, S2: what the lost worker sends later is refused, recorded and counted', async () => {
      const runId = await rig().start(chainOf('p', 1));
      const [lost, worker] = [await rig().worker(), await rig().worker()];
      const first = await lost.take();
      await lost.die();
      expect(await lost.succeed(first, { stale: true })).toBe('fenced');
      const second = await worker.take();
      expect(await lost.fail(first)).toBe('fenced');
      expect(await rig().store.report(first, [{ type: 'stage.progress', data: { fraction: 1 } }])).toBe('fenced');
      await worker.succeed(second, { fresh: true });
      expect(await rig().facts(runId)).toEqual([
        'run.created',
        's0 started',
        's0 rescued',
        's0 fenced',
        's0 started',
        's0 fenced',
        's0 fenced',
        's0 succeeded',
        'run.succeeded',
      ]);
      const fenced = (await rig().log(runId)).filter(({ type }) => type === 'stage.fenced');
      expect(fenced.map(({ data, attempt }) => [attempt, data])).toEqual([
        [1, { fence: first.fence, current_fence: first.fence, what: 'succeeded' }],
        [1, { fence: first.fence, current_fence: second.fence, what: 'failed' }],
        [1, { fence: first.fence, current_fence: second.fence, what: 'report' }],
      ]);
      expect((await rig().run(runId)).stages[0]!.output).toEqual({ fresh: true });
      expect((await rig().store.counters())['fenced']).toBe(3);
    });

    test('the lost worker is not registered any more, and its claims are not its own', async () => {
      await rig().start(chainOf('p', 1));
      const lost = await rig().worker();
      const claim = await lost.take();
      await lost.die();
      expect(await lost.renew([claim])).toMatchObject({ registered: false });
      expect(
        (await rig().store.advance({ worker: lost.id, queue: 'default', slot: 'one', outcome: null, fetch: true }))
          .unregistered,
      ).toBe(true);
      expect((await lost.renew([claim], { register: true })).fenced).toHaveLength(1);
      expect((await lost.take()).attempt).toBe(2);
    });

    test('a worker with a lease is left alone', async () => {
      await rig().start(chainOf('p', 1));
      const worker = await rig().worker();
      await worker.take();
      expect(await rig().store.rescueLost({ maxLost: 3, limit: 100 })).toEqual({ workers: [], stages: 0 });
    });

    test('a stage that loses too many workers fails with worker_lost, and takes its run along', async () => {
      const runId = await rig().start(chainOf('p', 2, { retry: { maximumAttempts: 9 } }));
      for (let lost = 1; lost <= 3; lost++) {
        const worker = await rig().worker();
        expect((await worker.take()).attempt).toBe(lost);
        await worker.die(2);
      }
      const run = await rig().run(runId);
      expect(run).toMatchObject({ status: 'failed', error: { code: 'worker_lost', stage: 's0', attempt: 3 } });
      expect(run.stages.map(({ status }) => status)).toEqual(['failed', 'upstream_failed']);
      expect(run.stages[0]!.attempts.map(({ status }) => status)).toEqual([
        'worker_lost',
        'worker_lost',
        'worker_lost',
      ]);
      expect((await rig().facts(runId)).slice(-3)).toEqual(['s0 failed', 's1 upstream_failed', 'run.failed']);
      expect((await rig().store.counters())['rescued']).toBe(2);
    });

    test('S6: a lost stage of a run that is cancelled is cancelled, and the run ends', async () => {
      const runId = await rig().start(chainOf('p', 1));
      const worker = await rig().worker();
      await worker.take();
      await rig().cancel(runId);
      await worker.die();
      expect(await rig().facts(runId)).toEqual([
        'run.created',
        's0 started',
        'run.cancelling',
        's0 cancelled',
        'run.cancelled',
      ]);
    });

    test('S6: cancelled it is also where it would have failed for having lost too many workers', async () => {
      const runId = await rig().start(chainOf('p', 1));
      const worker = await rig().worker();
      await worker.take();
      await rig().cancel(runId);
      await worker.die(0);
      expect((await rig().facts(runId)).slice(-2)).toEqual(['s0 cancelled', 'run.cancelled']);
    });

    test('a lease ends at its last instant, and not before', async (context) => {
      if (!rig().skipsTime) return context.skip('a day would have to pass: only a clock that can be moved shows it');
      const worker = await rig().worker();
      await worker.renew([], { ttlMs: 100 });
      await rig().pass(99);
      expect(await rig().store.rescueLost({ maxLost: 3, limit: 100 })).toEqual({ workers: [], stages: 0 });
      await rig().pass(1);
      expect(await rig().store.rescueLost({ maxLost: 3, limit: 100 })).toEqual({ workers: [worker.id], stages: 0 });
    });

    test('all the stages of a worker are rescued, in bounded steps', async () => {
      const runId = await rig().start(
        pipelineOf('p', Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`s${i}`, []]))),
      );
      const worker = await rig().worker();
      const claims = [];
      for (let i = 0; i < 7; i++) claims.push(await worker.take());
      await worker.renew(claims, { ttlMs: 1 });
      let stages = 0;
      await rig().until('the worker is gone', async () => {
        const answer = await rig().store.rescueLost({ maxLost: 3, limit: 3 });
        expect(answer.stages).toBeLessThanOrEqual(3);
        stages += answer.stages;
        return answer.workers.includes(worker.id);
      });
      expect(stages).toBe(7);
      expect((await rig().run(runId)).stages.every(({ status }) => status === 'queued')).toBe(true);
    });

    test('rescuing twice rescues once', async () => {
      const runId = await rig().start(chainOf('p', 1));
      const worker = await rig().worker();
      await worker.take();
      await worker.die();
      expect(await rig().store.rescueLost({ maxLost: 3, limit: 100 })).toEqual({ workers: [], stages: 0 });
      expect((await rig().facts(runId)).filter((fact) => fact === 's0 rescued')).toHaveLength(1);
    });
  });
