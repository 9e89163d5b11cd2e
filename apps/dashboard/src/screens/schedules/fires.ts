/** The next fires, and where the clocks of the schedule's zone are set between two of them. */
import type { SchedulePreview } from '@millrace/client';

export interface Fire {
  readonly at: string;
  /** "29 Mar 03:00:00", as clocks in the zone show it. */
  readonly wall: string;
  /** "+02:00" */
  readonly offset: string;
  /** The offset of the fire before, when it is another one. */
  readonly changedFrom: string | null;
}

export const firesOf = (items: SchedulePreview['items']): readonly Fire[] =>
  items.map(({ at, local }, index) => {
    const offset = offsetOf(local);
    const before = index === 0 ? offset : offsetOf(items[index - 1]!.local);
    return { at, wall: wallOf(local), offset, changedFrom: before === offset ? null : before };
  });

const offsetOf = (local: string): string => (local.endsWith('Z') ? '+00:00' : local.slice(-6));

/** "Sun 28 Mar, 03:30:00"; with the year when it is not this one. */
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
