import { formatDuration } from '@millrace/core/domain';
import { currentSchedules } from '@millrace/core/engine';
import type { SchedulerDeps } from './scheduler-deps.ts';
import type { Leadership } from './leadership.ts';

/** Smaller jumps come from network delay or a slewed clock and expire no lease early, ms. */
const TOLERATED_MS = 1_000;
/** How long a non-leader leaves a step to the leader, ms; it rescues nothing because of the step meanwhile. */
const DEFERENCE_MS = 15_000;
/** After a jump, nothing is deleted by age for this long: the clock may have been set wrongly, ms. */
const SETTLING_MS = 3_600_000;

export interface ClockWatch {
  /** Compares Redis's clock with this process's monotonic clock; the leader records a step. */
  look(): Promise<void>;
  /** The latest time Redis's clock can show unless it has jumped since the last look, ms since the epoch. */
  latest(): number;
  /** Whether the clock has not jumped lately. */
  isSettled(): boolean;
}

export const watchClock = (
  { store, log }: Pick<SchedulerDeps, 'store' | 'log'>,
  leadership: Pick<Leadership, 'leads'>,
  monotonic: () => number = () => performance.now(),
): ClockWatch => {
  let jumpedAt: number | null = null;
  /** A reading of Redis's clock, taken between two of our own instants: a reply can take seconds. */
  let seen: { readonly clock: number; readonly from: number; readonly to: number } | null = null;

  const note = async (stepMs: number, since: number): Promise<void> => {
    const [queues, schedules] = await Promise.all([store.queues(), currentSchedules(store)]);
    const isFirst = await store.noteClockStep({
      stepMs,
      since,
      queues: queues.map(({ queue }) => queue),
      schedules: [...schedules.keys()],
    });
    if (isFirst)
      log.warn(
        { step_ms: Math.round(stepMs) },
        `Redis's clock jumped ${formatDuration(Math.round(Math.abs(stepMs) / 1_000) * 1_000)} ${stepMs < 0 ? 'back' : 'ahead'}; leases, delays and timeouts were moved with it`,
      );
  };
  return {
    look: async () => {
      const before = monotonic();
      const clock = await store.now();
      const after = monotonic();
      if (seen !== null) {
        const [least, most] = [
          seen.clock + before - seen.to - TOLERATED_MS,
          seen.clock + after - seen.from + TOLERATED_MS,
        ];
        const hasJumped = clock < least || clock > most;
        if (hasJumped) jumpedAt = after;
        if (hasJumped && leadership.leads()) await note(clock - (least + most) / 2, clock - (after - seen.from));
        else if (hasJumped && after - seen.from < DEFERENCE_MS) return;
      }
      seen = { clock, from: before, to: after };
    },
    latest: () => (seen === null ? Number.POSITIVE_INFINITY : seen.clock + monotonic() - seen.from + TOLERATED_MS),
    isSettled: () => jumpedAt === null || monotonic() - jumpedAt > SETTLING_MS,
  };
};
