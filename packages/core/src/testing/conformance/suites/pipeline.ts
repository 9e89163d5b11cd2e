import { describe, expect, test } from 'vitest';
import type { PipelineVersion } from '../../../domain/index.ts';
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

    test('registering twice changes nothing', async () => {
      const pipeline = chainOf('p', 1);
      await rig().register(pipeline);
      await rig().register(pipeline);
      expect(await rig().store.pipelines()).toEqual([pipeline]);
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
  });
