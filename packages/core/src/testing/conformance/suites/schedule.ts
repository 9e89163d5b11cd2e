import { describe, expect, test } from 'vitest';
import type { PipelineName, RunId, Trigger } from '../../../domain/index.ts';
import type { PutSchedule, StoredSchedule } from '../../../ports/index.ts';
import { chainOf } from '../pipelines.ts';
import { newRunId, type Suite, startOf } from '../rig.ts';

const NIGHTLY: StoredSchedule = {
  id: 'nightly',
  pipeline: 'p' as PipelineName,
  settings: {
    cron: '0 3 * * *',
    everyMs: null,
    timezone: 'Europe/Berlin',
    overlap: 'queue',
    mode: null,
    stages: null,
    params: { rows: 3 },
    catchUp: { policy: 'all', windowMs: 60_000 },
  },
  paused: null,
  note: null,
};
const put = (command: Partial<PutSchedule> = {}): PutSchedule => ({
  id: 'nightly',
  stored: NIGHTLY,
  begins: false,
  revision: null,
  idempotency: null,
  ...command,
});
const tickOf = (tick: number): Trigger => ({ kind: 'schedule', scheduleId: 'nightly', tick });

export const scheduleSuite: Suite = (rig) =>
  describe('schedules and ticks', () => {
    const pipeline = chainOf('p', 1);

    test('a tick starts its run, moves the cursor and is in the ledger', async () => {
      const { store } = rig();
      expect(await store.scheduleCursor('nightly')).toBeNull();
      const runId = await rig().start(pipeline, { trigger: tickOf(1_000) });
      expect(await store.scheduleCursor('nightly')).toBe(1_000);
      expect(await store.ticks('nightly', 10)).toMatchObject([
        { instant: 1_000, outcome: 'fired', reason: null, runId },
      ]);
      expect((await rig().run(runId)).trigger).toEqual(tickOf(1_000));
      expect((await rig().log(runId))[0]!.data).toMatchObject({
        trigger: { kind: 'schedule', schedule_id: 'nightly', tick: 1_000 },
      });
    });

    test('S11: of many starts for one tick exactly one starts a run', async () => {
      const { store } = rig();
      await rig().register(pipeline);
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => store.startRun({ ...startOf(pipeline), trigger: tickOf(5_000) })),
      );
      expect(answers.map(({ kind }) => kind).sort()).toEqual([
        'started',
        ...Array.from({ length: 7 }, () => 'tick_done'),
      ]);
      expect((await store.runs({ limit: 10, cursor: null })).items).toHaveLength(1);
    });

    test('the same command again, its reply lost, is repeated and not done', async () => {
      const runId = newRunId();
      await rig().start(pipeline, { runId, trigger: tickOf(1_000) });
      expect(await rig().ask(pipeline, { runId, trigger: tickOf(1_000) })).toMatchObject({ kind: 'repeated', runId });
    });

    test('a tick before the cursor is done, the next one is not', async () => {
      await rig().start(pipeline, { trigger: tickOf(3_000) });
      expect(await rig().ask(pipeline, { trigger: tickOf(2_000) })).toEqual({ kind: 'tick_done' });
      expect(await rig().ask(pipeline, { trigger: tickOf(3_000) })).toEqual({ kind: 'tick_done' });
      expect(await rig().ask(pipeline, { trigger: tickOf(3_001) })).toMatchObject({ kind: 'started' });
    });

    test('a tick that meets a live run under skip is handled: the ledger says so, and it does not fire later', async () => {
      const { store } = rig();
      const live = await rig().start(pipeline, { overlap: 'skip' });
      expect(await rig().ask(pipeline, { overlap: 'skip', trigger: tickOf(1_000) })).toEqual({
        kind: 'overlap',
        liveRunId: live,
      });
      expect(await store.ticks('nightly', 10)).toMatchObject([
        { instant: 1_000, outcome: 'skipped', reason: 'overlap', runId: null },
      ]);
      await rig().cancel(live);
      expect(await rig().ask(pipeline, { overlap: 'skip', trigger: tickOf(1_000) })).toEqual({ kind: 'tick_done' });
    });

    test('a tick of an unknown version is not used up', async () => {
      expect(await rig().ask(pipeline, { trigger: tickOf(1_000) })).toEqual({ kind: 'unknown_version' });
      expect(await rig().store.scheduleCursor('nightly')).toBeNull();
      await rig().start(pipeline, { trigger: tickOf(1_000) });
    });

    test('a tick that starts no run is recorded once', async () => {
      const { store } = rig();
      const tick = { scheduleId: 'nightly', instant: 7_000, outcome: 'missed', reason: 'no scheduler was up' } as const;
      expect(await store.recordTick(tick)).toBe('recorded');
      expect(await store.recordTick(tick)).toBe('done');
      expect(await store.recordTick({ ...tick, instant: 6_000 })).toBe('done');
      expect(await store.recordTick({ ...tick, instant: 8_000, outcome: 'skipped', reason: 'paused' })).toBe(
        'recorded',
      );
      await rig().register(pipeline);
      expect(await rig().ask(pipeline, { trigger: tickOf(8_000) })).toEqual({ kind: 'tick_done' });
      expect(await store.ticks('nightly', 10)).toMatchObject([
        { instant: 8_000, outcome: 'skipped', reason: 'paused', runId: null },
        { instant: 7_000, outcome: 'missed', reason: 'no scheduler was up', runId: null },
      ]);
      expect(await store.ticks('nightly', 1)).toMatchObject([{ instant: 8_000 }]);
      expect(await store.ticks('other', 10)).toEqual([]);
      expect(await store.ticks('nightly', 10, 8_000)).toMatchObject([{ instant: 7_000 }]);
      expect(await store.ticks('nightly', 10, 7_000)).toEqual([]);
    });

    test('an instant before the schedule began is passed and not listed', async () => {
      const { store } = rig();
      expect(await store.recordTick({ scheduleId: 'nightly', instant: 7_000, outcome: 'skipped', reason: null })).toBe(
        'recorded',
      );
      expect(await store.recordTick({ scheduleId: 'nightly', instant: 7_000, outcome: 'missed', reason: 'down' })).toBe(
        'done',
      );
      expect(await store.scheduleCursor('nightly')).toBe(7_000);
      expect(await store.ticks('nightly', 10)).toEqual([]);
    });

    test('schedules have cursors of their own', async () => {
      await rig().start(pipeline, { trigger: tickOf(9_000) });
      expect(
        await rig().ask(pipeline, { trigger: { kind: 'schedule', scheduleId: 'hourly', tick: 1_000 } }),
      ).toMatchObject({ kind: 'started' });
    });

    test('a run by hand of a scheduled pipeline is no tick', async () => {
      await rig().start(pipeline, { trigger: { kind: 'manual' } });
      const runId = await rig().start(pipeline, { trigger: { kind: 'manual', scheduleId: 'nightly', by: 'ann' } });
      expect((await rig().run(runId)).trigger).toEqual({ kind: 'manual', scheduleId: 'nightly', by: 'ann' });
      expect(await rig().store.scheduleCursor('nightly')).toBeNull();
      expect(await rig().store.ticks('nightly', 10)).toEqual([]);
    });

    test('what is stored for a schedule is set, replaced and removed; its cursor stays', async () => {
      const { store } = rig();
      await rig().start(pipeline, { trigger: tickOf(1_000) });
      await store.putSchedule(put());
      const paused = { ...NIGHTLY, settings: null, paused: { at: 5, by: 'ann' }, note: 'so' };
      await store.putSchedule(put({ stored: paused }));
      expect(await store.schedules()).toEqual([paused]);
      await store.putSchedule(put({ stored: null }));
      await store.putSchedule(put({ stored: null }));
      expect(await store.schedules()).toEqual([]);
      expect(await store.scheduleCursor('nightly')).toBe(1_000);
    });

    test('each change raises the revision; one decided by an older revision changes nothing', async () => {
      const { store } = rig();
      const { revision } = await store.scheduleChanges();
      expect(await store.putSchedule(put({ revision }))).toEqual({ kind: 'put' });
      expect((await store.scheduleChanges()).revision).toBeGreaterThan(revision);
      expect(await store.putSchedule(put({ revision, stored: null }))).toEqual({ kind: 'changed' });
      expect(await store.schedules()).toEqual([NIGHTLY]);
    });

    test('a schedule that begins tells since when', async () => {
      const { store } = rig();
      await store.putSchedule(put());
      expect((await store.scheduleChanges()).begun).toEqual({});
      const before = await store.now();
      await store.putSchedule(put({ begins: true }));
      expect((await store.scheduleChanges()).begun['nightly']).toBeGreaterThanOrEqual(before);
    });

    test('a tick that was judged by schedules that have changed starts nothing, and is still due', async () => {
      const { store } = rig();
      await rig().register(pipeline);
      const { revision: scheduleRevision } = await store.scheduleChanges();
      await store.putSchedule(put({ stored: { ...NIGHTLY, paused: { at: 1, by: null } } }));
      expect(await rig().ask(pipeline, { trigger: tickOf(1_000), scheduleRevision })).toEqual({
        kind: 'schedule_changed',
      });
      expect(
        await store.recordTick({
          scheduleId: 'nightly',
          instant: 1_000,
          outcome: 'missed',
          reason: 'down',
          scheduleRevision,
        }),
      ).toBe('schedule_changed');
      expect((await store.runs({ limit: 10, cursor: null })).items).toEqual([]);
      expect(await store.scheduleCursor('nightly')).toBeNull();
      const now = (await store.scheduleChanges()).revision;
      expect(await rig().ask(pipeline, { trigger: tickOf(1_000), scheduleRevision: now })).toMatchObject({
        kind: 'started',
      });
    });

    test('of many changes by one revision exactly one is made', async () => {
      const { store } = rig();
      const { revision } = await store.scheduleChanges();
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, n) => store.putSchedule(put({ revision, stored: { ...NIGHTLY, note: `${n}` } }))),
      );
      expect(answers.map(({ kind }) => kind).sort()).toEqual([...Array.from({ length: 7 }, () => 'changed'), 'put']);
    });

    test('the same Idempotency-Key makes one schedule, for runs and schedules alike', async () => {
      const { store } = rig();
      const idempotency = { key: 'k', bodyHash: 'a' };
      expect(await store.putSchedule(put({ idempotency }))).toEqual({ kind: 'put' });
      expect(await store.remembered('k')).toEqual({ bodyHash: 'a', made: 'nightly', pipeline: 'p' });
      expect(await store.putSchedule(put({ idempotency, id: 'other', revision: -1 }))).toEqual({
        kind: 'repeated',
        id: 'nightly',
      });
      expect(await store.putSchedule(put({ idempotency: { key: 'k', bodyHash: 'b' } }))).toEqual({
        kind: 'idempotency_mismatch',
      });
      await rig().register(pipeline);
      expect(await rig().ask(pipeline, { idempotency: { key: 'k', bodyHash: 'c' } })).toEqual({
        kind: 'idempotency_mismatch',
      });
      expect(await store.schedules()).toEqual([NIGHTLY]);
    });

    test('the ledger tells a tick that was caught up', async () => {
      const runId = await rig().start(pipeline, {
        trigger: { kind: 'schedule', scheduleId: 'nightly', tick: 1_000, caughtUp: true },
      });
      expect(await rig().store.ticks('nightly', 10)).toMatchObject([{ instant: 1_000, outcome: 'caught_up', runId }]);
    });

    test('a queued run of a tick was fired', async () => {
      await rig().start(pipeline, { overlap: 'queue' });
      const answer = await rig().ask(pipeline, { overlap: 'queue', trigger: tickOf(1_000) });
      expect(answer).toMatchObject({ kind: 'queued' });
      expect(await rig().store.ticks('nightly', 10)).toMatchObject([
        { outcome: 'fired', runId: (answer as { runId: RunId }).runId },
      ]);
    });
  });
