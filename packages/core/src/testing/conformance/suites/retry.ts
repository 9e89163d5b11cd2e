import { describe, expect, test } from 'vitest';
import { dataOf } from '../../../domain/index.ts';
import { chainOf, pipelineOf } from '../pipelines.ts';
import type { Suite } from '../rig.ts';
import { BOOM } from '../test-worker.ts';

export const retrySuite: Suite = (rig) =>
  describe('retries', () => {
    const retried = (retry: object) =>
      chainOf('p', 1, {
        retry: { maximumAttempts: 3, initialInterval: 20, backoffCoefficient: 2, maximumInterval: 1_000, ...retry },
      });

    test('a failed attempt is tried again after its delay, and its success ends it all well', async () => {
      const runId = await rig().start(retried({}));
      const worker = await rig().worker();
      const first = await worker.take();
      expect(await worker.fail(first)).toBe('retrying');
      const run = await rig().run(runId);
      const retrying = (await rig().log(runId)).at(-1)!;
      expect(retrying).toMatchObject({
        type: 'stage.retrying',
        attempt: 1,
        data: { error: BOOM, delay_ms: 20, next_attempt_at: retrying.at + 20 },
      });
      expect(run).toMatchObject({ status: 'retrying', nextAttemptAt: retrying.at + 20, error: null });
      expect(run.stages[0]).toMatchObject({
        status: 'retrying',
        attempt: 1,
        nextAttemptAt: retrying.at + 20,
        error: BOOM,
        finishedAt: null,
        attempts: [{ attempt: 1, status: 'failed', error: BOOM }],
      });
      const second = await rig().until('the delay is over', () => worker.claim());
      expect(second.attempt).toBe(2);
      expect(second.fence).toBeGreaterThan(first.fence);
      expect(second.startedAt).toBeGreaterThanOrEqual(retrying.at + 20);
      expect(await rig().run(runId)).toMatchObject({
        status: 'running',
        nextAttemptAt: null,
        stages: [{ status: 'running', error: null }],
      });
      await worker.succeed(second);
      expect((await rig().run(runId)).stages[0]).toMatchObject({
        status: 'succeeded',
        attempt: 2,
        error: null,
        attempts: [{ status: 'failed' }, { status: 'succeeded' }],
      });
    });

    test('S12: the delay is not over before it is over, and the queue says when', async () => {
      const runId = await rig().start(retried({ initialInterval: 30_000, maximumInterval: 30_000 }));
      const worker = await rig().worker();
      await worker.fail(await worker.take());
      const due = (await rig().run(runId)).nextAttemptAt!;
      expect(
        await rig().store.advance({ worker: worker.id, queue: 'default', slot: 'one', outcome: null, fetch: true }),
      ).toMatchObject({
        claim: null,
        nextDueAt: due,
      });
      if (!rig().skipsTime) return;
      await rig().pass(29_999);
      expect(await worker.claim()).toBeNull();
      await rig().pass(1);
      expect(await worker.take()).toMatchObject({ attempt: 2 });
    });

    test('S12: the delays grow by the coefficient up to the cap, and the attempts end at the maximum', async () => {
      const runId = await rig().start(
        retried({ maximumAttempts: 5, initialInterval: 4, backoffCoefficient: 3, maximumInterval: 20 }),
      );
      const worker = await rig().worker();
      const answers = [];
      for (let i = 0; i < 5; i++)
        answers.push(await worker.fail(await rig().until('the next attempt', () => worker.claim())));
      expect(answers).toEqual(['retrying', 'retrying', 'retrying', 'retrying', 'failed']);
      expect((await rig().log(runId)).flatMap((event) => dataOf(event, 'stage.retrying')?.delay_ms ?? [])).toEqual([
        4, 12, 20, 20,
      ]);
      const run = await rig().run(runId);
      expect(run).toMatchObject({ status: 'failed', nextAttemptAt: null, error: { ...BOOM, stage: 's0', attempt: 5 } });
      expect(run.stages[0]!.attempts.map(({ attempt, status }) => [attempt, status])).toEqual(
        [1, 2, 3, 4, 5].map((attempt) => [attempt, 'failed']),
      );
    });

    test('jitter stretches a delay by at most its share, and never shortens it', async () => {
      const runId = await rig().start(
        pipelineOf(
          'p',
          Object.fromEntries(
            Array.from({ length: 20 }, (_, i) => [
              `s${i}`,
              { retry: { maximumAttempts: 2, initialInterval: 100_000, maximumInterval: 100_000, jitter: 0.5 } },
            ]),
          ),
        ),
      );
      const worker = await rig().worker();
      for (let i = 0; i < 20; i++) await worker.fail(await worker.take());
      const delays = (await rig().log(runId)).flatMap((event) => dataOf(event, 'stage.retrying')?.delay_ms ?? []);
      expect(delays).toHaveLength(20);
      expect(delays.every((delay) => delay >= 100_000 && delay <= 150_000)).toBe(true);
      expect(new Set(delays).size).toBeGreaterThan(1);
    });

    test('a handler that asks for longer than the policy gets it, for shorter does not', async () => {
      const runId = await rig().start(
        pipelineOf('p', {
          a: { retry: { maximumAttempts: 2, initialInterval: 1_000 } },
          b: { retry: { maximumAttempts: 2, initialInterval: 1_000 } },
        }),
      );
      const worker = await rig().worker();
      await worker.fail(await worker.take(), { afterMs: 7_000 });
      await worker.fail(await worker.take(), { afterMs: 10 });
      expect((await rig().log(runId)).flatMap((event) => dataOf(event, 'stage.retrying')?.delay_ms ?? [])).toEqual([
        7_000, 1_000,
      ]);
    });

    test('a failure that cannot be retried is final at once', async () => {
      const runId = await rig().start(retried({}));
      const worker = await rig().worker();
      expect(await worker.fail(await worker.take(), { retryable: false })).toBe('failed');
      expect(await rig().facts(runId)).toEqual(['run.created', 's0 started', 's0 failed', 'run.failed']);
    });

    test('by default nothing is retried', async () => {
      await rig().start(chainOf('p', 1));
      const worker = await rig().worker();
      expect(await worker.fail(await worker.take())).toBe('failed');
    });

    test('S1: a failure that is sent again is answered alike, also after the next attempt began', async () => {
      const runId = await rig().start(retried({ initialInterval: 1 }));
      const worker = await rig().worker();
      const first = await worker.take();
      expect(await worker.fail(first)).toBe('retrying');
      expect(await worker.fail(first)).toBe('retrying');
      await rig().until('the next attempt', () => worker.claim());
      expect(await worker.fail(first)).toBe('retrying');
      expect(await rig().facts(runId)).toEqual(['run.created', 's0 started', 's0 retrying', 's0 started']);
    });

    test('attempts that were handed back or lost are not failures: they count neither to the maximum nor to the delay', async () => {
      const runId = await rig().start(retried({ maximumAttempts: 2, initialInterval: 2, backoffCoefficient: 10 }));
      const worker = await rig().worker();
      await worker.handBack(await worker.take());
      const dying = await rig().worker();
      await dying.take();
      await dying.die();
      expect(await worker.fail(await worker.take())).toBe('retrying');
      expect((await rig().log(runId)).at(-1)!.data).toMatchObject({ delay_ms: 2 });
      expect(await worker.fail(await rig().until('the last attempt', () => worker.claim()))).toBe('failed');
      expect((await rig().run(runId)).stages[0]!.attempts.map(({ attempt, status }) => [attempt, status])).toEqual([
        [1, 'handed_back'],
        [1, 'worker_lost'],
        [2, 'failed'],
        [3, 'failed'],
      ]);
    });

    test('a run is retrying only while nothing of it runs or is queued', async () => {
      const runId = await rig().start(
        pipelineOf('p', { a: { retry: { maximumAttempts: 2, initialInterval: 60_000 } }, b: [], c: ['b'], d: ['a'] }),
      );
      const worker = await rig().worker();
      const [a, b] = [await worker.take(), await worker.take()];
      await worker.fail(a);
      expect((await rig().run(runId)).status).toBe('running');
      await worker.succeed(b);
      expect((await rig().run(runId)).status).toBe('running');
      const c = await worker.take();
      await worker.succeed(c);
      expect((await rig().run(runId)).status).toBe('retrying');
    });
  });
