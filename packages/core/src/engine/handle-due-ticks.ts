import { createHash } from 'node:crypto';
import { MillraceError, type Pause, type RunId } from '../domain/index.ts';
import type { OverlapLocks, Schedule, Store } from '../ports/index.ts';
import { lastTick, nextTicks } from './due-ticks.ts';
import { type Judgement, judgeTicks } from './judge-ticks.ts';
import { pauseOf } from './pause-run.ts';
import { type StartedRun, startRun } from './start-run.ts';

export interface HandledTicks {
  /** The ticks handled by this call; excludes those handled by another scheduler meanwhile. */
  readonly ticks: readonly {
    readonly instant: number;
    readonly outcome: 'fired' | 'caught_up' | 'skipped' | 'missed';
    readonly runId: RunId | null;
    readonly reason: string | null;
  }[];
  /**
   * The next instant, ms since the epoch by the store's clock; null: never again. If not in the future, schedules have
   * changed since this one was read, and the rest waits until they are read again.
   */
  readonly nextDueAt: number | null;
}

/**
 * Handles every tick of the schedule that is due by the store's clock; any number of schedulers may do so concurrently.
 * The script that starts a tick's run also claims the tick by (schedule, instant), from which the run's id derives:
 * racing schedulers start the same run, and if one dies half-way the next takes over without waiting for its lock to
 * expire. A new schedule begins when it was created, or else now: earlier instants are not ticks of it and are not in
 * its ledger. An edited or resumed one begins at that moment, and its ledger records the tick before. Each write
 * carries the revision the schedule was read at.
 * @throws MillraceError that is retryable (Redis down, a lock held by a run unknown here); the tick stays due
 */
export const handleDueTicks = async (store: Store, locks: OverlapLocks, schedule: Schedule): Promise<HandledTicks> => {
  const ticks: HandledTicks['ticks'][number][] = [];
  for (;;) {
    const now = await store.now();
    const cursor = await begin(store, schedule, now);
    if (cursor === null) return { ticks, nextDueAt: now };
    const due = judgeTicks(schedule, cursor, now);
    if (due.length === 0) return { ticks, nextDueAt: nextTicks(schedule, Math.max(now, cursor), 1)[0] ?? null };
    const pause = pauseOf(await store.pauses(), schedule.pipeline);
    for (const tick of due) {
      const handled = await handleTick(store, locks, schedule, tick, pause);
      if (handled === 'outdated') return { ticks, nextDueAt: now };
      ticks.push(...handled);
    }
  }
};

/** The instant after which ticks are due, once those before the schedule began are recorded; null: outdated. */
const begin = async (store: Store, schedule: Schedule, now: number): Promise<number | null> => {
  const cursor = await store.scheduleCursor(schedule.id);
  const begunAt = schedule.begunAt ?? (cursor === null ? now : 0);
  if (cursor !== null && cursor >= begunAt) return cursor;
  const reason = cursor === null ? null : 'the schedule was changed or resumed after this tick';
  return (await skipPast(store, schedule, begunAt, reason)) ? Math.max(cursor ?? 0, begunAt) : null;
};

/**
 * Skips the ticks up to `upTo` (ms, by the store's clock) with `reason`, so that the schedule continues after them.
 * Null: the schedule is newer, so they are not ticks of it. False: it is outdated.
 */
export const skipPast = async (
  store: Store,
  schedule: Schedule,
  upTo: number,
  reason: string | null,
): Promise<boolean> => {
  const last = lastTick(schedule, upTo);
  const answer = await store.recordTick({
    scheduleId: schedule.id,
    instant: last ?? 0,
    outcome: 'skipped',
    reason: last === null ? null : reason,
    scheduleRevision: schedule.revision,
  });
  return answer !== 'schedule_changed';
};

const handleTick = async (
  store: Store,
  locks: OverlapLocks,
  schedule: Schedule,
  tick: Judgement,
  pause: Pause | null,
): Promise<HandledTicks['ticks'] | 'outdated'> => {
  const { instant } = tick;
  const record = async (outcome: 'skipped' | 'missed', reason: string) => {
    const answer = await store.recordTick({
      scheduleId: schedule.id,
      instant,
      outcome,
      reason,
      scheduleRevision: schedule.revision,
    });
    if (answer === 'schedule_changed') return 'outdated';
    return answer === 'recorded' ? [{ instant, outcome, runId: null, reason }] : [];
  };
  if (schedule.paused) return record('skipped', 'paused');
  if (pause !== null) return record('skipped', `the ${pause.scope} is paused`);
  if (schedule.blocked !== null) return record('skipped', schedule.blocked);
  if (tick.verdict === 'missed') return record('missed', tick.reason);
  try {
    const answer = await startTick(store, locks, schedule, instant, tick.verdict === 'catch_up');
    // If another scheduler was first and moved the cursor, this records nothing. A cursor set back by hand moves on.
    if (answer.kind === 'repeated') return await record('skipped', 'the run of this tick already exists');
    if (answer.kind === 'schedule_changed' || answer.kind === 'retired') return 'outdated';
    return handled(instant, tick.verdict, answer);
  } catch (error) {
    if (!(error instanceof MillraceError) || error.status >= 500 || error.code === 'overlap') throw error;
    return record('skipped', `${error.code}: ${error.message}`);
  }
};

const startTick = (
  store: Store,
  locks: OverlapLocks,
  schedule: Schedule,
  instant: number,
  caughtUp: boolean,
): Promise<StartedRun> =>
  startRun(
    store,
    locks,
    {
      pipeline: schedule.pipeline,
      trigger: { kind: 'schedule', scheduleId: schedule.id, tick: instant, ...(caughtUp ? { caughtUp } : {}) },
      params: schedule.params,
      mode: schedule.mode,
      stages: schedule.stages,
      overlap: schedule.overlap,
      scheduleRevision: schedule.revision,
    },
    runIdOfTick(schedule.id, instant),
  );

const handled = (instant: number, verdict: 'fire' | 'catch_up', answer: StartedRun): HandledTicks['ticks'] => {
  if (answer.kind === 'started' || answer.kind === 'queued')
    return [{ instant, outcome: verdict === 'fire' ? 'fired' : 'caught_up', runId: answer.runId, reason: null }];
  if (answer.kind === 'overlap') return [{ instant, outcome: 'skipped', runId: answer.liveRunId, reason: 'overlap' }];
  if (answer.kind === 'unknown_version')
    throw new MillraceError('store_unavailable', 'the pipeline was registered again while its tick was being handled');
  return [];
};

/**
 * A UUID v7 (RFC 9562): the tick's instant, followed by hash bits of the schedule and the instant instead of random
 * ones.
 */
export const runIdOfTick = (scheduleId: string, instant: number): RunId => {
  const time = instant.toString(16).padStart(12, '0');
  const hash = createHash('sha256').update(`${scheduleId} ${instant}`).digest('hex');
  const variant = ((Number.parseInt(hash.slice(3, 4), 16) & 0x3) | 0x8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hash.slice(0, 3)}-${variant}${hash.slice(4, 7)}-${hash.slice(7, 19)}` as RunId;
};
