import { CronExpressionParser } from 'cron-parser';
import { plainCron } from '../domain/index.ts';
import { greatestOffset, instantsOf, leastOffset } from './wall-clock.ts';

/** When a schedule is due: a cron expression in a time zone, or an interval aligned to the Unix epoch. */
export interface Recurrence {
  readonly cron: string | null;
  readonly everyMs: number | null;
  readonly timezone: string;
}

/**
 * The due instants after `after` (ms since the epoch), strictly increasing, lazy and endless (unless the cron never
 * recurs). The sequence depends only on the recurrence, not on where it starts. That is why the zone is applied here:
 * around a clock change, cron-parser's answer in a zone depends on its starting point, and it loops in zones that
 * change by half an hour.
 *
 * A wall-clock time skipped by a clock change is due later by the size of the gap (02:30 -> 03:30). One that occurs
 * twice is due only the first time, unless the cron's hour field matches every hour: then both. This is Vixie cron's
 * rule; see Debian's cron(8).
 * @throws Error of cron-parser when the expression is wrong
 */
export const ticksAfter = (recurrence: Recurrence, after: number): Generator<number, void> =>
  recurrence.cron === null
    ? intervalTicks(recurrence.everyMs!, after)
    : cronTicks(recurrence.cron, recurrence.timezone, after);

/** The due instants in (after, upTo], at most `limit`. */
export const dueTicks = (recurrence: Recurrence, after: number, upTo: number, limit: number): readonly number[] => {
  const due: number[] = [];
  for (const instant of ticksAfter(recurrence, after)) {
    if (instant > upTo || due.length === limit) break;
    due.push(instant);
  }
  return due;
};

/** The next due instants after `after`, shared by previews and execution. */
export const nextTicks = (recurrence: Recurrence, after: number, count: number): readonly number[] =>
  dueTicks(recurrence, after, Number.POSITIVE_INFINITY, count);

/** The last due instant at or before `upTo`, or null when no day of the calendar is one. */
export const lastTick = (recurrence: Recurrence, upTo: number): number | null => {
  if (recurrence.cron === null) return Math.floor(upTo / recurrence.everyMs!) * recurrence.everyMs!;
  for (let span = MINUTE; ; span *= 8) {
    const last = dueTicks(recurrence, upTo - Math.min(span, LONGEST_GAP), upTo, Number.POSITIVE_INFINITY).at(-1);
    if (last !== undefined) return last;
    if (span >= LONGEST_GAP) return null;
  }
};
const MINUTE = 60_000;
/** From 29 February 2096 to 29 February 2104, plus a day for clock changes. */
const LONGEST_GAP = (8 * 366 + 1) * 86_400_000;

function* intervalTicks(everyMs: number, after: number): Generator<number, void> {
  for (let instant = (Math.floor(after / everyMs) + 1) * everyMs; ; instant += everyMs) yield instant;
}

/**
 * Walks wall-clock times, which never jump, and maps each to instants; holds them back until no later wall time can
 * precede them.
 */
function* cronTicks(cron: string, timezone: string, after: number): Generator<number, void> {
  const walls = CronExpressionParser.parse(plainCron(cron), {
    tz: 'UTC',
    currentDate: new Date(after + leastOffset(timezone, after)),
  });
  const twice = walls.fields.hour.values.length === 24;
  let waiting: number[] = [];
  let last = after;
  for (let wall = nextWall(walls); wall !== null; wall = nextWall(walls)) {
    const safe = wall - greatestOffset(timezone, wall);
    const ready = waiting.filter((instant) => instant < safe).sort((a, b) => a - b);
    waiting = waiting.filter((instant) => instant >= safe);
    for (const instant of ready) {
      if (instant > last) yield (last = instant);
    }
    waiting.push(...instantsOf(timezone, wall, twice));
  }
  for (const instant of waiting.sort((a, b) => a - b)) if (instant > last) yield (last = instant);
}

const nextWall = (walls: { next(): { getTime(): number } }): number | null => {
  try {
    return walls.next().getTime();
  } catch {
    // cron-parser gives up when nothing matches within its bound, e.g. on 30 February.
    return null;
  }
};
