import type { Leadership } from './leadership.ts';
import type { SchedulerDeps } from './scheduler-deps.ts';
import type { ClockWatch } from './watch-clock.ts';

type Act = () => Promise<void>;
type House = Pick<SchedulerDeps, 'store' | 'log' | 'retention' | 'times'>;

/** How often there is a turn at each, at least, ms. */
const TURN_MS = 1_000;
/** Of this time the calls of a turn take so much, from sending to answer, that Redis is mostly others': 100,000 live runs are looked at in about a minute. */
const RECONCILING = 0.05;
/** Thousands of runs a second: retention must keep up with whatever starts them. */
const PRUNING = 0.1;
/** Runs that a call deletes: one script. */
const PRUNED = 50;
const RECONCILED = 100;

export const turnMs = ({ sweepMs }: SchedulerDeps['times']): number => Math.min(sweepMs, TURN_MS);

/** As the leader, compares live runs with the queues, some at each turn, and begins anew a sweep's time after it began. */
export const reconcileLiveRuns = ({ store, log, times }: House, leadership: Pick<Leadership, 'leads'>): Act => {
  let cursor = '0';
  let begunAt = -Infinity;
  return async () => {
    if (!leadership.leads()) return;
    let repaired = 0;
    await spend(turnMs(times) * RECONCILING, async () => {
      if (cursor === '0' && performance.now() - begunAt < times.sweepMs) return false;
      if (cursor === '0') begunAt = performance.now();
      const slice = await store.reconcile(cursor, RECONCILED);
      cursor = slice.cursor;
      repaired += slice.repaired;
      return cursor !== '0';
    });
    if (repaired > 0) log.warn({ repaired }, 'the queues differed from the runs and were repaired');
  };
};

/** As the leader, deletes ended runs that are not to be kept. */
export const pruneEndedRuns = ({ store, log, retention, times }: House, leadership: Pick<Leadership, 'leads'>, clock: Pick<ClockWatch, 'isSettled'>): Act => {
  return async () => {
    if (!leadership.leads() || !clock.isSettled()) return;
    let pruned = 0;
    await spend(turnMs(times) * PRUNING, async () => {
      const deleted = await store.pruneRuns(retention, PRUNED);
      pruned += deleted;
      return deleted === PRUNED;
    });
    if (pruned > 0) log.info({ pruned }, 'ended runs were pruned');
  };
};

/** Acts while it answers that there is more, until so many ms are spent; once at least. */
const spend = async (ms: number, act: () => Promise<boolean>): Promise<void> => {
  const end = performance.now() + ms;
  while ((await act()) && performance.now() < end);
};
