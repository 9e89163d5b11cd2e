import { describe, expect, test } from 'vitest';
import type { PipelineName, RunId, Trigger } from '../../../domain/index.ts';
import { chainOf } from '../pipelines.ts';
import { newRunId, type Suite, startOf } from '../rig.ts';

const tickOf = (tick: number): Trigger => ({ kind: 'schedule', scheduleId: 'nightly', tick });

export const scheduleSuite: Suite = (rig) =>
  describe('schedules and ticks', () => {
    const pipeline = chainOf('p', 1);

    test('a tick starts its run, moves the cursor and is in the ledger', async () => {
      const { store } = rig();
      expect(await store.scheduleCursor('nightly')).toBeNull();
      const runId = await rig().start(pipeline, { trigger: tickOf(1_000) });
      expect(await store.scheduleCursor('nightly')).toBe(1_000);
      expect(await store.ticks('nightly', 10)).toMatchObject([{ instant: 1_000, outcome: 'fired', reason: null, runId }]);
      expect((await rig().run(runId)).trigger).toEqual(tickOf(1_000));
      expect((await rig().log(runId))[0]!.data).toMatchObject({ trigger: { kind: 'schedule', schedule_id: 'nightly', tick: 1_000 } });
    });

    test('S11: of many starts for one tick exactly one starts a run', async () => {
      const { store } = rig();
      await rig().register(pipeline);
      const answers = await Promise.all(Array.from({ length: 8 }, () => store.startRun({ ...startOf(pipeline), trigger: tickOf(5_000) })));
      expect(answers.map(({ kind }) => kind).sort()).toEqual(['started', ...Array.from({ length: 7 }, () => 'tick_done')]);
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
      expect(await rig().ask(pipeline, { overlap: 'skip', trigger: tickOf(1_000) })).toEqual({ kind: 'overlap', liveRunId: live });
      expect(await store.ticks('nightly', 10)).toMatchObject([{ instant: 1_000, outcome: 'skipped', reason: 'overlap', runId: null }]);
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
      expect(await store.recordTick(tick)).toBe(true);
      expect(await store.recordTick(tick)).toBe(false);
      expect(await store.recordTick({ ...tick, instant: 6_000 })).toBe(false);
      expect(await store.recordTick({ ...tick, instant: 8_000, outcome: 'skipped', reason: 'paused' })).toBe(true);
      await rig().register(pipeline);
      expect(await rig().ask(pipeline, { trigger: tickOf(8_000) })).toEqual({ kind: 'tick_done' });
      expect(await store.ticks('nightly', 10)).toMatchObject([
        { instant: 8_000, outcome: 'skipped', reason: 'paused', runId: null },
        { instant: 7_000, outcome: 'missed', reason: 'no scheduler was up', runId: null },
      ]);
      expect(await store.ticks('nightly', 1)).toMatchObject([{ instant: 8_000 }]);
      expect(await store.ticks('other', 10)).toEqual([]);
    });

    test('schedules have cursors of their own', async () => {
      await rig().start(pipeline, { trigger: tickOf(9_000) });
      expect(await rig().ask(pipeline, { trigger: { kind: 'schedule', scheduleId: 'hourly', tick: 1_000 } })).toMatchObject({ kind: 'started' });
    });

    test('a run by hand of a scheduled pipeline is no tick', async () => {
      await rig().start(pipeline, { trigger: { kind: 'manual' } });
      expect(await rig().store.scheduleCursor('nightly')).toBeNull();
    });

    test('an override of a schedule is set, replaced and deleted; its cursor stays', async () => {
      const { store } = rig();
      const schedule = { id: 'nightly', pipeline: 'p' as PipelineName, cron: '0 3 * * *', everyMs: null, timezone: 'Europe/Berlin', paused: false };
      await rig().start(pipeline, { trigger: tickOf(1_000) });
      await store.putSchedule(schedule);
      await store.putSchedule({ ...schedule, cron: null, everyMs: 60_000, paused: true });
      expect(await store.schedules()).toEqual([{ ...schedule, cron: null, everyMs: 60_000, paused: true }]);
      await store.deleteSchedule('nightly');
      await store.deleteSchedule('nightly');
      expect(await store.schedules()).toEqual([]);
      expect(await store.scheduleCursor('nightly')).toBe(1_000);
    });

    test('a queued run of a tick was fired', async () => {
      await rig().start(pipeline, { overlap: 'queue' });
      const answer = await rig().ask(pipeline, { overlap: 'queue', trigger: tickOf(1_000) });
      expect(answer).toMatchObject({ kind: 'queued' });
      expect(await rig().store.ticks('nightly', 10)).toMatchObject([{ outcome: 'fired', runId: (answer as { runId: RunId }).runId }]);
    });
  });
