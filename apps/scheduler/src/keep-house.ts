import type { Leadership } from './leadership.ts';
import type { SchedulerDeps } from './scheduler-deps.ts';
import type { ClockWatch } from './watch-clock.ts';

type Act = () => Promise<void>;
type House = Pick<SchedulerDeps, 'store' | 'log' | 'retention' | 'times' | 'queueConcurrency'>;

/** Longest interval of each task's turns, ms. */
const TURN_MS = 1_000;
/** Share of the interval that a turn may take, so that Redis is mostly free; 100,000 live runs take about a minute. */
const RECONCILING = 0.05;
/** The same for pruning: retention must keep up with thousands of starts per second. */
const PRUNING = 0.1;
/** Runs deleted per call: one script. */
const PRUNED = 50;
const RECONCILED = 100;

export const turnMs = ({ sweepMs }: SchedulerDeps['times']): number => Math.min(sweepMs, TURN_MS);

/**
 * As the leader, compares live runs with the queues, some at each turn; a new pass begins one sweep interval after the
 * previous one began.
 */
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

/** As the leader, sets how many stages of a queue may run at once, again and again: Redis may have forgotten it. */
export const limitQueues = (
  { store, queueConcurrency = new Map() }: House,
  leadership: Pick<Leadership, 'leads'>,
): Act => {
  let led = false;
  return async () => {
    if (!leadership.leads()) return void (led = false);
    // Without limits there is nothing to repeat, only what an earlier leader may have set.
    if (queueConcurrency.size > 0 || !led) await store.limitQueues(queueConcurrency);
    led = true;
  };
};

/** As the leader, deletes ended runs beyond the retention. */
export const pruneEndedRuns = (
  { store, log, retention, times }: House,
  leadership: Pick<Leadership, 'leads'>,
  clock: Pick<ClockWatch, 'isSettled'>,
): Act => {
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

/** Repeats `act` while it reports more work, for up to so many ms; at least once. */
const spend = async (ms: number, act: () => Promise<boolean>): Promise<void> => {
  const end = performance.now() + ms;
  while ((await act()) && performance.now() < end);
};
