import { describe, expect, test } from 'vitest';
import type { RunId, StageName } from '../../../domain/index.ts';
import { chainOf, diamondOf, pipelineOf } from '../pipelines.ts';
import { newRunId, type RetryAsked, type Suite, startOf } from '../rig.ts';
import type { TestWorker } from '../test-worker.ts';

const LONG = 'x'.repeat(100);

export const retriedRunSuite: Suite = (rig) =>
  describe('retrying an ended run', () => {
    /** Ends every stage that can be claimed: `how` names those that fail; the others answer with their name. */
    const end = async (worker: TestWorker, failing: readonly string[] = []): Promise<readonly string[]> => {
      const order: string[] = [];
      for (let claim = await worker.claim(); claim; claim = await worker.claim()) {
        order.push(claim.stage);
        if (failing.includes(claim.stage)) await worker.fail(claim, { retryable: false });
        else await worker.succeed(claim, { by: claim.stage, of: claim.runId, long: LONG });
      }
      return order;
    };
    const retried = async (runId: RunId, asked?: RetryAsked): Promise<RunId> => {
      const answer = await rig().retry(runId, asked);
      if (answer.kind !== 'started' && answer.kind !== 'queued') throw new Error(answer.kind);
      return answer.runId;
    };
    const statesOf = async (runId: RunId) =>
      (await rig().run(runId)).stages.map(({ stage, status, provenance }) => `${stage} ${status} ${provenance}`);

    test('runs what failed and what depends on it; the rest has succeeded from the start, with its outputs', async () => {
      const pipeline = diamondOf('p');
      const runId = await rig().start(pipeline);
      const worker = await rig().worker();
      expect(await end(worker, ['c'])).toEqual(['a', 'b', 'c']);
      const again = await retried(runId);
      const source = await rig().run(runId);
      const run = await rig().run(again);
      expect(run).toMatchObject({
        retryOf: runId,
        retries: [],
        trigger: { kind: 'retry', by: 'ann' },
        startedAt: null,
      });
      expect(source.retries).toEqual([again]);
      expect(await statesOf(again)).toEqual([
        'a succeeded reused',
        'b succeeded reused',
        'c queued ran',
        'd pending ran',
      ]);
      expect(run.stages[1]).toMatchObject({
        attempt: 0,
        queuedAt: null,
        startedAt: null,
        finishedAt: null,
        attempts: [],
        output: { by: 'b', of: runId, long: LONG },
        reusedFrom: { runId, generation: 1, otherParams: false },
      });
      expect(await rig().store.runSummary(again)).toMatchObject({ stageCounts: { total: 4, ended: 2, running: 0 } });
      const c = await worker.take();
      expect([c.stage, c.attempt, c.inputs]).toEqual(['c', 1, { a: { by: 'a', of: runId, long: LONG } }]);
      await worker.succeed(c, { by: 'c' });
      const d = await worker.take();
      expect(d.inputs).toEqual({ b: { by: 'b', of: runId, long: LONG }, c: { by: 'c' } });
      await worker.succeed(d);
      expect(await rig().run(again)).toMatchObject({ status: 'succeeded', retryOf: runId });
      const { reused } = (await rig().log(again))[0]!.data as { reused?: unknown };
      expect(reused).toEqual([{ run_id: runId, generation: 1, other_params: false, stages: ['a', 'b'] }]);
      // Nothing of the ended run moved.
      expect({ ...(await rig().run(runId)), retries: [] }).toEqual({ ...source, retries: [] });
    });

    test('a chain of retries names the run that made a result', async () => {
      const runId = await rig().start(chainOf('p', 3));
      const worker = await rig().worker();
      await end(worker, ['s1']);
      const second = await retried(runId);
      await end(worker, ['s2']);
      const third = await retried(second);
      expect((await rig().run(third)).stages.map(({ reusedFrom }) => reusedFrom?.runId ?? null)).toEqual([
        runId,
        second,
        null,
      ]);
      expect((await rig().run(third)).stages[0]!.output).toMatchObject({ of: runId });
      expect(await end(worker)).toEqual(['s2']);
      expect((await rig().run(third)).status).toBe('succeeded');
      expect((await rig().run(runId)).retries).toEqual([second]);
    });

    test('from a stage on, with and without what depends on it', async () => {
      const runId = await rig().start(diamondOf('p'));
      const worker = await rig().worker();
      await end(worker);
      const from = await retried(runId, { from: 'b' as StageName, otherParams: true });
      expect(await statesOf(from)).toEqual([
        'a succeeded reused',
        'b queued ran',
        'c succeeded reused',
        'd pending ran',
      ]);
      expect((await rig().run(from)).stages[0]!.reusedFrom).toMatchObject({ otherParams: true });
      expect(await end(worker)).toEqual(['b', 'd']);
      const alone = await retried(runId, { from: 'b' as StageName, downstream: false });
      expect(await statesOf(alone)).toEqual(['a succeeded reused', 'b queued ran', 'c succeeded reused']);
      expect(await end(worker)).toEqual(['b']);
      expect((await rig().run(alone)).status).toBe('succeeded');
    });

    test('a stage whose rule the kept ones decide at once is skipped, or runs', async () => {
      const pipeline = pipelineOf('p', {
        ok: [],
        bad: [],
        never: { on: ['ok', 'bad'], when: 'all_failed' },
        after: ['never'],
        soon: { on: ['ok', 'bad'], when: 'one_succeeded' },
        calm: { on: ['ok'], when: 'all_failed' },
      });
      const runId = await rig().start(pipeline);
      const worker = await rig().worker();
      await end(worker, ['bad']);
      const again = await retried(runId);
      expect(await statesOf(again)).toEqual([
        'ok succeeded reused',
        'bad queued ran',
        'never skipped ran',
        'after skipped ran',
        'soon queued ran',
        'calm skipped ran',
      ]);
      expect((await rig().facts(again)).filter((fact) => fact.includes('calm'))).toEqual([]);
      await end(worker);
      expect((await rig().run(again)).status).toBe('succeeded');
    });

    test('what was set up is set up again, and a teardown that failed undoes what stands', async () => {
      const pipeline = pipelineOf('p', {
        up: [],
        use: ['up'],
        more: ['use'],
        down: { on: ['more'], tearsDown: ['up'], failsRun: true },
      });
      const runId = await rig().start(pipeline);
      const worker = await rig().worker();
      await end(worker, ['more']);
      const again = await retried(runId);
      expect(await end(worker, ['down'])).toEqual(['up', 'use', 'more', 'down']);
      expect((await rig().run(again)).status).toBe('failed');
      const third = await retried(again);
      expect(await statesOf(third)).toEqual([
        'up succeeded reused',
        'use succeeded reused',
        'more succeeded reused',
        'down queued ran',
      ]);
      expect(await end(worker)).toEqual(['down']);
      expect((await rig().run(third)).status).toBe('succeeded');
    });

    test('on a changed definition: by name, whatever its place', async () => {
      const runId = await rig().start(chainOf('p', 3));
      const worker = await rig().worker();
      await end(worker, ['s2']);
      const changed = pipelineOf('p', { first: [], s0: [], s1: ['s0'], s2: ['s1', 'first'] });
      await rig().register(changed);
      const again = await retried(runId, { pipeline: changed });
      expect(await statesOf(again)).toEqual([
        'first queued ran',
        's0 succeeded reused',
        's1 succeeded reused',
        's2 pending ran',
      ]);
      const first = await worker.take();
      await worker.succeed(first);
      const s2 = await worker.take();
      expect(s2.inputs).toMatchObject({ s1: { by: 's1', of: runId } });
      await worker.succeed(s2);
    });

    test('waits for the overlap lock like any start, and begins when it has it', async () => {
      const pipeline = chainOf('p', 2);
      const runId = await rig().start(pipeline);
      const worker = await rig().worker();
      await end(worker, ['s1']);
      const holder = await rig().start(pipeline, { overlap: 'queue' });
      const again = await retried(runId, { command: { overlap: 'queue' } });
      expect(await rig().run(again)).toMatchObject({ status: 'queued' });
      await rig().expand(again);
      expect(await statesOf(again)).toEqual(['s0 succeeded reused', 's1 pending ran']);
      await rig().cancel(holder);
      expect(await statesOf(again)).toEqual(['s0 succeeded reused', 's1 queued ran']);
      expect(await end(worker)).toEqual(['s1']);
      const cancelled = await retried(runId, { command: { overlap: 'allow' } });
      await rig().cancel(cancelled);
      expect(await statesOf(cancelled)).toEqual(['s0 succeeded reused', 's1 cancelled ran']);
    });

    test('keeps the artifacts it is given, which outlive the run that stored them', async () => {
      const { store } = rig();
      const runId = await rig().start(chainOf('p', 2));
      const worker = await rig().worker();
      const s0 = await worker.take();
      const data = (id: string) => ({ id, name: id, sha256: 'a'.repeat(64), size: 5, content_type: 'text/plain' });
      await store.report(s0, [{ type: 'stage.artifact', data: data('s0.1.1.0') }], 1);
      await worker.succeed(s0, { long: LONG });
      await end(worker, ['s1']);
      const again = await retried(runId, { artifacts: ['s0.1.1.0'] });
      expect(await store.artifactUse(again)).toMatchObject({ count: 1, bytes: 5 });
      expect(await store.pruneRuns({ count: 0, ageMs: 0 }, 10)).toBe(1);
      expect(await store.artifactEvents(again, { after: 0, limit: 10 })).toMatchObject([
        { runId: again, stage: 's0', data: data('s0.1.1.0') },
      ]);
      expect(await store.artifactEvent(again, 's0.1.1.0')).toMatchObject({ runId: again, stage: 's0' });
      expect((await rig().run(again)).stages[0]).toMatchObject({ output: { long: LONG }, reusedFrom: { runId } });
      await end(worker);
      expect((await rig().run(again)).status).toBe('succeeded');
    });

    test('from each stage of a graph the outputs are those of a run from zero', async () => {
      const pipeline = pipelineOf('p', {
        a: [],
        b: [],
        c: ['a'],
        d: ['a', 'b'],
        e: { on: ['c', 'd'], when: 'none_failed' },
        f: { on: ['b'], when: 'one_failed' },
        g: { on: ['e', 'f'], when: 'none_failed_min_one_succeeded' },
        h: ['f'],
      });
      const worker = await rig().worker();
      /** Each output tells of the inputs that it was made from. */
      const outputsOf = async (runId: RunId) => {
        const ran: string[] = [];
        for (let claim = await worker.claim(); claim; claim = await worker.claim()) {
          ran.push(claim.stage);
          await worker.succeed(claim, { of: claim.stage, from: claim.inputs });
        }
        const run = await rig().run(runId);
        expect(run.status).toBe('succeeded');
        return { ran, outputs: run.stages.map(({ stage, status, output }) => ({ stage, status, output })) };
      };
      const runId = await rig().start(pipeline);
      const zero = await outputsOf(runId);
      for (const { name } of pipeline.stages) {
        const again = await retried(runId, { from: name });
        const { ran, outputs } = await outputsOf(again);
        expect(outputs, name).toEqual(zero.outputs);
        expect(ran.length, name).toBeLessThan(zero.ran.length);
      }
      expect((await outputsOf(await retried(runId, { failedOnly: false }))).ran.toSorted()).toEqual(
        zero.ran.toSorted(),
      );
    });

    test('is refused when the run is gone, or not as it was planned', async () => {
      const pipeline = chainOf('p', 2);
      const runId = await rig().start(pipeline);
      const worker = await rig().worker();
      await end(worker, ['s1']);
      const kept = { status: 'succeeded', reusedFrom: { runId, generation: 1, otherParams: false } } as const;
      const retry = { of: runId, kept: [{ stage: 's1' as StageName, ...kept }], artifacts: [] };
      expect(await rig().ask(pipeline, { retry })).toEqual({ kind: 'source_gone' });
      const stranger = { ...retry, of: newRunId(), kept: [] };
      expect(await rig().ask(pipeline, { retry: stranger })).toEqual({ kind: 'source_gone' });
      expect((await rig().store.runs({ limit: 10, cursor: null })).items).toHaveLength(1);
      expect((await rig().run(runId)).retries).toEqual([]);
    });

    test('a repeated command and a repeated key are the same retry', async () => {
      const pipeline = chainOf('p', 2);
      const runId = await rig().start(pipeline);
      const worker = await rig().worker();
      await end(worker, ['s1']);
      const idempotency = { key: 'k', bodyHash: 'h' };
      const command = { ...startOf(pipeline), idempotency };
      const again = await retried(runId, { command });
      expect(await rig().retry(runId, { command })).toMatchObject({ kind: 'repeated', runId: again });
      const other = { command: { ...command, runId: newRunId() } };
      expect(await rig().retry(runId, other)).toMatchObject({ kind: 'repeated', runId: again });
      expect((await rig().run(runId)).retries).toEqual([again]);
      expect(await end(worker)).toEqual(['s1']);
      expect((await rig().run(again)).status).toBe('succeeded');
    });

    test('a wide one is continued in as many steps as it takes', { timeout: 120_000 }, async () => {
      const names = Array.from({ length: 220 }, (_, at) => `w${at}`);
      const pipeline = pipelineOf('p', {
        root: [],
        ...Object.fromEntries(names.map((name) => [name, ['root']])),
        end: names,
      });
      const runId = await rig().start(pipeline);
      const worker = await rig().worker();
      const failing = names.filter((_, at) => at % 3 === 0);
      await end(worker, failing);
      const again = await retried(runId);
      const { stages } = await rig().run(again);
      expect(stages.filter(({ status }) => status === 'queued').map(({ stage }) => stage)).toEqual(failing);
      await end(worker);
      expect(await rig().run(again)).toMatchObject({ status: 'succeeded' });
    });
  });
