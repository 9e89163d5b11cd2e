import { formatDuration, type CatchUp } from '../domain/index.ts';
import { dueTicks, lastTick, type Recurrence } from './due-ticks.ts';

/** The verdict on one due tick. */
export type Judgement =
  | { readonly instant: number; readonly verdict: 'fire' | 'catch_up' }
  /** With `reason`, for the ledger. A long series of missed ticks ends in one entry that stands for the rest. */
  | { readonly instant: number; readonly verdict: 'missed'; readonly reason: string };

/** A tick handled within this time of its instant (ms) is on time; for later ones the catch-up policy decides. */
export const PUNCTUAL_MS = 10_000;
/** Ticks judged per call; the caller repeats until there are none. */
const BATCH = 500;
/** How many missed ticks of a series are listed individually. */
const LISTED = 100;

/**
 * The ticks in (cursor, now], in order, each with its verdict. Ticks on time run. Of the late ones, `none` runs none;
 * `last` runs the newest, if it is within the window and no tick is on time; `all` runs each within the window. The
 * others are missed.
 */
export const judgeTicks = (
  schedule: Recurrence & { readonly catchUp: CatchUp },
  cursor: number,
  now: number,
): readonly Judgement[] => {
  const late = now - PUNCTUAL_MS;
  const punctual = dueTicks(schedule, Math.max(cursor, late), now, BATCH);
  if (cursor >= late) return punctual.map(fire);
  const { policy, windowMs } = schedule.catchUp;
  const windowStart = Math.min(now - windowMs, late);
  const run =
    policy === 'all'
      ? dueTicks(schedule, Math.max(cursor, windowStart), late, BATCH)
      : policy === 'last' && punctual.length === 0
        ? newestLate(schedule, cursor, late, windowStart)
        : [];
  const missedUpTo = policy === 'all' ? windowStart : run.length > 0 ? run[0]! - 1 : late;
  const missed = missedTicks(schedule, cursor, missedUpTo, (instant) =>
    reasonOf(schedule.catchUp, instant < windowStart),
  );
  const caughtUp = run.map((instant): Judgement => ({ instant, verdict: 'catch_up' }));
  return [...missed, ...caughtUp, ...(run.length === BATCH ? [] : punctual.map(fire))];
};

const fire = (instant: number): Judgement => ({ instant, verdict: 'fire' });

const newestLate = (schedule: Recurrence, cursor: number, late: number, windowStart: number): readonly number[] => {
  const newest = lastTick(schedule, late);
  return newest !== null && newest > cursor && newest >= windowStart ? [newest] : [];
};

const missedTicks = (
  schedule: Recurrence,
  cursor: number,
  upTo: number,
  reason: (instant: number) => string,
): Judgement[] => {
  const instants = dueTicks(schedule, cursor, upTo, LISTED);
  const missed = instants.map((instant): Judgement => ({ instant, verdict: 'missed', reason: reason(instant) }));
  const last = instants.length === LISTED ? lastTick(schedule, upTo) : null;
  if (last !== null && last > instants.at(-1)!)
    missed.push({
      instant: last,
      verdict: 'missed',
      reason: `${reason(last)}; so were all ticks since the one before`,
    });
  return missed;
};

const reasonOf = ({ policy, windowMs }: CatchUp, beyondWindow: boolean): string => {
  if (policy === 'none') return 'no scheduler was up, and the catch-up policy is none';
  if (beyondWindow) return `no scheduler was up for longer than the catch-up window of ${formatDuration(windowMs)}`;
  return 'no scheduler was up, and a later tick is run instead (catch-up policy last)';
};
