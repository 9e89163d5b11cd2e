import { keepOverlapLocks } from '@millrace/core/engine';
import type { SchedulerDeps } from './scheduler-deps.ts';
import type { Leadership } from './leadership.ts';

/** Renews the overlap locks of live runs, and tells of those that were stale or are in other hands. */
export const keepLocks = (
  { store, locks, log }: Pick<SchedulerDeps, 'store' | 'locks' | 'log'>,
  leadership: Pick<Leadership, 'leads'>,
): (() => Promise<void>) => {
  return async () => {
    if (!leadership.leads()) return;
    const { takenOver, contested } = await keepOverlapLocks(store, locks);
    for (const lock of takenOver) log.warn(lock, 'a stale overlap lock was taken over');
    for (const lock of contested) log.warn(lock, 'the overlap lock of a live run is not its own');
  };
};
