/** The newest events of all runs, for the feed. */
import type { Event } from '@millrace/client';
import { EVENT_TYPES, type EventType } from '@millrace/core/domain';

/** How many are kept. */
const KEPT = 50;
/** Too frequent for the feed: the run page shows them. */
const LEFT_OUT: ReadonlySet<string> = new Set<EventType>(['stage.log', 'stage.progress', 'stage.metric']);

export const SHOWN = Object.keys(EVENT_TYPES).filter((type) => !LEFT_OUT.has(type));
export const isShown = ({ type }: Pick<Event, 'type'>): boolean => !LEFT_OUT.has(type);
export const keyOf = ({ run_id, seq }: Pick<Event, 'run_id' | 'seq'>): string => `${run_id}/${seq}`;

/** Merges `came` and `before`, newest first and without duplicates. */
export const newestEvents = (before: readonly Event[], came: readonly Event[]): readonly Event[] => {
  const each = new Map(before.map((event) => [keyOf(event), event]));
  for (const event of came) if (isShown(event)) each.set(keyOf(event), event);
  return [...each.values()]
    .sort((a, b) => (a.timestamp < b.timestamp ? 1 : a.timestamp > b.timestamp ? -1 : b.seq - a.seq))
    .slice(0, KEPT);
};
