import { formatDuration } from '@millrace/core/domain';
import { currentSchedules } from '@millrace/core/engine';
import type { SchedulerDeps } from './scheduler-deps.ts';
import type { Leadership } from './leadership.ts';

/** A jump below this is the journey of an answer or a clock that is being slewed, and ends no lease early, ms. */
const TOLERATED_MS = 1_000;
/** For this long a scheduler that does not lead leaves a step to the one that does; it rescues nothing by it meanwhile, ms. */
const DEFERENCE_MS = 15_000;

export interface ClockWatch {
  /** Compares how Redis's clock went on with how this process's own did, which nobody sets; the leader notes a step. */
  look(): Promise<void>;
  /** What Redis's clock shows at most, if it has not jumped since the last look, ms since the epoch. */
  latest(): number;
}

export const watchClock = ({ store, log }: Pick<SchedulerDeps, 'store' | 'log'>, leadership: Pick<Leadership, 'leads'>): ClockWatch => {
  /** What Redis's clock showed when ours showed that. */
  let seen: { readonly clock: number; readonly at: number } | null = null;

  const note = async (stepMs: number, since: number): Promise<void> => {
    const [queues, schedules] = await Promise.all([store.queues(), currentSchedules(store)]);
    const isFirst = await store.noteClockStep({ stepMs, since, queues: queues.map(({ queue }) => queue), schedules: [...schedules.keys()] });
    if (isFirst)
      log.warn(
        { step_ms: Math.round(stepMs) },
        `Redis's clock jumped ${formatDuration(Math.abs(Math.round(stepMs)))} ${stepMs < 0 ? 'back' : 'ahead'}; leases, delays and timeouts were moved with it`,
      );
  };
  return {
    look: async () => {
      const before = performance.now();
      const clock = await store.now();
      const after = performance.now();
      if (seen !== null) {
        const [least, most] = [seen.clock + before - seen.at - TOLERATED_MS, seen.clock + after - seen.at + TOLERATED_MS];
        const hasJumped = clock < least || clock > most;
        if (hasJumped && leadership.leads()) await note(clock - (least + most) / 2, clock - (after - seen.at));
        else if (hasJumped && after - seen.at < DEFERENCE_MS) return;
      }
      seen = { clock, at: before };
    },
    latest: () => (seen === null ? Number.POSITIVE_INFINITY : seen.clock + performance.now() - seen.at + TOLERATED_MS),
  };
};
