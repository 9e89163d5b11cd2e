import type { SchedulerDeps } from './scheduler-deps.ts';
import type { Leadership } from './leadership.ts';
import type { ClockWatch } from './watch-clock.ts';

/** After this many lost workers a stage fails instead of being requeued. */
const MAX_LOST = 3;
/** Items of one kind handled per sweep; the next sweep continues. */
const LIMIT = 500;

/**
 * Rescues stages of lost workers and fires timeouts (on every scheduler: a stage must not wait for a new leader too);
 * the leader then reconciles the next slice of live runs with the queues and prunes ended runs.
 */
export const sweep = (
  { store, log, retention }: Pick<SchedulerDeps, 'store' | 'log' | 'retention'>,
  leadership: Pick<Leadership, 'leads'>,
  clock: ClockWatch,
): (() => Promise<void>) => {
  let cursor = '0';
  return async () => {
    await clock.look();
    const lost = await store.rescueLost({ maxLost: MAX_LOST, limit: LIMIT, latest: clock.latest() });
    if (lost.workers.length > 0) log.warn({ workers: lost.workers, stages: lost.stages }, 'workers were lost; their stages are queued again');
    const fired = await store.fireTimeouts(LIMIT, clock.latest());
    if (fired > 0) log.warn({ fired }, 'timeouts fired');
    if (!leadership.leads()) return;
    const slice = await store.reconcile(cursor, LIMIT);
    cursor = slice.cursor;
    if (slice.repaired > 0) log.warn({ repaired: slice.repaired }, 'the queues differed from the runs and were repaired');
    if (!clock.isSettled()) return;
    const pruned = await store.pruneRuns(retention, LIMIT);
    if (pruned > 0) log.info({ pruned }, 'ended runs were pruned');
  };
};
