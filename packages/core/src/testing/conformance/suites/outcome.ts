import { describe, expect, test } from 'vitest';
import { diamondOf, chainOf, pipelineOf } from '../pipelines.ts';
import type { LogData } from '../../../domain/index.ts';
import type { ClaimRef } from '../../../ports/index.ts';
import type { Suite } from '../rig.ts';
import { BOOM } from '../test-worker.ts';

export const outcomeSuite: Suite = (rig) =>
  describe('outcomes', () => {
    test('a success is recorded, readies the dependants and, at last, ends the run', async () => {
      const runId = await rig().start(diamondOf('p'));
      const worker = await rig().worker();
      await worker.succeed(await worker.take(), { n: 1 });
      const [b, c] = [await worker.take(), await worker.take()];
      await worker.succeed(c);
      expect((await rig().run(runId)).stages.map(({ status }) => status)).toEqual([
        'succeeded',
        'running',
        'succeeded',
        'pending',
      ]);
      await worker.succeed(b);
      await worker.succeed(await worker.take());
      expect(await rig().facts(runId)).toEqual([
        'run.created',
        'a started',
        'a succeeded',
        'b started',
        'c started',
        'c succeeded',
        'b succeeded',
        'd started',
        'd succeeded',
        'run.succeeded',
      ]);
      const queued = (await rig().log(runId))
        .filter(({ type }) => type === 'stage.succeeded')
        .map(({ data }) => data['queued']);
      expect(queued).toEqual([['b', 'c'], [], ['d'], []]);
      const run = await rig().run(runId);
      expect(run).toMatchObject({
        status: 'succeeded',
        error: null,
        stages: [{ status: 'succeeded', output: { n: 1 }, provenance: 'ran' }, {}, {}, {}],
      });
      expect(run.durationMs).toBe(run.finishedAt! - run.startedAt!);
      expect((await rig().log(runId)).at(-1)!.data).toEqual({ duration_ms: run.durationMs });
    });

    test('the output is in the run and in no event', async () => {
      const runId = await rig().start(chainOf('p', 1));
      const worker = await rig().worker();
      await worker.succeed(await worker.take(), { secret: 'hunter2' });
      expect((await rig().run(runId)).stages[0]!.output).toEqual({ secret: 'hunter2' });
      expect(JSON.stringify(await rig().log(runId))).not.toContain('hunter2');
    });

    test('S1: the same outcome again is answered as the first time and changes nothing', async () => {
      const runId = await rig().start(chainOf('p', 2));
      const worker = await rig().worker();
      const claim = await worker.take();
      for (let i = 0; i < 3; i++) expect(await worker.succeed(claim)).toBe('succeeded');
      expect(await rig().facts(runId)).toEqual(['run.created', 's0 started', 's0 succeeded']);
      await worker.drain();
      expect(await worker.succeed(claim)).toBe('succeeded');
      expect((await rig().facts(runId)).at(-1)).toBe('run.succeeded');
      expect((await rig().store.counters())['fenced'] ?? 0).toBe(0);
    });

    test('S1: of two different outcomes of one claim the first stands', async () => {
      const runId = await rig().start(chainOf('p', 1));
      const worker = await rig().worker();
      const claim = await worker.take();
      expect(await worker.fail(claim, { retryable: false })).toBe('failed');
      expect(await worker.succeed(claim)).toBe('failed');
      expect((await rig().run(runId)).status).toBe('failed');
    });

    test('what depends on a failed stage never runs, however far, while independent branches go on', async () => {
      const runId = await rig().start(pipelineOf('p', { a: [], b: [], c: ['a'], d: ['c', 'b'], e: ['b'] }));
      const worker = await rig().worker();
      const [a, b] = [await worker.take(), await worker.take()];
      expect(await worker.fail(a, { retryable: false })).toBe('failed');
      expect((await rig().run(runId)).status).toBe('running');
      expect((await rig().run(runId)).stages.map(({ status }) => status)).toEqual([
        'failed',
        'running',
        'upstream_failed',
        'upstream_failed',
        'pending',
      ]);
      await worker.succeed(b);
      expect(await worker.drain()).toEqual(['e']);
      const log = await rig().log(runId);
      const skips = log.filter(({ type }) => type === 'stage.upstream_failed');
      expect(Object.fromEntries(skips.map(({ stage, data }) => [stage, data]))).toEqual({
        c: { because: 'a' },
        d: { because: 'c' },
      });
      expect(skips.every(({ attempt }) => attempt === 0)).toBe(true);
      const run = await rig().run(runId);
      expect(run).toMatchObject({ status: 'failed', error: { ...BOOM, stage: 'a', attempt: 1 } });
      expect(run.stages[0]).toMatchObject({
        status: 'failed',
        error: BOOM,
        attempts: [{ attempt: 1, status: 'failed', error: BOOM }],
      });
      expect(log.at(-1)).toMatchObject({
        type: 'run.failed',
        data: { error: { ...BOOM, stage: 'a', attempt: 1 }, duration_ms: run.durationMs },
      });
    });

    test('the error of the run is that of the stage that failed first', async () => {
      const runId = await rig().start(pipelineOf('p', { a: [], b: [] }));
      const worker = await rig().worker();
      const [a, b] = [await worker.take(), await worker.take()];
      await worker.fail(b, { retryable: false, error: { code: 'First', message: 'b' } });
      await worker.fail(a, { retryable: false, error: { code: 'Second', message: 'a' } });
      expect((await rig().run(runId)).error).toEqual({ code: 'First', message: 'b', stage: 'b', attempt: 1 });
    });

    test('S4: a join that lost one dependency ends at once and never starts', async () => {
      const runId = await rig().start(diamondOf('p'));
      const worker = await rig().worker();
      await worker.succeed(await worker.take());
      const [b, c] = [await worker.take(), await worker.take()];
      await worker.fail(b, { retryable: false });
      expect((await rig().run(runId)).stages[3]!.status).toBe('upstream_failed');
      await worker.succeed(c);
      expect(await worker.claim()).toBeNull();
      expect((await rig().facts(runId)).slice(-2)).toEqual(['c succeeded', 'run.failed']);
    });

    test('a stage that ends cancelled while nobody cancelled the run has failed', async () => {
      const runId = await rig().start(chainOf('p', 1, { retry: { maximumAttempts: 5 } }));
      const worker = await rig().worker();
      expect(await worker.send(await worker.take(), { kind: 'cancelled', reason: 'I was told to' })).toBe('failed');
      expect((await rig().run(runId)).error).toEqual({
        code: 'cancelled',
        message: 'I was told to',
        stage: 's0',
        attempt: 1,
      });
    });

    test('a running stage can report about itself, in order', async () => {
      const runId = await rig().start(chainOf('p', 1));
      const worker = await rig().worker();
      const claim = await worker.take();
      const events = [
        { type: 'stage.log', data: { lines: [{ s: 'out', t: 'héllo' }] } },
        { type: 'stage.progress', data: { fraction: 0.5 } },
        { type: 'stage.metric', data: { name: 'rows', value: 3 } },
        { type: 'stage.artifact', data: { id: '1', name: 'r.csv', sha256: 'ab', size: 3, content_type: 'text/csv' } },
      ] as const;
      expect(await rig().store.report(claim, events)).toBe('ok');
      expect(await rig().store.report(claim, [])).toBe('ok');
      const log = await rig().log(runId);
      expect(log.slice(2)).toMatchObject(events.map((event) => ({ ...event, stage: 's0', attempt: 1 })));
      expect(log.slice(2).map(({ data }) => data)).toEqual(events.map(({ data }) => data));
    });

    test('a report that is sent again is recorded once', async () => {
      const runId = await rig().start(chainOf('p', 1));
      const worker = await rig().worker();
      const first = await worker.take();
      const report = (claim: ClaimRef, ordinal: number, text: string) =>
        rig().store.report(claim, [{ type: 'stage.log', data: { lines: [{ s: 'out', t: text }] } }], ordinal);
      expect([
        await report(first, 1, 'a'),
        await report(first, 1, 'a'),
        await report(first, 2, 'b'),
        await report(first, 2, 'b'),
      ]).toEqual(Array(4).fill('ok'));
      await worker.handBack(first);
      const second = await worker.take();
      expect(await report(second, 1, 'c')).toBe('ok');
      expect(await report(first, 2, 'b')).toBe('fenced');
      const log = (await rig().log(runId)).filter(({ type }) => type === 'stage.log');
      expect(log.map(({ data }) => (data as unknown as LogData).lines[0]!.t)).toEqual(['a', 'b', 'c']);
    });

    test('a stage that was handed back is claimed next, under the same attempt number', async () => {
      const runId = await rig().start(pipelineOf('p', { a: [], b: [] }));
      const worker = await rig().worker();
      const first = await worker.take();
      expect(await worker.handBack(first)).toBe('handed_back');
      expect(await worker.handBack(first)).toBe('handed_back');
      expect((await rig().run(runId)).stages[0]).toMatchObject({
        status: 'queued',
        attempt: 1,
        attempts: [{ attempt: 1, status: 'handed_back' }],
      });
      const again = await worker.take();
      expect([again.stage, again.attempt]).toEqual(['a', 1]);
      expect(again.fence).toBeGreaterThan(first.fence);
      expect((await rig().log(runId))[2]).toMatchObject({
        type: 'stage.handed_back',
        attempt: 1,
        data: { reason: 'drain', worker: worker.id },
      });
      await worker.succeed(again);
      expect((await rig().run(runId)).stages[0]!.attempts.map(({ attempt, status }) => [attempt, status])).toEqual([
        [1, 'handed_back'],
        [1, 'succeeded'],
      ]);
    });

    test('a stage that was handed back for a while is queued, but not claimed before that', async () => {
      const runId = await rig().start(chainOf('p', 1));
      const worker = await rig().worker();
      await worker.handBack(await worker.take(), 60);
      const { at: handedBackAt, data } = (await rig().log(runId)).at(-1)!;
      expect(data).toEqual({ reason: 'drain', worker: worker.id, next_attempt_at: handedBackAt + 60 });
      expect((await rig().run(runId)).stages[0]).toMatchObject({ status: 'queued', nextAttemptAt: handedBackAt + 60 });
      const again = await rig().until('it can be claimed again', () => worker.claim());
      expect(again.startedAt).toBeGreaterThanOrEqual(handedBackAt + 60);
      expect(again.attempt).toBe(1);
    });
  });
