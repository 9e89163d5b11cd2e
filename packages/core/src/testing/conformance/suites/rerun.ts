import { describe, expect, test } from 'vitest';
import { LIMITS, type RunId } from '../../../domain/index.ts';
import { chainOf, pipelineOf } from '../pipelines.ts';
import { newRunId, type Suite } from '../rig.ts';
import { BOOM, refOf, type TestWorker } from '../test-worker.ts';

export const rerunSuite: Suite = (rig) =>
  describe('a stage that is to run again', () => {
    const states = async (runId: RunId): Promise<Readonly<Record<string, string>>> =>
      Object.fromEntries((await rig().run(runId)).stages.map(({ stage, status }) => [stage, status]));
    const generations = async (runId: RunId): Promise<readonly number[]> =>
      (await rig().run(runId)).stages.map(({ generation }) => generation);
    const stageOf = async (runId: RunId, name: string) =>
      (await rig().run(runId)).stages.find(({ stage }) => stage === name)!;
    const succeedAll = async (worker: TestWorker, count: number): Promise<void> => {
      for (let done = 0; done < count; done++) await worker.succeed(await worker.take());
    };
    const reopened = (runId: RunId) =>
      rig()
        .log(runId)
        .then((log) =>
          log.filter(({ type }) => type === 'stage.reopened').map(({ stage, data }) => ({ stage, ...data })),
        );

    test('it and what depends on it begin their next generation; the rest and the past stay', async () => {
      const runId = await rig().start(
        pipelineOf('p', {
          a: [],
          b: ['a'],
          c: { on: ['b'], retry: { maximumAttempts: 3, initialInterval: 60_000 } },
          other: ['a'],
          last: ['c', 'other'],
        }),
      );
      const worker = await rig().worker();
      await worker.succeed(await worker.take(), { n: 1 });
      const [b, other] = [await worker.take(), await worker.take()];
      await worker.succeed(b, { from: 'b' });
      const c = await worker.take();
      await worker.fail(c);
      expect(await rig().rerun(runId, 'b', { reason: 'bad input' })).toEqual({ kind: 'reopened', more: [] });
      expect(await reopened(runId)).toEqual([
        { stage: 'b', because: null, was: 'succeeded', by: 'rae', reason: 'bad input', queued: ['b'] },
        { stage: 'c', because: 'b', was: 'retrying' },
      ]);
      expect(await generations(runId)).toEqual([1, 2, 2, 1, 1]);
      expect(await stageOf(runId, 'b')).toMatchObject({
        status: 'queued',
        attempt: 0,
        output: null,
        startedAt: null,
        finishedAt: null,
        worker: null,
        attempts: [{ generation: 1, attempt: 1, status: 'succeeded', worker: worker.id }],
      });
      expect(await stageOf(runId, 'c')).toMatchObject({
        status: 'pending',
        error: null,
        nextAttemptAt: null,
        attempts: [{ generation: 1, attempt: 1, status: 'failed', error: BOOM }],
      });
      const again = await worker.take();
      expect(again).toMatchObject({ stage: 'b', generation: 2, attempt: 1, inputs: { a: { n: 1 } } });
      expect(again.fence).toBeGreaterThan(b.fence);
      await worker.succeed(again, { from: 'b again' });
      expect(await worker.take()).toMatchObject({ stage: 'c', generation: 2, inputs: { b: { from: 'b again' } } });
      await worker.succeed(other);
      await rig().cancel(runId);
    });

    test('the run ends by its newest generations: a failure that was made good is forgotten, a later one is not', async () => {
      const plan = { a: [], b: [], c: [], hold: [] };
      const runId = await rig().start(pipelineOf('p', plan));
      const worker = await rig().worker();
      const [a, b, c, hold] = [await worker.take(), await worker.take(), await worker.take(), await worker.take()];
      for (const claim of [b, a]) await worker.fail(claim, { retryable: false });
      await worker.succeed(c);
      expect((await rig().rerun(runId, 'b')).kind).toBe('reopened');
      await worker.succeed(await worker.take());
      await worker.succeed(hold);
      expect(await rig().run(runId)).toMatchObject({
        status: 'failed',
        error: { stage: 'a', code: 'Boom', attempt: 1 },
      });

      const second = await rig().start(pipelineOf('p', plan));
      const claims = [await worker.take(), await worker.take(), await worker.take(), await worker.take()];
      for (const claim of claims.slice(0, 2)) await worker.fail(claim, { retryable: false });
      for (const stage of ['a', 'b']) await rig().rerun(second, stage);
      await succeedAll(worker, 2);
      for (const claim of claims.slice(2)) await worker.succeed(claim);
      expect(await rig().run(second)).toMatchObject({ status: 'succeeded', error: null });
    });

    test('what never ran because of it runs; what another failure keeps from running stays as it ended', async () => {
      const runId = await rig().start(
        pipelineOf('p', {
          a: [],
          b: [],
          hold: [],
          of_a: ['a'],
          leaf: ['of_a'],
          of_both: ['a', 'b'],
          either: { on: ['a', 'b'], when: 'all_failed' },
        }),
      );
      const worker = await rig().worker();
      const [a, b, hold] = [await worker.take(), await worker.take(), await worker.take()];
      for (const claim of [a, b]) await worker.fail(claim, { retryable: false });
      await worker.succeed(await worker.take());
      expect(await states(runId)).toMatchObject({
        of_a: 'upstream_failed',
        leaf: 'upstream_failed',
        of_both: 'upstream_failed',
        either: 'succeeded',
      });
      expect(await rig().rerun(runId, 'leaf')).toEqual({ kind: 'never' });
      expect(await rig().rerun(runId, 'a', { downstream: false })).toEqual({ kind: 'reopened', more: [] });
      expect((await reopened(runId)).map(({ stage }) => stage)).toEqual(['a', 'of_a', 'leaf']);
      expect(await states(runId)).toMatchObject({ of_both: 'upstream_failed', either: 'succeeded' });
      await worker.drain();
      await rig().rerun(runId, 'b', { downstream: true });
      await worker.drain();
      expect(await states(runId)).toMatchObject({ of_both: 'succeeded', either: 'skipped' });
      await worker.succeed(hold);
      expect((await rig().run(runId)).status).toBe('succeeded');
    });

    test('without what is downstream, results stay, and what waits or runs on the old output begins anew', async () => {
      const runId = await rig().start(
        pipelineOf('p', { a: [], b: ['a'], c: ['a'], d: ['a'], join: ['b', 'c', 'd'], end: ['join'] }),
      );
      const worker = await rig().worker();
      await worker.succeed(await worker.take());
      const [b, c] = [await worker.take(), await worker.take()];
      await worker.succeed(b, { kept: true });
      expect((await rig().rerun(runId, 'a', { downstream: false })).kind).toBe('reopened');
      expect(await states(runId)).toEqual({
        a: 'queued',
        b: 'succeeded',
        c: 'pending',
        d: 'pending',
        join: 'pending',
        end: 'pending',
      });
      expect(await generations(runId)).toEqual([2, 1, 2, 2, 1, 1]);
      expect(await worker.succeed(c)).toBe('fenced');
      expect(await worker.drain()).toEqual(['a', 'c', 'd', 'join', 'end']);
      expect(await stageOf(runId, 'b')).toMatchObject({ generation: 1, output: { kept: true } });
      expect((await rig().run(runId)).status).toBe('succeeded');
    });

    test('without it, what began only after a stage that never ran waits for that one again', async () => {
      const runId = await rig().start(
        pipelineOf('p', {
          a: [],
          hold: [],
          b: ['a'],
          after: { on: ['b'], when: 'one_done' },
          either: { on: ['b', 'hold'], when: 'one_done' },
        }),
      );
      const worker = await rig().worker();
      const [a, hold] = [await worker.take(), await worker.take()];
      await worker.succeed(hold);
      await worker.fail(a, { retryable: false });
      expect(await states(runId)).toMatchObject({ b: 'upstream_failed', after: 'queued', either: 'queued' });
      await rig().rerun(runId, 'a', { downstream: false });
      expect((await reopened(runId)).map(({ stage, ...data }) => [stage, (data as { was?: string }).was])).toEqual([
        ['a', 'failed'],
        ['b', 'upstream_failed'],
        ['after', 'queued'],
      ]);
      await worker.drain();
      expect((await rig().run(runId)).status).toBe('succeeded');
    });

    test('a dependant that runs loses its claim: its worker is told, its outcome and its reports are refused', async () => {
      const runId = await rig().start(pipelineOf('p', { a: [], b: ['a'], hold: [] }));
      const worker = await rig().worker();
      const [a, hold] = [await worker.take(), await worker.take()];
      await worker.succeed(a);
      const b = await worker.take();
      expect((await rig().rerun(runId, 'a')).kind).toBe('reopened');
      expect((await stageOf(runId, 'b')).attempts).toMatchObject([{ generation: 1, attempt: 1, status: 'cancelled' }]);
      expect((await worker.renew([b, hold])).fenced).toEqual([refOf(b)]);
      expect(await rig().store.report(refOf(b), [{ type: 'stage.progress', data: {} }])).toBe('fenced');
      expect(await worker.succeed(b)).toBe('fenced');
      expect(await worker.drain()).toEqual(['a', 'b']);
      expect(await worker.succeed(b)).toBe('fenced');
      expect(await worker.succeed(a)).toBe('succeeded');
      await worker.succeed(hold);
      expect(await rig().run(runId)).toMatchObject({ status: 'succeeded' });
    });

    test('one that runs or has not begun, a run that is over, is being cancelled or does not exist: nothing changes', async () => {
      const runId = await rig().start(chainOf('p', 2));
      const worker = await rig().worker();
      const claim = await worker.take();
      expect(await rig().rerun(runId, 's0')).toEqual({ kind: 'running' });
      expect(await rig().rerun(runId, 's1')).toEqual({ kind: 'not_begun' });
      expect(await rig().rerun(runId, 'nobody')).toEqual({ kind: 'unknown_stage' });
      expect(await rig().rerun(newRunId(), 's0')).toEqual({ kind: 'unknown' });
      await rig().cancel(runId);
      expect(await rig().rerun(runId, 's1')).toEqual({ kind: 'cancelling' });
      await worker.succeed(claim);
      expect(await rig().rerun(runId, 's0')).toEqual({ kind: 'terminal', status: 'cancelled' });
      expect(await reopened(runId)).toEqual([]);
    });

    test('the same command again opens nothing; a log that went on since it was read refuses it', async () => {
      const runId = await rig().start(pipelineOf('p', { a: [], hold: [] }));
      const worker = await rig().worker();
      await worker.succeed(await worker.take());
      const { lastSeq } = await rig().run(runId);
      const keyed = (key: string, bodyHash = 'h') => ({ idempotency: { key, bodyHash } });
      expect(await rig().rerun(runId, 'a', { ifSeq: lastSeq - 1 })).toEqual({ kind: 'moved' });
      for (let sent = 0; sent < 2; sent++)
        expect(await rig().rerun(runId, 'a', { ifSeq: lastSeq, ...keyed('one') })).toEqual({
          kind: 'reopened',
          more: [],
        });
      expect(await generations(runId)).toEqual([2, 1]);
      expect(await rig().rerun(runId, 'a', keyed('one', 'other'))).toEqual({ kind: 'idempotency_mismatch' });
      expect((await rig().rerun(runId, 'a', keyed('two'))).kind).toBe('reopened');
      expect(await generations(runId)).toEqual([3, 1]);
      expect(await worker.drain()).toEqual(['a', 'hold']);
    });

    test('attempts, failures and timeouts begin anew', async () => {
      const shape = { retry: { maximumAttempts: 2, initialInterval: 0 }, timeouts: { stage: 60_000 } };
      const runId = await rig().start(pipelineOf('p', { a: shape, hold: [] }));
      const worker = await rig().worker();
      const [first, hold] = [await worker.take(), await worker.take()];
      await worker.fail(first);
      await rig().pass(2);
      await worker.fail(await worker.take());
      expect((await stageOf(runId, 'a')).status).toBe('failed');
      await rig().rerun(runId, 'a');
      const again = await worker.take();
      expect(again).toMatchObject({ generation: 2, attempt: 1 });
      expect(again.stageDeadline! - again.startedAt).toBeGreaterThan(59_000);
      expect(await worker.fail(again)).toBe('retrying');
      await rig().pass(2);
      await worker.succeed(await worker.take());
      expect(
        (await stageOf(runId, 'a')).attempts.map(({ generation, attempt, status }) => [generation, attempt, status]),
      ).toEqual([
        [1, 1, 'failed'],
        [1, 2, 'failed'],
        [2, 1, 'failed'],
        [2, 2, 'succeeded'],
      ]);
      await worker.succeed(hold);
    });

    test('in a paused run it waits for the resume; a parked one leaves where it was parked', async () => {
      const runId = await rig().start(pipelineOf('p', { a: [], b: ['a'], hold: [] }));
      const worker = await rig().worker();
      const [a, hold] = [await worker.take(), await worker.take()];
      await worker.succeed(a);
      await rig().store.pauseRun({ runId, by: 'ann', reason: null });
      expect(await worker.claim()).toBeNull();
      expect((await stageOf(runId, 'b')).waitingFor).toMatchObject({ cause: 'paused' });
      await rig().rerun(runId, 'a');
      expect(await worker.claim()).toBeNull();
      expect(await states(runId)).toEqual({ a: 'queued', b: 'pending', hold: 'running' });
      await rig().resume(runId);
      expect(await worker.drain()).toEqual(['a', 'b']);
      await worker.succeed(hold);
      expect(await rig().store.parked()).toEqual([]);
    });

    test('a teardown runs again after its set-up has run again, however that ends', async () => {
      const runId = await rig().start(
        pipelineOf('p', { up: [], work: ['up'], down: { tearsDown: ['up'], on: ['work'] }, hold: [] }),
      );
      const worker = await rig().worker();
      const [up, hold] = [await worker.take(), await worker.take()];
      await worker.succeed(up);
      await succeedAll(worker, 2);
      await rig().rerun(runId, 'up');
      expect(await states(runId)).toMatchObject({ up: 'queued', work: 'pending', down: 'pending' });
      await worker.fail(await worker.take(), { retryable: false });
      expect(await worker.drain()).toEqual(['down']);
      await worker.succeed(hold);
      expect((await rig().run(runId)).status).toBe('failed');
    });

    test("a reused result of a retry is made anew: it is the run's own from then on", async () => {
      const failing = await rig().start(chainOf('p', 2));
      const worker = await rig().worker();
      await worker.succeed(await worker.take(), { old: true });
      await worker.fail(await worker.take(), { retryable: false });
      const answer = await rig().retry(failing);
      const { runId } = answer as { runId: RunId };
      expect(await stageOf(runId, 's0')).toMatchObject({ provenance: 'reused', generation: 1, output: { old: true } });
      expect(await rig().rerun(runId, 's0')).toMatchObject({ kind: 'reopened' });
      expect(await stageOf(runId, 's0')).toMatchObject({
        status: 'queued',
        provenance: 'ran',
        reusedFrom: null,
        generation: 2,
        output: null,
        attempts: [],
      });
      expect(await worker.drain()).toEqual(['s0', 's1']);
    });

    test('a subset: edges to stages outside of it count as met', async () => {
      const pipeline = pipelineOf('p', { a: [], b: ['a'], c: ['a', 'b'], d: ['b', 'c'], hold: [] });
      const runId = await rig().start(pipeline, { stages: pipeline.stages.slice(1).map(({ name }) => name) });
      const worker = await rig().worker();
      const [b, hold] = [await worker.take(), await worker.take()];
      await worker.succeed(b);
      await succeedAll(worker, 2);
      await rig().rerun(runId, 'b');
      expect(await worker.drain()).toEqual(['b', 'c', 'd']);
      await rig().rerun(runId, 'c');
      expect(await worker.drain()).toEqual(['c', 'd']);
      await worker.succeed(hold);
      expect((await rig().run(runId)).status).toBe('succeeded');
    });

    const wide = LIMITS.jobs_per_script + 50;
    const wideOf = () =>
      pipelineOf(
        'p',
        Object.fromEntries<readonly string[]>([
          ['a', []],
          ...Array.from({ length: wide }, (_, at) => [`b${at}`, ['a']] as const),
          ['join', ['a', ...Array.from({ length: wide }, (_, at) => `b${at}`)]],
          ['hold', []],
        ]),
      );

    test('more stages than one step may touch: the run is held until the last of them is open again', async () => {
      const runId = await rig().start(wideOf());
      const worker = await rig().worker();
      const [a, hold] = [await worker.take(), await worker.take()];
      await worker.succeed(a);
      const claims = [];
      for (let taken = 0; taken < wide; taken++) claims.push(await worker.take());
      for (const claim of claims.slice(0, wide - 3)) await worker.succeed(claim);
      const command = { runId, stage: (await stageOf(runId, 'a')).stage, downstream: true, gate: null, ifSeq: null };
      const answer = await rig().store.rerunStage({ ...command, by: 'rae', reason: 'wide', idempotency: null });
      expect(answer).toEqual({ kind: 'reopened', more: [runId] });
      expect(await rig().run(runId)).toMatchObject({
        status: 'paused',
        pause: { scope: 'rerun', by: 'rae', reason: 'wide' },
      });
      expect(await worker.claim()).toBeNull();
      expect((await rig().store.resumeRun({ runId, by: 'bob', reason: null })).kind).toBe('stays_paused');
      // What ends meanwhile, and is yet to be opened again, is not counted; what is not reached is.
      expect(await worker.succeed(claims[wide - 3]!)).toBe('succeeded');
      await worker.fail(claims[wide - 2]!, { retryable: false });
      await worker.succeed(hold);
      await rig().store.pauseRun({ runId, by: 'ann', reason: null });
      expect((await rig().store.resumeRun({ runId, by: 'bob', reason: null })).kind).toBe('resumed');
      expect((await rig().run(runId)).pause).toMatchObject({ scope: 'rerun', by: 'rae' });
      await rig().expand(runId);
      expect(await rig().run(runId)).toMatchObject({ status: 'running', pause: null });
      expect(new Set(await generations(runId))).toEqual(new Set([1, 2]));
      expect(await worker.succeed(claims[wide - 1]!)).toBe('fenced');
      expect((await worker.drain()).length).toBe(wide + 2);
      expect((await rig().run(runId)).status).toBe('succeeded');
    });

    test('a wide rerun that nobody goes on with is finished by the sweep, also when the run stays paused', async () => {
      const runId = await rig().start(wideOf());
      const worker = await rig().worker();
      const [a, hold] = [await worker.take(), await worker.take()];
      await worker.succeed(a);
      await succeedAll(worker, wide);
      await rig().store.pauseRun({ runId, by: 'ann', reason: null });
      const command = { runId, stage: (await stageOf(runId, 'a')).stage, downstream: true, gate: null, ifSeq: null };
      await rig().store.rerunStage({ ...command, by: 'rae', reason: null, idempotency: null });
      for (let cursor = '0', passes = 0; passes === 0 || cursor !== '0'; passes++)
        ({ cursor } = await rig().store.reconcile(cursor, 100));
      expect((await rig().run(runId)).pause).toMatchObject({ scope: 'run', by: 'ann' });
      expect((await generations(runId)).filter((generation) => generation === 2)).toHaveLength(wide + 2);
      await rig().resume(runId);
      await worker.succeed(hold);
      expect((await worker.drain()).length).toBe(wide + 2);
    });

    test('cancelled in the middle, the run ends', async () => {
      const runId = await rig().start(wideOf());
      const worker = await rig().worker();
      const [a, hold] = [await worker.take(), await worker.take()];
      await worker.succeed(a);
      await succeedAll(worker, wide);
      const command = { runId, stage: (await stageOf(runId, 'a')).stage, downstream: true, gate: null, ifSeq: null };
      await rig().store.rerunStage({ ...command, by: 'rae', reason: null, idempotency: null });
      await rig().cancel(runId);
      await worker.send(hold, { kind: 'cancelled', reason: 'told to' });
      expect((await rig().run(runId)).status).toBe('cancelled');
    });

    test('a diamond opens in plan order, and joins once', async () => {
      const runId = await rig().start(pipelineOf('p', { a: [], b: ['a'], c: ['a'], d: ['b', 'c'], hold: [] }));
      const worker = await rig().worker();
      const [a, hold] = [await worker.take(), await worker.take()];
      await worker.succeed(a);
      await worker.drain();
      for (const [stage, order] of [
        ['b', ['b', 'd']],
        ['a', ['a', 'b', 'c', 'd']],
        ['d', ['d']],
      ] as const) {
        await rig().rerun(runId, stage);
        expect(await worker.drain()).toEqual(order);
      }
      await worker.succeed(hold);
      expect(await generations(runId)).toEqual([2, 3, 2, 4, 1]);
    });
  });
