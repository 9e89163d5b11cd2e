import { describe, expect, test } from 'vitest';
import { chainOf, diamondOf, pipelineOf } from '../pipelines.ts';
import { newRunId, type Suite } from '../rig.ts';
import { BOOM } from '../test-worker.ts';

export const cancelSuite: Suite = (rig) =>
  describe('cancelling a run', () => {
    test('nothing runs: it is cancelled at once, and nothing of it can be claimed', async () => {
      const runId = await rig().start(chainOf('p', 2));
      expect(await rig().cancel(runId)).toEqual({ kind: 'cancelled', more: [] });
      expect(await rig().facts(runId)).toEqual(['run.created', 's0 cancelled', 's1 cancelled', 'run.cancelled']);
      const log = await rig().log(runId);
      expect(log[1]!.data).toEqual({ reason: 'enough' });
      expect(log.at(-1)!.data).toEqual({ reason: 'enough', by: 'ann', duration_ms: null });
      expect(await rig().run(runId)).toMatchObject({
        status: 'cancelled',
        error: null,
        startedAt: null,
        durationMs: null,
      });
      expect(await (await rig().worker()).claim()).toBeNull();
    });

    test('the same command again, its reply lost, is answered as one that cancelled; any other finds the run over', async () => {
      const over = await rig().start(chainOf('p', 1));
      expect(await rig().cancel(over, { commandId: 'one' })).toEqual({ kind: 'cancelled', more: [] });
      expect(await rig().cancel(over, { commandId: 'one' })).toEqual({ kind: 'cancelled', more: [] });
      const runId = await rig().start(chainOf('p', 1));
      const worker = await rig().worker();
      const claim = await worker.take();
      for (const commandId of ['one', 'one', 'two'])
        expect((await rig().cancel(runId, { commandId })).kind).toBe('cancelling');
      await worker.send(claim, { kind: 'cancelled', reason: 'told to' });
      expect(await rig().cancel(runId, { commandId: 'one' })).toEqual({ kind: 'cancelled', more: [] });
      for (const other of [{ commandId: 'two' }, {}])
        expect(await rig().cancel(runId, other)).toEqual({ kind: 'terminal', status: 'cancelled' });
      expect((await rig().facts(runId)).at(-1)).toBe('run.cancelled');
    });

    test('S6: something runs: the rest is cancelled before the answer, the run ends with its last running stage', async () => {
      const runId = await rig().start(pipelineOf('p', { a: [], b: [], c: ['a'], d: [] }));
      const worker = await rig().worker();
      const [a, b] = [await worker.take(), await worker.take()];
      expect(await rig().cancel(runId)).toEqual({ kind: 'cancelling', more: [] });
      expect(await worker.claim()).toBeNull();
      expect((await rig().run(runId)).stages.map(({ status }) => status)).toEqual([
        'running',
        'running',
        'cancelled',
        'cancelled',
      ]);
      expect((await rig().log(runId)).find(({ type }) => type === 'run.cancelling')!.data).toEqual({
        reason: 'enough',
        by: 'ann',
      });
      expect(await worker.succeed(a, { n: 1 })).toBe('succeeded');
      expect((await rig().run(runId)).status).toBe('cancelling');
      expect(await worker.send(b, { kind: 'cancelled', reason: 'told to' })).toBe('cancelled');
      expect(await rig().facts(runId)).toEqual([
        'run.created',
        'a started',
        'b started',
        'run.cancelling',
        'c cancelled',
        'd cancelled',
        'a succeeded',
        'b cancelled',
        'run.cancelled',
      ]);
      const run = await rig().run(runId);
      expect(run).toMatchObject({
        status: 'cancelled',
        error: null,
        stages: [{ output: { n: 1 } }, { attempts: [{ status: 'cancelled' }] }, {}, {}],
      });
      expect(
        (await rig().log(runId)).find(({ type, stage }) => type === 'stage.succeeded' && stage === 'a')!.data['queued'],
      ).toEqual([]);
    });

    test('a failure while cancelling is final, however retryable', async () => {
      const runId = await rig().start(chainOf('p', 2, { retry: { maximumAttempts: 5 } }));
      const worker = await rig().worker();
      const claim = await worker.take();
      await rig().cancel(runId);
      expect(await worker.fail(claim)).toBe('failed');
      expect(await rig().facts(runId)).toEqual([
        'run.created',
        's0 started',
        'run.cancelling',
        's1 cancelled',
        's0 failed',
        'run.cancelled',
      ]);
      expect(await rig().run(runId)).toMatchObject({ status: 'cancelled', error: null, stages: [{ error: BOOM }, {}] });
    });

    test('a stage that is handed back while cancelling is cancelled', async () => {
      const runId = await rig().start(chainOf('p', 1));
      const worker = await rig().worker();
      const claim = await worker.take();
      await rig().cancel(runId);
      expect(await worker.handBack(claim)).toBe('cancelled');
      expect(await rig().facts(runId)).toEqual([
        'run.created',
        's0 started',
        'run.cancelling',
        's0 cancelled',
        'run.cancelled',
      ]);
    });

    test('the last stage succeeded after the cancel: the run still ends cancelled', async () => {
      const runId = await rig().start(chainOf('p', 1));
      const worker = await rig().worker();
      const claim = await worker.take();
      await rig().cancel(runId);
      expect(await worker.succeed(claim)).toBe('succeeded');
      expect((await rig().run(runId)).status).toBe('cancelled');
    });

    test('a stage in backoff is cancelled, and never comes back', async () => {
      const runId = await rig().start(chainOf('p', 1, { retry: { maximumAttempts: 3, initialInterval: 10 } }));
      const worker = await rig().worker();
      await worker.fail(await worker.take());
      expect(await rig().cancel(runId)).toMatchObject({ kind: 'cancelled' });
      expect(await rig().run(runId)).toMatchObject({
        status: 'cancelled',
        nextAttemptAt: null,
        stages: [{ status: 'cancelled', error: null, nextAttemptAt: null, attempt: 1 }],
      });
      await rig().pass(20);
      expect(await worker.claim()).toBeNull();
    });

    test('the second cancel changes nothing', async () => {
      const runId = await rig().start(chainOf('p', 2));
      const worker = await rig().worker();
      const claim = await worker.take();
      await rig().cancel(runId, { reason: 'first', graceMs: 5 });
      const before = await rig().log(runId);
      expect(await rig().cancel(runId, { reason: 'second', graceMs: 9, failWith: BOOM })).toEqual({
        kind: 'cancelling',
        more: [],
      });
      expect(await rig().log(runId)).toEqual(before);
      expect((await worker.renew([claim])).cancel).toMatchObject([{ reason: 'first', graceMs: 5 }]);
      await worker.send(claim, { kind: 'cancelled', reason: 'x' });
      expect((await rig().log(runId)).at(-1)!.data).toMatchObject({ reason: 'first' });
    });

    test('a terminal run says how it ended; an unknown one is unknown', async () => {
      const worker = await rig().worker();
      const runId = await rig().start(chainOf('p', 1));
      await worker.drain();
      expect(await rig().cancel(runId)).toEqual({ kind: 'terminal', status: 'succeeded' });
      expect((await rig().facts(runId)).at(-1)).toBe('run.succeeded');
      const other = await rig().start(chainOf('p', 1));
      await rig().cancel(other);
      expect(await rig().cancel(other)).toEqual({ kind: 'terminal', status: 'cancelled' });
      expect(await rig().cancel(newRunId())).toEqual({ kind: 'unknown' });
    });

    test('failWith: the run ends failed with that error, at once or with its last running stage', async () => {
      const failWith = { code: 'timed_out', message: 'too slow' };
      const worker = await rig().worker();
      const idle = await rig().start(chainOf('p', 1));
      expect((await rig().cancel(idle, { failWith })).kind).toBe('cancelled');
      expect(await rig().facts(idle)).toEqual(['run.created', 's0 cancelled', 'run.failed']);
      const busy = await rig().start(chainOf('p', 2));
      const claim = await worker.take();
      await rig().cancel(busy, { failWith });
      await worker.fail(claim);
      expect(await rig().facts(busy)).toEqual([
        'run.created',
        's0 started',
        'run.cancelling',
        's1 cancelled',
        's0 failed',
        'run.failed',
      ]);
      for (const runId of [idle, busy])
        expect(await rig().run(runId)).toMatchObject({
          status: 'failed',
          error: { ...failWith, stage: null, attempt: null },
        });
    });

    test('the worker that holds a stage is told at its next renewal, with the grace', async () => {
      const runId = await rig().start(diamondOf('p'));
      const worker = await rig().worker();
      const claim = await worker.take();
      expect((await worker.renew([claim])).cancel).toEqual([]);
      await rig().cancel(runId, { graceMs: 250 });
      expect(await worker.renew([claim])).toMatchObject({
        registered: true,
        fenced: [],
        cancel: [{ runId, fence: claim.fence, reason: 'enough', graceMs: 250 }],
      });
      expect((await worker.renew([claim])).cancel).toHaveLength(1);
    });

    test('workers are woken by the cancel of a run of which something runs, and by no other', async (context) => {
      const { control } = rig();
      if (!control) return context.skip('the harness has no control channel');
      const heard: string[] = [];
      const leave = await control.onCancel((runId) => heard.push(runId));
      const pipeline = await rig().register(chainOf('p', 1));
      const worker = await rig().worker();
      const busy = await rig().start(pipeline);
      const claim = await worker.take();
      const idle = await rig().start(pipeline);
      await rig().cancel(idle);
      await rig().cancel(busy);
      await rig().until('the wake-up', async () => heard.length > 0);
      expect(heard).toEqual([busy]);
      await worker.succeed(claim);
      await leave();
    });

    test('a running stage can still report while its run is cancelled', async () => {
      const runId = await rig().start(chainOf('p', 1));
      const worker = await rig().worker();
      const claim = await worker.take();
      await rig().cancel(runId);
      expect(
        await rig().store.report(claim, [{ type: 'stage.log', data: { lines: [{ s: 'err', t: 'stopping' }] } }]),
      ).toBe('ok');
    });

    test('an earlier failure does not make a cancelled run a failed one', async () => {
      const runId = await rig().start(pipelineOf('p', { a: [], b: [] }));
      const worker = await rig().worker();
      const [a, b] = [await worker.take(), await worker.take()];
      await worker.fail(a);
      await rig().cancel(runId);
      await worker.send(b, { kind: 'cancelled', reason: 'x' });
      expect(await rig().run(runId)).toMatchObject({ status: 'cancelled', error: null });
    });
  });
