import { keepOverlapLocks } from '@millrace/core/engine';
import type { SchedulerDeps } from './scheduler-deps.ts';
import type { Leadership } from './leadership.ts';

/** Renews the overlap locks of live runs, and reports locks that were stale or belong to others. */
export const keepLocks = (
  { store, locks, log }: Pick<SchedulerDeps, 'store' | 'locks' | 'log'>,
  leadership: Pick<Leadership, 'leads'>,
): (() => Promise<void>) => {
  let unansweredBefore = 0;
  return async () => {
    if (!leadership.leads()) return;
    const { takenOver, contested, unanswered } = await keepOverlapLocks(store, locks);
    if (unanswered.length > 0 && unansweredBefore === 0)
      log.warn({ locks: unanswered }, 'no majority of the lock nodes answers: overlap locks are not renewed');
    if (unanswered.length === 0 && unansweredBefore > 0) log.info('the lock nodes answer again');
    unansweredBefore = unanswered.length;
    for (const lock of takenOver) log.warn(lock, 'a stale overlap lock was taken over');
    for (const lock of contested) log.warn(lock, 'the overlap lock of a live run is not its own');
  };
};
