import type { SchedulerDeps } from './scheduler-deps.ts';
import type { ClockWatch } from './watch-clock.ts';

/** After this many lost workers a stage fails instead of being requeued. */
const MAX_LOST = 3;
/** Items of one kind handled per sweep; the next sweep continues. */
const LIMIT = 500;

/**
 * Rescues stages of lost workers and fires timeouts. Every scheduler does: a stage must not wait for a new leader too.
 */
export const sweep =
  ({ store, log }: Pick<SchedulerDeps, 'store' | 'log'>, clock: ClockWatch): (() => Promise<void>) =>
  async () => {
    await clock.look();
    const lost = await store.rescueLost({ maxLost: MAX_LOST, limit: LIMIT, latest: clock.latest() });
    if (lost.workers.length > 0)
      log.warn({ workers: lost.workers, stages: lost.stages }, 'workers were lost; their stages are queued again');
    const fired = await store.fireTimeouts(LIMIT, clock.latest());
    if (fired > 0) log.warn({ fired }, 'timeouts fired');
  };
