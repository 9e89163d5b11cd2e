import { describe, expect, test } from 'vitest';
import type { PipelineName, PipelineVersion } from '../../../domain/index.ts';
import { chainOf } from '../pipelines.ts';
import { type Suite, startOf } from '../rig.ts';

export const pipelineSuite: Suite = (rig) =>
  describe('registering pipelines', () => {
    test('the current version is listed, an older one stays readable', async () => {
      const { store } = rig();
      const [older, newer] = [chainOf('p', 1), chainOf('p', 2)];
      await rig().register(older);
      await rig().register(newer);
      expect(await store.pipelines()).toEqual([newer]);
      expect(await store.pipeline(older.name)).toEqual(newer);
      expect(await store.pipeline(older.name, older.version)).toEqual(older);
      expect(await store.pipeline(older.name, 'ffffffffffffffff' as PipelineVersion)).toBeNull();
    });

    test('a version that is not made current takes no new runs by default, yet can be run', async () => {
      const { store } = rig();
      const pipeline = chainOf('p', 1);
      await store.registerPipeline(pipeline, { makeCurrent: false });
      expect(await store.pipelines()).toEqual([]);
      expect(await store.pipeline(pipeline.name)).toBeNull();
      expect((await rig().ask(pipeline)).kind).toBe('started');
    });

    test('registering twice changes nothing, and the store tells since when it knows pipelines', async () => {
      const pipeline = chainOf('p', 1);
      expect((await rig().store.scheduleChanges()).born).toBeNull();
      const before = await rig().store.now();
      await rig().register(pipeline);
      const { born } = await rig().store.scheduleChanges();
      expect(born).toBeGreaterThanOrEqual(before);
      await rig().pass(2);
      await rig().register(chainOf('q', 1));
      expect((await rig().store.scheduleChanges()).born).toBe(born);
      await rig().register(pipeline);
      expect(await rig().store.pipelines()).toEqual([pipeline, chainOf('q', 1)]);
    });

    test('a retired pipeline is not listed; its versions and runs stay', async () => {
      const { store } = rig();
      const pipeline = chainOf('p', 1);
      const runId = await rig().start(pipeline);
      await store.retirePipeline(pipeline.name);
      await store.retirePipeline(pipeline.name);
      expect(await store.pipelines()).toEqual([]);
      expect(await store.pipeline(pipeline.name)).toBeNull();
      expect(await store.pipeline(pipeline.name, pipeline.version)).toEqual(pipeline);
      expect((await rig().run(runId)).status).toBe('starting');
    });

    test('no run of a retired pipeline starts, though it was planned before; registered again it is back', async () => {
      const { store } = rig();
      const pipeline = await rig().register(chainOf('p', 1));
      const { revision, returned } = await store.scheduleChanges();
      expect(returned).toEqual({});
      await store.retirePipeline(pipeline.name);
      expect(await rig().ask(pipeline)).toEqual({ kind: 'retired' });
      const newer = chainOf('p', 2);
      await store.registerPipeline(newer, { makeCurrent: false });
      expect(await rig().ask(newer)).toEqual({ kind: 'retired' });
      expect((await store.runs({ limit: 10, cursor: null })).items).toEqual([]);
      expect((await store.scheduleChanges()).revision).toBeGreaterThan(revision);
      const before = await store.now();
      await rig().start(pipeline);
      expect((await rig().ask(newer)).kind).toBe('started');
      expect((await store.scheduleChanges()).returned['p']).toBeGreaterThanOrEqual(before);
    });

    test('retiring a pipeline that was never registered is nothing', async () => {
      await rig().store.retirePipeline('p' as PipelineName);
      expect((await rig().ask(await rig().register(chainOf('p', 1)))).kind).toBe('started');
    });

    test('pipelines are listed by name', async () => {
      for (const name of ['m', 'z', 'a']) await rig().register(chainOf(name, 1));
      expect((await rig().store.pipelines()).map(({ name }) => name)).toEqual(['a', 'm', 'z']);
    });

    test('a run of a version that nobody registered is refused and leaves nothing', async () => {
      const { store } = rig();
      const command = startOf(chainOf('p', 1));
      expect(await store.startRun(command)).toEqual({ kind: 'unknown_version' });
      expect(await store.run(command.runId)).toBeNull();
      expect(await store.events(command.runId, { afterSeq: 0, limit: 10 })).toBeNull();
    });

    const told = { source: 'a', ttlMs: 60_000, pipelines: ['p', 'q'], broken: ['r'], loaded: true };

    test('what files define is told by source, the newest load of a source counts, and a renewal changes nothing', async () => {
      const { store } = rig();
      expect(await store.definitions()).toEqual([]);
      expect(await store.registerDefinitions({ ...told, loaded: false })).toEqual({ known: false });
      expect(await store.definitions()).toEqual([]);
      expect(await store.registerDefinitions(told)).toEqual({ known: true });
      await store.registerDefinitions({ ...told, source: 'b', pipelines: ['s'], broken: [] });
      const both = [
        { source: 'a', pipelines: ['p', 'q'], broken: ['r'], live: true },
        { source: 'b', pipelines: ['s'], broken: [], live: true },
      ];
      expect(await store.definitions()).toEqual(both);
      expect(await store.registerDefinitions({ ...told, pipelines: [], loaded: false })).toEqual({ known: true });
      expect(await store.definitions()).toEqual(both);
      await store.registerDefinitions({ ...told, pipelines: ['q'] });
      expect((await store.definitions())[0]).toEqual({ source: 'a', pipelines: ['q'], broken: ['r'], live: true });
    });

    test('what was told last stays known when nobody tells any more, until somebody does', async () => {
      const { store } = rig();
      await store.releaseDefinitions('a');
      expect(await store.definitions()).toEqual([]);
      await store.registerDefinitions(told);
      await store.releaseDefinitions('a');
      expect(await store.definitions()).toEqual([{ source: 'a', pipelines: ['p', 'q'], broken: ['r'], live: false }]);
      await store.registerDefinitions({ ...told, loaded: false });
      expect(await store.definitions()).toMatchObject([{ source: 'a', live: true }]);
      await store.releaseDefinitions('a');
      await store.registerDefinitions({ ...told, source: 'b', pipelines: [] });
      expect(await store.definitions()).toMatchObject([{ source: 'b', pipelines: [], live: true }]);
    });

    test('what is told lapses without renewals', async () => {
      const { store } = rig();
      await store.registerDefinitions({ ...told, ttlMs: 1_000 });
      await rig().pass(1_100);
      expect(await store.definitions()).toMatchObject([{ source: 'a', live: false }]);
    });

    test('ticks that were judged before files defined something else are judged again; a renewal leaves them', async () => {
      const { store } = rig();
      const revision = async () => (await store.scheduleChanges()).revision;
      await store.registerDefinitions(told);
      const first = await revision();
      await store.registerDefinitions(told);
      await store.registerDefinitions({ ...told, loaded: false });
      expect(await revision()).toBe(first);
      await store.registerDefinitions({ ...told, pipelines: ['q'] });
      const second = await revision();
      expect(second).toBeGreaterThan(first);
      await store.releaseDefinitions('a');
      await store.registerDefinitions({ ...told, pipelines: ['q'] });
      expect(await revision()).toBeGreaterThan(second);
    });

    test('a loss that a process found is known', async () => {
      const { store } = rig();
      await store.registerDefinitions(told);
      expect(await store.lostAt()).toBeNull();
      const before = await store.now();
      await store.registerDefinitions({ ...told, afterLoss: true });
      expect(await store.lostAt()).toBeGreaterThanOrEqual(before);
    });
  });
