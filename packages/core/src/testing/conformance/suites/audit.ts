import { describe, expect, test } from 'vitest';
import type { AppendAudit } from '../../../ports/index.ts';
import { pipelineOf } from '../pipelines.ts';
import { startOf, type Suite } from '../rig.ts';

export const auditSuite: Suite = (rig) =>
  describe('the audit log', () => {
    const open = async (...ids: string[]) => {
      for (const id of ids) await rig().store.openAudit({ id, text: `open ${id}` });
    };
    const append = (afterSeq: number, ids: readonly string[], more: Partial<AppendAudit> = {}) =>
      rig().store.appendAudit({
        afterSeq,
        entries: ids.map((id) => ({ id, text: `text ${id}` })),
        hash: `hash ${ids.at(-1)}`,
        keep: 100,
        ...more,
      });
    const all = () => rig().store.auditBefore({ before: null, limit: 1_000 });

    test('is empty at first', async () => {
      const { store } = rig();
      expect(await store.auditHead()).toEqual({ seq: 0, hash: '', firstSeq: 1 });
      expect([await all(), await store.openAudits()]).toEqual([[], []]);
    });

    test('what is open is moved to its end, in order, and its head follows', async () => {
      const { store } = rig();
      await open('a', 'b', 'c');
      expect(await append(0, ['b', 'a'])).toBe('appended');
      expect(await store.auditHead()).toEqual({ seq: 2, hash: 'hash a', firstSeq: 1 });
      expect(await store.openAudits()).toEqual([{ id: 'c', text: 'open c' }]);
      expect(await append(2, ['c'])).toBe('appended');
      expect(await all()).toEqual(['text c', 'text a', 'text b']);
      expect(await store.openAudits()).toEqual([]);
    });

    test('an entry that is opened again has its newer text', async () => {
      const { store } = rig();
      await open('a');
      await store.openAudit({ id: 'a', text: 'newer' });
      expect(await store.openAudits()).toEqual([{ id: 'a', text: 'newer' }]);
    });

    test('a start opens its entry if there is a new run, and not again when it is repeated', async () => {
      const { store, start } = rig();
      const pipeline = pipelineOf('p', { a: [] });
      const runId = await start(pipeline, { overlap: 'skip', audit: { id: 'a', text: 'started' } });
      expect(await store.openAudits()).toEqual([{ id: 'a', text: 'started' }]);
      const again = { ...startOf(pipeline), overlap: 'skip' as const, audit: { id: 'b', text: 'refused' } };
      expect(await store.startRun(again)).toEqual({ kind: 'overlap', liveRunId: runId });
      expect(await store.startRun({ ...again, runId })).toMatchObject({ kind: 'repeated' });
      expect(await store.openAudits()).toEqual([{ id: 'a', text: 'started' }]);
    });

    test('behind another head, or with an entry that is not open, nothing is appended', async () => {
      const { store } = rig();
      await open('a', 'b');
      expect(await append(1, ['a'])).toBe('changed');
      expect(await append(0, ['a', 'never-opened'])).toBe('changed');
      expect(await append(0, ['a'])).toBe('appended');
      // Sent again, its reply lost.
      expect(await append(0, ['a'])).toBe('changed');
      expect(await append(1, ['b', 'a'])).toBe('changed');
      expect(await store.auditHead()).toEqual({ seq: 1, hash: 'hash a', firstSeq: 1 });
      expect(await all()).toEqual(['text a']);
      expect(await store.openAudits()).toEqual([{ id: 'b', text: 'open b' }]);
    });

    test('of many that append behind one head, one does', async () => {
      const ids = Array.from({ length: 8 }, (_, n) => `e${n}`);
      await open(...ids);
      const answers = await Promise.all(ids.map((id) => append(0, [id])));
      expect(answers.filter((answer) => answer === 'appended')).toHaveLength(1);
      expect(await all()).toHaveLength(1);
    });

    test('is read in pages from its end, and keeps so many', async () => {
      const { store } = rig();
      const ids = Array.from({ length: 10 }, (_, n) => `e${n + 1}`);
      await open(...ids);
      await append(0, ids.slice(0, 6), { keep: 4 });
      expect(await store.auditHead()).toMatchObject({ seq: 6, firstSeq: 3 });
      await append(6, ids.slice(6), { keep: 5 });
      expect(await store.auditHead()).toEqual({ seq: 10, hash: 'hash e10', firstSeq: 6 });
      expect(await all()).toEqual(['text e10', 'text e9', 'text e8', 'text e7', 'text e6']);
      const page = (before: number | null) => store.auditBefore({ before, limit: 2 });
      expect([await page(null), await page(9), await page(7), await page(6), await page(2)]).toEqual([
        ['text e10', 'text e9'],
        ['text e8', 'text e7'],
        ['text e6'],
        [],
        [],
      ]);
    });

    test('once it keeps fewer, it removes a thousand at a time', async () => {
      const ids = Array.from({ length: 1_103 }, (_, n) => `e${n + 1}`);
      await Promise.all(ids.map((id) => rig().store.openAudit({ id, text: '' })));
      await append(0, ids.slice(0, 1_100), { keep: 2_000 });
      await append(1_100, ids.slice(1_100, 1_101), { keep: 2 });
      expect(await rig().store.auditHead()).toMatchObject({ seq: 1_101, firstSeq: 1_001 });
      await append(1_101, ids.slice(1_101), { keep: 2 });
      expect(await rig().store.auditHead()).toMatchObject({ seq: 1_103, firstSeq: 1_102 });
    });
  });
