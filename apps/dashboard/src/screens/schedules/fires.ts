/** The next fires, and clock changes of the time zone in between. */
import type { SchedulePreview } from '@millrace/client';

export interface Fire {
  readonly at: string;
  /** "29 Mar 03:00:00", local time in the zone. */
  readonly wall: string;
  /** "+02:00" */
  readonly offset: string;
  /** Offset of the previous fire, if different. */
  readonly changedFrom: string | null;
}

export const firesOf = (items: SchedulePreview['items']): readonly Fire[] =>
  items.map(({ at, local }, index) => {
    const offset = offsetOf(local);
    const before = index === 0 ? offset : offsetOf(items[index - 1]!.local);
    return { at, wall: wallOf(local), offset, changedFrom: before === offset ? null : before };
  });

const offsetOf = (local: string): string => (local.endsWith('Z') ? '+00:00' : local.slice(-6));

/** "Sun 28 Mar, 03:30:00"; with the year unless it is the current one. */
const wallOf = (local: string): string =>
  new Date(`${local.slice(0, 19)}Z`).toLocaleString('en-GB', {
    weekday: 'short',
    day: '2-digit',
    month: 'short',
    ...(local.startsWith(String(new Date().getFullYear())) ? {} : { year: 'numeric' }),
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZone: 'UTC',
  });
