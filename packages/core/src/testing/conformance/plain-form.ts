/** Answers and logs without what two stores may differ in: instants, fences, and the order of what one transition skips or cancels. */
import type { RunEvent } from '../../domain/index.ts';

/** Instants and fences become `#`; null stays null, because that they are not there yet is promised. */
export const plainForm = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plainForm);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => !UNPROMISED.has(key));
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, MEASURED.has(key) && inner !== null ? '#' : key === 'message' && isOwnError(value) ? '' : plainForm(inner)]),
  );
};

export const logForm = (events: readonly RunEvent[]): readonly unknown[] => {
  const together: RunEvent[][] = [];
  for (const event of events) {
    const last = together.at(-1);
    if (last && UNORDERED.has(event.type) && last[0]!.type === event.type) last.push(event);
    else together.push([event]);
  }
  return together.flatMap((group) => group.toSorted((a, b) => (a.stage < b.stage ? -1 : 1))).map(({ seq: _, ...event }) => plainForm(event));
};

const MEASURED: ReadonlySet<string> = new Set([
  'at',
  'fence',
  'current_fence',
  'startedAt',
  'finishedAt',
  'queuedAt',
  'parkedSince',
  'parked_since',
  'createdAt',
  'handledAt',
  'durationMs',
  'duration_ms',
  'next_attempt_at',
  'nextAttemptAt',
  'stageDeadline',
]);
/** `because`: of several dependencies that cannot succeed any one may be named. `nextDueAt` and `expand` are hints. */
const UNPROMISED: ReadonlySet<string> = new Set(['because', 'nextDueAt', 'expand', 'more']);
const UNORDERED: ReadonlySet<string> = new Set(['stage.skipped', 'stage.cancelled']);

/** The wording of the store's own errors is free. */
const isOwnError = (value: object): boolean => 'code' in value && ['timed_out', 'worker_lost', 'no_worker'].includes(String(value.code));
