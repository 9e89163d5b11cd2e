import { cronFields, plainCron } from '@millrace/core/domain';
import { nextTicks, type Recurrence } from '@millrace/core/engine';
import type { Readings, Schedule } from '@millrace/core/ports';
import type { ScheduleInForce } from '@millrace/core/wire';
import cronstrue from 'cronstrue';

/** Schedules with their recurrence in words, next tick and outcome of the last tick. */
export const schedulesInForce = (
  store: Readings,
  schedules: readonly Schedule[],
  now: number,
): Promise<readonly ScheduleInForce[]> =>
  Promise.all(
    schedules.map(async (schedule) => ({
      ...schedule,
      nextAt: schedule.paused || schedule.blocked !== null ? null : (nextTicks(schedule, now, 1)[0] ?? null),
      lastTick: (await store.ticks(schedule.id, 1))[0] ?? null,
      words: inWords(schedule),
    })),
  );

/**
 * "At 06:00, Monday through Friday", "Every 15 minutes". With both day of the month and weekday, either is enough, as
 * in cron.
 */
export const inWords = ({ cron, everyMs }: Recurrence): string => {
  if (cron === null) return intervalInWords(everyMs!);
  const plain = plainCron(cron);
  const [weekday, month, day, ...time] = cronFields(plain)
    .map(({ text }) => text)
    .reverse();
  try {
    if (day === '*' || weekday === '*') return cronInWords(plain);
    const either = `${daysInWords(`${day} * *`)} or ${daysInWords(`* * ${weekday}`)} (either is enough)`;
    const months = month === '*' ? '' : `, ${daysInWords(`* ${month} *`)}`;
    return `${cronInWords([...time.reverse(), '* * *'].join(' '))}, ${either}${months}`;
  } catch {
    // Two libraries parse the expression; the one that decides has accepted it.
    return cron;
  }
};

const cronInWords = (cron: string): string => cronstrue.toString(cron, { use24HourTimeFormat: true });

/** The text that three of the fields add to "Every minute": "on day 13 of the month", "on Friday". */
const daysInWords = (fields: string): string =>
  cronInWords(`* * ${fields}`)
    .replace(/^Every minute, /, '')
    .replace(/^only on /, 'on ');

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

const intervalInWords = (everyMs: number): string => {
  const [unit, ms] = UNITS.find(([, length]) => everyMs % length === 0) ?? (['millisecond', 1] as const);
  return everyMs === ms ? `Every ${unit}` : `Every ${everyMs / ms} ${unit}s`;
};
