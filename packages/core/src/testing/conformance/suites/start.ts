import { describe, expect, test } from 'vitest';
import type { StageName } from '../../../domain/index.ts';
import { chainOf, diamondOf, pipelineOf } from '../pipelines.ts';
import { newRunId, type Suite, startOf } from '../rig.ts';

const DAY = 24 * 60 * 60 * 1_000;

export const startSuite: Suite = (rig) =>
  describe('starting a run', () => {
    test('records what it was asked for, and queues the roots', async () => {
      const pipeline = await rig().register(pipelineOf('p', { a: [], b: [], c: ['a', 'b'] }));
      const command = {
        ...startOf(pipeline),
        trigger: { kind: 'webhook', by: 'ann' } as const,
        mode: 'daily',
        params: { source: 'x', deep: { n: [1, 2] } },
        labels: { team: 'data' },
        reason: 'because',
      };
      const answer = await rig().store.startRun(command);
      expect(answer).toEqual({
        kind: 'started',
        runId: command.runId,
        cancelled: [],
        events: await rig().log(command.runId),
      });
      expect(await rig().run(command.runId)).toMatchObject({
        runId: command.runId,
        pipeline: 'p',
        version: pipeline.version,
        status: 'starting',
        generation: 1,
        degraded: false,
        trigger: command.trigger,
        mode: 'daily',
        params: command.params,
        labels: command.labels,
        reason: 'because',
        fence: 1,
        startedAt: null,
        finishedAt: null,
        durationMs: null,
        nextAttemptAt: null,
        error: null,
        lastSeq: 1,
      });
      expect((await rig().run(command.runId)).stages).toMatchObject([
        {
          stage: 'a',
          status: 'queued',
          attempt: 0,
          queue: 'default',
          provenance: 'ran',
          startedAt: null,
          worker: null,
          fence: 0,
          output: null,
          error: null,
          attempts: [],
        },
        { stage: 'b', status: 'queued' },
        { stage: 'c', status: 'pending', queuedAt: null },
      ]);
      const [created, ...rest] = await rig().log(command.runId);
      expect(rest).toEqual([]);
      expect(created).toMatchObject({
        seq: 1,
        runId: command.runId,
        pipeline: 'p',
        stage: 'pipeline',
        attempt: 0,
        type: 'run.created',
      });
      expect(created!.data).toEqual({
        version: pipeline.version,
        trigger: { kind: 'webhook', by: 'ann' },
        mode: 'daily',
        labels: { team: 'data' },
        reason: 'because',
        fence: 1,
        status: 'starting',
        stages: ['a', 'b', 'c'],
        queued: ['a', 'b'],
      });
    });

    test('the params are in no event', async () => {
      const runId = await rig().start(chainOf('p', 1), { params: { secret: 'hunter2' } });
      await (await rig().worker()).drain();
      expect(JSON.stringify(await rig().log(runId))).not.toContain('hunter2');
    });

    test('a start that goes on after its record answers no events', async () => {
      const pipeline = await rig().register(chainOf('p', 1));
      await rig().start(pipeline, { overlap: 'skip' });
      const waits = await rig().store.startRun({ ...startOf(pipeline), overlap: 'queue' });
      if (waits.kind !== 'queued') throw new Error(waits.kind);
      expect(waits.events).toEqual(await rig().log(waits.runId));
      expect(await rig().ask(pipeline, { overlap: 'cancel_running' })).toMatchObject({ events: null });
      const wide = await rig().register(
        pipelineOf('wide', Object.fromEntries(Array.from({ length: 1_000 }, (_, place) => [`s${place}`, []]))),
      );
      expect(await rig().ask(wide)).toMatchObject({ kind: 'started', events: null });
    });

    test('a version that is not current any more is refused when only the current one may start', async () => {
      const old = await rig().register(chainOf('p', 1));
      const command = { onlyIfCurrent: true, idempotency: { key: 'k', bodyHash: 'h' } };
      const first = await rig().start(old, command);
      const newer = await rig().register(chainOf('p', 2));
      expect(await rig().ask(old, { onlyIfCurrent: true })).toEqual({ kind: 'outdated' });
      expect(await rig().ask(old, command)).toMatchObject({ kind: 'repeated', runId: first });
      expect((await rig().ask(newer, { onlyIfCurrent: true })).kind).toBe('started');
      expect((await rig().ask(old)).kind).toBe('started');
      await rig().store.retirePipeline(newer.name);
      expect(await rig().ask(newer, { onlyIfCurrent: true })).toEqual({ kind: 'outdated' });
      expect((await rig().store.runs({ limit: 10, cursor: null })).items).toHaveLength(3);
    });

    test('the same runId again is repeated and changes nothing', async () => {
      const pipeline = await rig().register(chainOf('p', 1));
      const command = startOf(pipeline);
      await rig().store.startRun(command);
      expect(await rig().store.startRun(command)).toEqual({ kind: 'repeated', runId: command.runId, cancelled: [] });
      await (await rig().worker()).drain();
      expect(await rig().store.startRun({ ...command, overlap: 'skip' })).toMatchObject({ kind: 'repeated' });
      expect(await rig().facts(command.runId)).toEqual(['run.created', 's0 started', 's0 succeeded', 'run.succeeded']);
    });

    test('S10: one Idempotency-Key is one run; with another body it is refused', async () => {
      const { store } = rig();
      const pipeline = await rig().register(chainOf('p', 1));
      const first = { ...startOf(pipeline), overlap: 'skip' as const, idempotency: { key: 'k', bodyHash: 'h1' } };
      await store.startRun(first);
      expect(await store.startRun({ ...first, runId: newRunId() })).toEqual({
        kind: 'repeated',
        runId: first.runId,
        cancelled: [],
      });
      expect(await store.startRun({ ...first, runId: newRunId(), idempotency: { key: 'k', bodyHash: 'h2' } })).toEqual({
        kind: 'idempotency_mismatch',
      });
      expect((await store.runs({ limit: 10, cursor: null })).items.map(({ runId }) => runId)).toEqual([first.runId]);
    });

    test('S10: a key is remembered with what it made, also once the run was pruned', async () => {
      const { store } = rig();
      const pipeline = await rig().register(chainOf('p', 1));
      const command = { ...startOf(pipeline), overlap: 'skip' as const, idempotency: { key: 'k', bodyHash: 'h1' } };
      expect(await store.remembered('k')).toBeNull();
      await store.startRun(command);
      await (await rig().worker()).drain();
      await rig().pass(2);
      expect(await store.wasPruned(command.runId)).toBe(false);
      await store.pruneRuns({ count: 0, ageMs: 0 }, 10);
      expect(await store.run(command.runId)).toBeNull();
      expect(await store.wasPruned(command.runId)).toBe(true);
      expect(await store.wasPruned(newRunId())).toBe(false);
      expect(await store.remembered('k')).toEqual({ bodyHash: 'h1', made: command.runId, pipeline: 'p' });
    });

    test('a start that was refused does not use its Idempotency-Key up', async () => {
      const pipeline = await rig().register(chainOf('p', 1));
      const live = await rig().start(pipeline, { overlap: 'skip' });
      const command = { overlap: 'skip', idempotency: { key: 'k', bodyHash: 'h' } } as const;
      expect(await rig().ask(pipeline, command)).toEqual({ kind: 'overlap', liveRunId: live });
      await rig().cancel(live);
      expect(await rig().ask(pipeline, command)).toMatchObject({ kind: 'started' });
    });

    test('an Idempotency-Key is kept for 24 h', async (context) => {
      if (!rig().skipsTime) return context.skip('a day would have to pass: only a clock that can be moved shows it');
      const pipeline = await rig().register(chainOf('p', 1));
      const idempotency = { key: 'k', bodyHash: 'h' };
      await rig().start(pipeline, { idempotency });
      await rig().pass(DAY - 1);
      expect(await rig().ask(pipeline, { idempotency })).toMatchObject({ kind: 'repeated' });
      await rig().pass(1);
      expect(await rig().ask(pipeline, { idempotency: { key: 'k', bodyHash: 'h2' } })).toMatchObject({
        kind: 'started',
      });
    });

    test('the fence rises with every run of the pipeline, whatever its overlap', async () => {
      const pipeline = await rig().register(chainOf('p', 1));
      const runIds = [];
      for (const overlap of ['allow', 'queue', 'queue', 'allow'] as const)
        runIds.push(await rig().start(pipeline, { overlap }));
      expect(await Promise.all(runIds.map(async (runId) => (await rig().run(runId)).fence))).toEqual([1, 2, 3, 4]);
    });

    test('with a subset the other stages do not exist, and edges from outside count as met', async () => {
      const pipeline = await rig().register(diamondOf('p'));
      const runId = await rig().start(pipeline, { stages: ['b', 'd'] as unknown as StageName[] });
      expect((await rig().run(runId)).stages.map(({ stage, status }) => [stage, status])).toEqual([
        ['b', 'queued'],
        ['d', 'pending'],
      ]);
      const worker = await rig().worker();
      expect(await worker.drain()).toEqual(['b', 'd']);
      expect((await rig().run(runId)).status).toBe('succeeded');
    });

    test('edges through a stage outside the subset are not rebuilt', async () => {
      const pipeline = await rig().register(chainOf('p', 3));
      const runId = await rig().start(pipeline, { stages: ['s0', 's2'] as unknown as StageName[] });
      expect((await rig().log(runId))[0]!.data).toMatchObject({ stages: ['s0', 's2'], queued: ['s0', 's2'] });
      const worker = await rig().worker();
      const [first, second] = [await worker.take(), await worker.take()];
      expect([first.stage, second.stage, second.stageIndex]).toEqual(['s0', 's2', 2]);
      expect(second.inputs).toEqual({});
      await worker.succeed(second);
      await worker.fail(first, { retryable: false });
      expect((await rig().run(runId)).stages.map(({ status }) => status)).toEqual(['failed', 'succeeded']);
    });
  });
