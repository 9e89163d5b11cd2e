import { describe, expect, test } from 'vitest';
import type { PipelineName, RunEvent, RunId, StageName, WorkerId } from '../../../domain/index.ts';
import type { RunQuery, StagePage, StageQuery } from '../../../ports/index.ts';
import { chainOf, pipelineOf } from '../pipelines.ts';
import { newRunId, type Suite } from '../rig.ts';

export const readingSuite: Suite = (rig) =>
  describe('readings', () => {
    const idsOf = async (query: Partial<RunQuery>): Promise<readonly RunId[]> =>
      (await rig().store.runs({ limit: 50, cursor: null, ...query })).items.map(({ runId }) => runId);

    test('runs are paged newest first; a run that starts meanwhile shifts nothing', async () => {
      const pipeline = await rig().register(chainOf('p', 1));
      const runIds: RunId[] = [];
      for (let i = 0; i < 7; i++) runIds.push(await rig().start(pipeline));
      const seen: RunId[] = [];
      let cursor: string | null = null;
      do {
        const page = await rig().store.runs({ limit: 3, cursor });
        expect(page.items.length).toBeLessThanOrEqual(3);
        seen.push(...page.items.map(({ runId }) => runId));
        cursor = page.nextCursor;
        await rig().start(pipeline);
      } while (cursor !== null);
      expect(seen).toEqual(runIds.toReversed());
    });

    test('runs are found by pipeline, status, label and time', async () => {
      const [p, q] = [await rig().register(chainOf('p', 1)), await rig().register(chainOf('q', 1))];
      const first = await rig().start(p, { labels: { team: 'data', tier: '1' } });
      await rig().pass(5);
      const second = await rig().start(q, { labels: { team: 'web' } });
      await rig().pass(5);
      const third = await rig().start(p);
      await rig().cancel(second);
      const at = (await rig().run(second)).createdAt;
      expect(await idsOf({})).toEqual([third, second, first]);
      expect(await idsOf({ pipeline: 'p' as PipelineName })).toEqual([third, first]);
      expect(await idsOf({ pipeline: 'nope' as PipelineName })).toEqual([]);
      expect(await idsOf({ status: ['cancelled'] })).toEqual([second]);
      expect(await idsOf({ status: ['cancelled', 'starting'] })).toEqual([third, second, first]);
      expect(await idsOf({ status: ['failed'] })).toEqual([]);
      expect(await idsOf({ label: 'team' })).toEqual([second, first]);
      expect(await idsOf({ label: 'team=data' })).toEqual([first]);
      expect(await idsOf({ label: 'team=nope' })).toEqual([]);
      expect(await idsOf({ trigger: ['manual'] })).toEqual([third, second, first]);
      expect(await idsOf({ trigger: ['schedule', 'retry'] })).toEqual([]);
      expect(await idsOf({ text: 'WEB' })).toEqual([second]);
      expect(await idsOf({ text: 'team' })).toEqual([second, first]);
      expect(await idsOf({ text: first.slice(-12).toUpperCase() })).toEqual([first]);
      expect(await idsOf({ text: 'no run says this' })).toEqual([]);
      expect(await idsOf({ text: 'team', label: 'team=data', pipeline: 'p' as PipelineName })).toEqual([first]);
      expect(await idsOf({ since: at })).toEqual([third, second]);
      expect(await idsOf({ until: at })).toEqual([second, first]);
      expect(await idsOf({ since: at, until: at })).toEqual([second]);
      expect(await idsOf({ pipeline: 'p' as PipelineName, label: 'tier=1', limit: 1 })).toEqual([first]);
    });

    test('a run is found by the beginning and by the end of its id, whatever other runs there are', async () => {
      const [p, q] = [await rig().register(chainOf('p', 1)), await rig().register(chainOf('q', 1))];
      const runIds: RunId[] = [];
      for (let i = 0; i < 6; i++) runIds.push(await rig().start(i % 2 === 0 ? p : q));
      for (const runId of runIds) {
        expect(await idsOf({ idPart: runId })).toEqual([runId]);
        expect(await idsOf({ idPart: runId.slice(-12) })).toEqual([runId]);
        expect(await idsOf({ idPart: runId.slice(0, 30) })).toEqual(
          runIds.toReversed().filter((other) => other.startsWith(runId.slice(0, 30))),
        );
        expect(await idsOf({ idPart: runId.slice(-20, -4) })).toEqual([]);
      }
      const [first, , third] = runIds as [RunId, RunId, RunId];
      expect(await idsOf({ idPart: third.slice(-12), pipeline: 'p' as PipelineName })).toEqual([third]);
      expect(await idsOf({ idPart: third.slice(-12), pipeline: 'q' as PipelineName })).toEqual([]);
      const begun = first.slice(0, 6);
      const seen: RunId[] = [];
      let cursor: string | null = null;
      do {
        const page = await rig().store.runs({ limit: 2, cursor, idPart: begun });
        seen.push(...page.items.map(({ runId }) => runId));
        cursor = page.nextCursor;
      } while (cursor !== null);
      expect(seen).toEqual(runIds.toReversed().filter((runId) => runId.startsWith(begun) || runId.endsWith(begun)));
    });

    /** All pages of the run's stages: their names, a list a page. */
    const pagesOf = async (runId: RunId, query: Partial<StageQuery>): Promise<readonly (readonly string[])[]> => {
      const pages: (readonly string[])[] = [];
      for (let after: number | null = null; ; ) {
        const page: StagePage | null = await rig().store.stages(runId, { limit: 10, outputs: false, ...query, after });
        pages.push(page!.items.map(({ stage }) => stage));
        after = page!.nextAfter;
        if (after === null) return pages;
      }
    };

    test('a summary tells of a run what the whole run does, whatever its stages wait for', async () => {
      const shape = { retry: { maximumAttempts: 3, initialInterval: 60_000 } };
      const runId = await rig().start(pipelineOf('p', { a: shape, b: shape, c: [], d: ['c'] }), {
        params: { a: 1 },
        labels: { team: 'data' },
      });
      const worker = await rig().worker();
      const look = async () => {
        expect(await rig().violations()).toEqual([]);
        const summary = (await rig().store.runSummary(runId))!;
        expect((await rig().store.runs({ limit: 1, cursor: null })).items).toEqual([summary]);
        return [summary.status, summary.nextAttemptAt !== null, ...Object.values(summary.stageCounts)];
      };
      expect(await look()).toEqual(['starting', false, 4, 0, 0]);
      const claims = [await worker.take(), await worker.take(), await worker.take()];
      expect(await look()).toEqual(['running', false, 4, 0, 3]);
      await worker.fail(claims[0]!);
      expect(await look()).toEqual(['running', true, 4, 0, 2]);
      await worker.succeed(claims[2]!);
      await worker.succeed(await worker.take());
      await worker.fail(claims[1]!);
      expect(await look()).toEqual(['retrying', true, 4, 2, 0]);
      await rig().cancel(runId);
      expect(await look()).toEqual(['cancelled', false, 4, 4, 0]);
    });

    test('a summary of a run of some stages counts those', async () => {
      const runId = await rig().start(chainOf('p', 4), { stages: ['s1', 's2'] as StageName[] });
      expect((await rig().store.runSummary(runId))!.stageCounts).toEqual({ total: 2, ended: 0, running: 0 });
      expect(await pagesOf(runId, {})).toEqual([['s1', 's2']]);
    });

    test('stages are paged in their order, by status and by name, with outputs when they are asked for', async () => {
      const runId = await rig().start(pipelineOf('p', { a: [], b: [], c: [], d: [], e: ['d'] }));
      const worker = await rig().worker();
      const long = { text: 'x'.repeat(1_000) };
      for (const output of [long, { short: 1 }, null]) await worker.succeed(await worker.take(), output);
      const run = await rig().run(runId);
      const page = (await rig().store.stages(runId, { after: null, limit: 10, outputs: true }))!;
      expect(page).toEqual({ run: await rig().store.runSummary(runId), items: run.stages, nextAfter: null });
      expect(page.items.map(({ output }) => output)).toEqual([long, { short: 1 }, null, null, null]);
      const bare = await rig().store.stages(runId, { after: null, limit: 10, outputs: false });
      expect(bare!.items).toEqual(run.stages.map((stage) => ({ ...stage, output: null })));
      expect(await pagesOf(runId, { limit: 2 })).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
      expect(await pagesOf(runId, { limit: 5 })).toEqual([['a', 'b', 'c', 'd', 'e']]);
      expect(await pagesOf(runId, { status: ['succeeded'], limit: 2 })).toEqual([['a', 'b'], ['c']]);
      expect(await pagesOf(runId, { status: ['queued', 'pending'] })).toEqual([['d', 'e']]);
      expect(await pagesOf(runId, { status: ['skipped'] })).toEqual([[]]);
      expect(await pagesOf(runId, { names: ['e', 'b', 'nope'] as StageName[] })).toEqual([['b', 'e']]);
      expect(await rig().store.stages(newRunId(), { after: null, limit: 10, outputs: true })).toBeNull();
      expect(await rig().store.outputsOf(runId, [0, 1, 2, 4])).toEqual([long, { short: 1 }, null, null]);
    });

    test('a page of stages is cut where their outputs are more than a page holds', async () => {
      const runId = await rig().start(
        pipelineOf('p', Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`s${at}`, []]))),
      );
      const worker = await rig().worker();
      for (let at = 0; at < 12; at++) await worker.succeed(await worker.take(), 'x'.repeat(100_000));
      const pages = await pagesOf(runId, { limit: 50, outputs: true });
      expect(pages.map((names) => names.length)).toEqual([5, 5, 2]);
      expect(pages.flat()).toEqual((await rig().run(runId)).stages.map(({ stage }) => stage));
      expect(await pagesOf(runId, { limit: 50 })).toHaveLength(1);
    });

    test('live runs of a pipeline, oldest first', async () => {
      const pipeline = await rig().register(chainOf('p', 1));
      const runIds: RunId[] = [];
      for (let i = 0; i < 4; i++) runIds.push(await rig().start(pipeline, { overlap: 'queue' }));
      await rig().start(chainOf('q', 1));
      await rig().cancel(runIds[1]!);
      const live = [runIds[0], runIds[2], runIds[3]];
      expect(await rig().store.liveRuns(pipeline.name, 10)).toEqual(live);
      expect(await rig().store.liveRuns(pipeline.name, 2)).toEqual(live.slice(0, 2));
      expect(await rig().store.liveRuns('nope' as PipelineName, 2)).toEqual([]);
    });

    test('S8: events are paged forwards and backwards without a gap', async () => {
      const runId = await rig().start(chainOf('p', 3));
      await (await rig().worker()).drain();
      const { store } = rig();
      const seqs = (events: readonly RunEvent[] | null): readonly number[] => events!.map(({ seq }) => seq);
      expect(seqs(await store.events(runId, { afterSeq: 0, limit: 100 }))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      expect(seqs(await store.events(runId, { afterSeq: 3, limit: 2 }))).toEqual([4, 5]);
      expect(seqs(await store.events(runId, { afterSeq: 8, limit: 2 }))).toEqual([]);
      expect(seqs(await store.events(runId, { afterSeq: 99, limit: 2 }))).toEqual([]);
      expect(seqs(await store.eventsBefore(runId, { beforeSeq: null, limit: 3 }))).toEqual([6, 7, 8]);
      expect(seqs(await store.eventsBefore(runId, { beforeSeq: 6, limit: 3 }))).toEqual([3, 4, 5]);
      expect(seqs(await store.eventsBefore(runId, { beforeSeq: 2, limit: 3 }))).toEqual([1]);
      expect(seqs(await store.eventsBefore(runId, { beforeSeq: 1, limit: 3 }))).toEqual([]);
    });

    test('what is not there is null, or empty', async () => {
      const { store } = rig();
      const runId = newRunId();
      expect(await store.run(runId)).toBeNull();
      expect(await store.events(runId, { afterSeq: 0, limit: 1 })).toBeNull();
      expect(await store.eventsBefore(runId, { beforeSeq: null, limit: 1 })).toBeNull();
      expect(await store.pipeline('nope' as PipelineName)).toBeNull();
      expect(await store.runs({ limit: 10, cursor: null })).toEqual({ items: [], nextCursor: null });
      expect([await store.pipelines(), await store.workers(), await store.locks(), await store.schedules()]).toEqual([
        [],
        [],
        [],
        [],
      ]);
    });

    test('a cursor that is not ours is refused', async () => {
      await expect(rig().store.runs({ limit: 1, cursor: 'not a cursor' })).rejects.toMatchObject({
        code: 'invalid_request',
        errors: [{ path: 'cursor' }],
      });
    });

    test('queues count what waits, runs and is delayed, and who serves them', async () => {
      await rig().start(
        pipelineOf('p', {
          a: { retry: { maximumAttempts: 2, initialInterval: 60_000 } },
          b: [],
          c: [],
          d: [],
          e: ['d'],
        }),
      );
      const worker = await rig().worker();
      await worker.fail(await worker.take());
      await worker.take();
      const shown = (await rig().store.queues()).find(({ queue }) => queue === 'default');
      expect(shown).toMatchObject({ waiting: 2, active: 1, delayed: 1, paused: false, workers: 1 });
    });

    test('the queues of workers and of current versions are shown though nothing has waited there', async () => {
      await rig().register(pipelineOf('p', { a: { queue: 'fresh' } }));
      await rig().worker();
      expect(await rig().store.queues()).toMatchObject([
        { queue: 'default', waiting: 0, workers: 1 },
        { queue: 'fresh', waiting: 0, workers: 0 },
      ]);
    });

    test('workers are listed by the end of their leases, what they hold by its age', async () => {
      await rig().start(pipelineOf('p', { a: [], b: [], c: [] }));
      const [late, early] = [await rig().worker('late'), await rig().worker('early')];
      const held = [];
      for (const slot of ['z', 'y', 'x']) {
        held.push(await late.take('default', slot));
        await rig().pass(2);
      }
      await late.renew(held, { ttlMs: 90_000 });
      await early.renew([], { ttlMs: 30_000 });
      const views = await rig().store.workers();
      expect(views.map(({ worker, holds }) => [worker, holds.map(({ stage }) => stage)])).toEqual([
        ['early', []],
        ['late', ['a', 'b', 'c']],
      ]);
      await early.renew([], { ttlMs: 120_000 });
      const page = (after: string | null, limit: number) => rig().store.workers({ after, limit });
      const names = [await page(null, 5), await page(null, 1), await page('early', 5), await page('late', 5)].map(
        (some) => some.map(({ worker }) => worker),
      );
      expect(names).toEqual([['early', 'late'], ['early'], ['late'], []]);
    });

    test('a queue of an earlier version is shown while something waits there', async () => {
      await rig().start(pipelineOf('p', { a: { queue: 'old' } }));
      await rig().register(pipelineOf('p', { a: [] }));
      expect((await rig().store.queues()).find(({ queue }) => queue === 'old')).toMatchObject({
        waiting: 1,
        workers: 0,
      });
    });

    test('when each pipeline last succeeded', async () => {
      const { store } = rig();
      expect(await store.lastSuccesses()).toEqual({});
      const runId = await rig().start(chainOf('p', 1));
      await rig().start(chainOf('q', 1));
      const worker = await rig().worker();
      await worker.succeed(await worker.take());
      await worker.fail(await worker.take(), { retryable: false });
      const at = (await rig().run(runId)).finishedAt!;
      expect(await store.lastSuccesses()).toEqual({ p: at });
      for (let n = 0; n < 2; n++) {
        await rig().pass(2);
        await rig().start(chainOf('p', 1));
        await worker.fail(await worker.take(), { retryable: false });
        expect(await store.lastSuccesses()).toEqual({ p: at });
      }
      expect(await store.results(['p', 'q'] as PipelineName[])).toMatchObject([
        { lastSuccessAt: at, results: [{ status: 'failed' }, { status: 'failed' }, { status: 'succeeded' }] },
        { lastSuccessAt: null, results: [{ status: 'failed' }] },
      ]);
    });

    test('how the last runs of each pipeline ended, pruned ones among them, not those that were cancelled', async () => {
      const [{ store }, pipeline] = [rig(), chainOf('p', 1)];
      const worker = await rig().worker();
      const results = async () =>
        (await store.results(['p', 'q'] as PipelineName[])).map((of) => of.results.map(({ status }) => status));
      const failed = await rig().start(pipeline);
      await worker.fail(await worker.take(), { retryable: false });
      await rig().cancel(await rig().start(pipeline));
      expect(await results()).toEqual([['failed'], []]);
      await rig().start(pipeline);
      await worker.succeed(await worker.take());
      const {
        lastSuccessAt,
        results: [last],
      } = (await store.results(['p' as PipelineName]))[0]!;
      const [ended] = (await store.runs({ pipeline: 'p' as PipelineName, limit: 1, cursor: null })).items;
      expect([last!.durationMs, lastSuccessAt]).toEqual([ended!.durationMs, ended!.finishedAt]);
      await rig().pass(5);
      await store.pruneRuns({ count: 0, ageMs: 1 }, 10);
      expect(await store.runSummary(failed)).toBeNull();
      expect(await results()).toEqual([['succeeded', 'failed'], []]);
      for (let n = 0; n < 150; n++) await rig().start(pipeline);
      await worker.drain();
      expect(await results()).toEqual([Array.from({ length: 100 }, () => 'succeeded'), []]);
      for (let n = 0; n < 60; n++) await rig().start(pipeline);
      await worker.drain();
      expect(await results()).toEqual([Array.from({ length: 100 }, () => 'succeeded'), []]);
    });

    test('queues and locks are read by name and by the page, live runs counted', async () => {
      const { store } = rig();
      const idle = await rig().register(chainOf('a', 1));
      for (const name of ['q', 'p', 'r'])
        await rig().start(pipelineOf(name, { only: { queue: `of-${name}` } }), { overlap: 'queue' });
      const [first] = await store.liveRuns('p' as PipelineName, 10);
      expect(await store.queueNames()).toEqual(expect.arrayContaining(['of-p', 'of-q', 'of-r']));
      expect((await store.queues(['of-q', 'nowhere'])).map(({ queue, waiting }) => [queue, waiting])).toEqual([
        ['of-q', 1],
      ]);
      expect((await store.locks()).map(({ pipeline }) => pipeline)).toEqual(['p', 'q', 'r']);
      expect((await store.locks({ after: null, limit: 1 })).map(({ lock }) => lock)).toEqual(['overlap:p']);
      expect((await store.locks({ after: 'overlap:p', limit: 5 })).map(({ lock }) => lock)).toEqual([
        'overlap:q',
        'overlap:r',
      ]);
      expect(await store.lock('p' as PipelineName)).toMatchObject({ lock: 'overlap:p', holder: first, queued: [] });
      expect(await store.lock(idle.name)).toBeNull();
      expect([await store.countLiveRuns('p' as PipelineName), await store.countLiveRuns(idle.name)]).toEqual([1, 0]);
      expect(await store.progress(first!)).toEqual({ lastSeq: (await store.run(first!))!.lastSeq, isOver: false });
      await rig().cancel(first!);
      expect(await store.progress(first!)).toMatchObject({ isOver: true });
      expect(await store.countLiveRuns('p' as PipelineName)).toBe(0);
      expect(await store.progress(newRunId())).toBeNull();
    });

    test('at rest a queue holds nothing', async () => {
      await rig().start(chainOf('p', 3));
      const cancelled = await rig().start(chainOf('p', 3));
      await rig().cancel(cancelled);
      await (await rig().worker()).drain();
      expect((await rig().store.queues()).find(({ queue }) => queue === 'default')).toMatchObject({
        waiting: 0,
        active: 0,
        delayed: 0,
      });
    });

    test('the feed says when workers come, go or run something else', async () => {
      let changes = 0;
      await rig().feed.subscribe({ onEvent: () => {}, onWorkers: () => (changes += 1) });
      const renew = async (pipelines: readonly string[]) =>
        rig().store.renewLease({
          worker: 'w' as WorkerId,
          ttlMs: 60_000,
          register: true,
          held: [],
          info: { host: 'h', pid: 1, queues: ['q'], concurrency: 1, pipelines },
        });
      await renew([]);
      await renew([]);
      await renew(['p@1']);
      await rig().store.releaseWorker('w' as WorkerId);
      await rig().store.releaseWorker('w' as WorkerId);
      // What is published after this is heard after it.
      await renew([]);
      await rig().until('the last one was heard', async () => changes >= 4);
      expect(changes).toBe(4);
    });

    test('S8, S16: the feed carries the very events of the log, in order', async () => {
      const heard: RunEvent[] = [];
      const leave = await rig().feed.subscribe({ onEvent: (event) => heard.push(event) });
      const runId = await rig().start(chainOf('p', 2));
      const worker = await rig().worker();
      const claim = await worker.take();
      await rig().store.report(claim, [{ type: 'stage.log', data: { lines: [{ s: 'out', t: 'one' }] } }]);
      await worker.succeed(claim);
      await worker.drain();
      const log = await rig().log(runId);
      await rig().until('all events were heard', async () => heard.length === log.length);
      expect(heard).toEqual(log);
      await leave();
      await rig().start(chainOf('p', 2));
      expect(heard).toHaveLength(log.length);
    });
  });
