/**
 * Answers and logs without what two stores may differ in: instants, fences, and the order of what one transition skips
 * or cancels.
 */
import type { RunEvent } from '../../domain/index.ts';

/**
 * Makes comparable forms: of two stores on one clock the instants must be equal, of others only that they are there.
 */
export const formsOf = ({ sameClock }: { sameClock: boolean }): Forms => {
  const hidden = sameClock ? FENCES : new Set([...FENCES, ...INSTANTS]);
  const plainForm = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(plainForm);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).filter(([key]) => !UNPROMISED.has(key));
    return Object.fromEntries(
      entries.map(([key, inner]) => [key, hidden.has(key) && inner !== null ? '#' : plainForm(inner)]),
    );
  };
  return { plainForm, logForm: (events) => logForm(events).map(({ seq: _, ...event }) => plainForm(event)) };
};

interface Forms {
  /**
   * What is not promised is left out; a fence, and an instant that is not compared, becomes `#`. Null stays null: that
   * it is not there yet is promised.
   */
  plainForm(value: unknown): unknown;
  logForm(events: readonly RunEvent[]): readonly unknown[];
}

/** What one transition skips or cancels, in the order of the stages' names. */
const logForm = (events: readonly RunEvent[]): readonly RunEvent[] => {
  const together: RunEvent[][] = [];
  for (const event of events) {
    const last = together.at(-1);
    if (last && UNORDERED.has(event.type) && last[0]!.type === event.type) last.push(event);
    else together.push([event]);
  }
  return together.flatMap((group) => group.toSorted((a, b) => (a.stage < b.stage ? -1 : 1)));
};

const FENCES: ReadonlySet<string> = new Set(['fence', 'current_fence']);
const INSTANTS: ReadonlySet<string> = new Set([
  'at',
  'startedAt',
  'finishedAt',
  'queuedAt',
  'createdAt',
  'handledAt',
  'durationMs',
  'duration_ms',
  'next_attempt_at',
  'nextAttemptAt',
  'stageDeadline',
  'leaseUntil',
  'registeredAt',
  'since',
  'openedAt',
  'deadline',
  'ageMs',
]);
/** `because`: of several dependencies that cannot succeed any one may be named. `nextDueAt` and `expand` are hints. */
const UNPROMISED: ReadonlySet<string> = new Set(['because', 'nextDueAt', 'expand', 'more']);
const UNORDERED: ReadonlySet<string> = new Set(['stage.skipped', 'stage.upstream_failed', 'stage.cancelled']);
