import { describe, expect, test } from 'vitest';
import type { ClaimRef, ReportedEvent } from '../../../ports/index.ts';
import { chainOf, pipelineOf } from '../pipelines.ts';
import { newRunId, type Suite } from '../rig.ts';

const artifact = (id: string, size: number): ReportedEvent => ({
  type: 'stage.artifact',
  // A name that looks like the rest of the record is still a name.
  data: { id, name: `","size":1,"x":"${id}`, sha256: 'ab', size, content_type: 'text/csv' },
});
const progress: ReportedEvent = { type: 'stage.progress', data: { fraction: 0.5 } };

export const artifactsSuite: Suite = (rig) =>
  describe('artifacts', () => {
    test('what a run has is counted over attempts and stages, once for each report; another run has its own', async () => {
      const { store } = rig();
      const runId = await rig().start(
        pipelineOf('p', { a: { retry: { maximumAttempts: 3, initialInterval: 1 } }, b: [] }),
      );
      const worker = await rig().worker();
      const [a, b] = [await worker.take(), await worker.take()];
      expect(await store.artifactUse(runId)).toMatchObject({ count: 0, bytes: 0 });
      for (let sent = 0; sent < 2; sent++)
        expect(await store.report(a, [artifact('1', 5), artifact('2', 7)], 1)).toBe('ok');
      expect(await store.report(b, [progress, artifact('3', 2 ** 40)], 1)).toBe('ok');
      await worker.fail(a);
      const again = await rig().until('it can be claimed again', () => worker.claim());
      expect(await store.report(again, [artifact('4', 0)])).toBe('ok');
      expect(await store.artifactUse(runId)).toMatchObject({ count: 4, bytes: 12 + 2 ** 40 });
      const events = (await rig().log(runId)).filter(({ type }) => type === 'stage.artifact');
      expect(events.map(({ data }) => data['id'])).toEqual(['1', '2', '3', '4']);
      const page = (after: number, limit: number) => store.artifactEvents(runId, { after, limit });
      expect([await page(0, 10), await page(0, 3), await page(3, 3), await page(4, 3)]).toEqual([
        events,
        events.slice(0, 3),
        events.slice(3),
        [],
      ]);
      expect(await store.artifactEvent(runId, '3')).toEqual(events[2]);
      expect([await store.artifactEvent(runId, 'another'), await store.artifactEvent(newRunId(), '3')]).toEqual([
        null,
        null,
      ]);
      expect(await store.artifactEvents(newRunId(), { after: 0, limit: 10 })).toBeNull();
      expect(await store.report(a, [artifact('late', 1)])).toBe('fenced');
      const other = await rig().start(chainOf('q', 1));
      expect(await store.artifactUse(other)).toMatchObject({ count: 0, bytes: 0 });
      expect(await store.artifactUse(newRunId())).toMatchObject({ count: 0, bytes: 0 });
      expect((await store.artifactUse(other)).deployment).toBe((await store.artifactUse(runId)).deployment);
      expect((await store.artifactUse(other)).deployment).toMatch(/^[\w-]+$/);
    });

    test('artifacts beyond what a run may have are left out, whichever stage comes last; the same report is answered as before', async () => {
      const { store } = rig();
      const runId = await rig().start(pipelineOf('p', { a: [], b: [], c: [] }));
      const worker = await rig().worker();
      const [a, b, c] = [await worker.take(), await worker.take(), await worker.take()];
      const report = (claim: ClaimRef, ordinal: number, ...events: ReportedEvent[]) =>
        store.report(claim, events, ordinal, { count: 3, bytes: 100 });
      expect(await report(a, 1, artifact('1', 60))).toBe('ok');
      for (let sent = 0; sent < 2; sent++)
        expect(await report(b, 1, progress, artifact('2', 41), artifact('3', 40), artifact('4', 90), progress)).toEqual(
          { would: { count: 2, bytes: 101 } },
        );
      expect(await report(b, 2, progress)).toBe('ok');
      // Of the one before it nobody asks any more.
      expect(await report(b, 1, progress)).toBe('ok');
      expect(await report(c, 1, artifact('5', 0), artifact('6', 0))).toEqual({ would: { count: 4, bytes: 100 } });
      expect(await store.artifactUse(runId)).toMatchObject({ count: 3, bytes: 100 });
      const told = (await rig().log(runId)).filter(
        ({ type }) => type === 'stage.artifact' || type === 'stage.progress',
      );
      expect(
        told.map(({ stage, type, data }) => `${stage} ${type === 'stage.artifact' ? String(data['id']) : 'progress'}`),
      ).toEqual(['a 1', 'b progress', 'b 3', 'b progress', 'b progress', 'c 5']);
    });

    test('stages that report at once do not have more together', async () => {
      const { store } = rig();
      const runId = await rig().start(
        pipelineOf('p', Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`s${i}`, []]))),
      );
      const worker = await rig().worker();
      const claims = [];
      for (let i = 0; i < 8; i++) claims.push(await worker.take());
      const answers = await Promise.all(
        claims.map((claim) =>
          store.report(claim, [artifact('x', 10), artifact('y', 10)], 1, { count: 5, bytes: 1_000 }),
        ),
      );
      expect(answers.filter((answer) => answer === 'ok')).toHaveLength(2);
      expect(await store.artifactUse(runId)).toMatchObject({ count: 5, bytes: 50 });
    });

    test('pruned runs that had artifacts are told until these are removed; runs that are here are known', async () => {
      const { store } = rig();
      const pipeline = await rig().register(chainOf('p', 1));
      const worker = await rig().worker();
      const ended = [];
      for (const events of [[artifact('1', 1)], [progress], [artifact('2', 1)], [artifact('3', 1)]]) {
        ended.push(await rig().start(pipeline));
        const claim = await worker.take();
        await store.report(claim, events);
        await worker.succeed(claim);
        await rig().pass(2);
      }
      const [first, plain, second, kept] = ended as [
        (typeof ended)[number],
        (typeof ended)[number],
        (typeof ended)[number],
        (typeof ended)[number],
      ];
      const { deployment } = await store.artifactUse(kept);
      expect(await store.prunedArtifacts(10)).toEqual({ deployment, runIds: [] });
      expect(await store.knownRuns(ended)).toEqual({ deployment, runIds: ended });
      await store.pruneRuns({ count: 1, ageMs: 60_000_000 }, 10);
      expect(await store.knownRuns([first, plain, newRunId(), kept])).toEqual({ deployment, runIds: [kept] });
      expect(await store.knownRuns([])).toEqual({ deployment, runIds: [] });
      expect(await store.prunedArtifacts(10)).toEqual({ deployment, runIds: [first, second] });
      expect(await store.prunedArtifacts(1)).toEqual({ deployment, runIds: [first] });
      await store.forgetArtifacts([first, plain]);
      await store.forgetArtifacts([first]);
      await store.forgetArtifacts([]);
      expect(await store.prunedArtifacts(10)).toEqual({ deployment, runIds: [second] });
    });
  });
