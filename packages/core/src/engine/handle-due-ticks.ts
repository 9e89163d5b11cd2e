import { createHash } from 'node:crypto';
import { MillraceError, type RunId } from '../domain/index.ts';
import type { OverlapLocks, StartAnswer, Store } from '../ports/index.ts';
import type { Schedule } from './current-schedules.ts';
import { lastTick, nextTicks } from './due-ticks.ts';
import { type Judgement, judgeTicks } from './judge-ticks.ts';
import { startRun } from './start-run.ts';

export interface HandledTicks {
  /** What this call did; a tick that another scheduler handled meanwhile is not among it. */
  readonly ticks: readonly {
    readonly instant: number;
    readonly outcome: 'fired' | 'caught_up' | 'skipped' | 'missed';
    readonly runId: RunId | null;
    readonly reason: string | null;
  }[];
  /** The next instant, ms since the epoch by the store's clock; null: never again. */
  readonly nextDueAt: number | null;
}

/**
 * Handles every tick of the schedule that is due by the store's clock; as many schedulers as like may do so at once.
 * Each tick is claimed by (schedule, instant) in the one script that starts its run, and its run's id comes from the two: schedulers that
 * race start the same run, and one that dies half-way is taken over by the next without waiting for its lock to lapse.
 * A schedule that was never seen begins now: ticks before are not run, which its first ledger entry says.
 * @throws MillraceError of the catalogue that is worth a retry (Redis away, a lock that no run known here holds); the tick stays due
 */
export const handleDueTicks = async (store: Store, locks: OverlapLocks, schedule: Schedule): Promise<HandledTicks> => {
  const ticks: HandledTicks['ticks'][number][] = [];
  for (;;) {
    const now = await store.now();
    const cursor = await store.scheduleCursor(schedule.id);
    if (cursor === null) await skipPast(store, schedule, now, 'the schedule was first seen after this tick');
    const due = cursor === null ? [] : judgeTicks(schedule, cursor, now);
    if (due.length === 0) return { ticks, nextDueAt: nextTicks(schedule, Math.max(now, cursor ?? 0), 1)[0] ?? null };
    for (const tick of due) ticks.push(...(await handleTick(store, locks, schedule, tick)));
  }
};

/** The ticks up to `now` are not run, because of `reason`: the schedule goes on after them. `now` is the store's clock before it was found that they must not. */
export const skipPast = async (store: Store, schedule: Schedule, now: number, reason: string): Promise<void> => {
  const instant = lastTick(schedule, now) ?? 0;
  await store.recordTick({ scheduleId: schedule.id, instant, outcome: 'skipped', reason });
};

const handleTick = async (store: Store, locks: OverlapLocks, schedule: Schedule, tick: Judgement): Promise<HandledTicks['ticks']> => {
  const { instant } = tick;
  const record = async (outcome: 'skipped' | 'missed', reason: string) =>
    (await store.recordTick({ scheduleId: schedule.id, instant, outcome, reason })) ? [{ instant, outcome, runId: null, reason }] : [];
  if (schedule.paused) return record('skipped', 'paused');
  if (tick.verdict === 'missed') return record('missed', tick.reason);
  try {
    const answer = await startTick(store, locks, schedule, instant, tick.verdict === 'catch_up');
    // Another scheduler was first, and its script moved the cursor: then this records nothing. A cursor that was set back by hand moves on.
    if (answer.kind === 'repeated') return await record('skipped', 'the run of this tick exists');
    return handled(instant, tick.verdict, answer);
  } catch (error) {
    if (!(error instanceof MillraceError) || error.status >= 500 || error.code === 'overlap') throw error;
    return record('skipped', `${error.code}: ${error.message}`);
  }
};

const startTick = (store: Store, locks: OverlapLocks, schedule: Schedule, instant: number, caughtUp: boolean): Promise<StartAnswer> =>
  startRun(
    store,
    locks,
    {
      pipeline: schedule.pipeline,
      trigger: { kind: 'schedule', scheduleId: schedule.id, tick: instant, ...(caughtUp ? { caughtUp } : {}) },
      params: schedule.params,
      mode: schedule.mode,
      overlap: schedule.overlap,
    },
    runIdOfTick(schedule.id, instant),
  );

const handled = (instant: number, verdict: 'fire' | 'catch_up', answer: StartAnswer): HandledTicks['ticks'] => {
  if (answer.kind === 'started' || answer.kind === 'queued')
    return [{ instant, outcome: verdict === 'fire' ? 'fired' : 'caught_up', runId: answer.runId, reason: null }];
  if (answer.kind === 'overlap') return [{ instant, outcome: 'skipped', runId: answer.liveRunId, reason: 'overlap' }];
  if (answer.kind === 'unknown_version') throw new MillraceError('store_unavailable', 'the pipeline was registered anew while its tick was handled');
  return [];
};

/** A UUID v7 (RFC 9562): the tick's instant, then bits of a hash of the schedule and the instant in place of random ones. */
export const runIdOfTick = (scheduleId: string, instant: number): RunId => {
  const time = instant.toString(16).padStart(12, '0');
  const hash = createHash('sha256').update(`${scheduleId} ${instant}`).digest('hex');
  const variant = ((Number.parseInt(hash.slice(3, 4), 16) & 0x3) | 0x8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hash.slice(0, 3)}-${variant}${hash.slice(4, 7)}-${hash.slice(7, 19)}` as RunId;
};
