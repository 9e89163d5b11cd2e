import { storeState, within } from '@millrace/core/engine';
import { limitQueues, pruneEndedRuns, reconcileLiveRuns, turnMs } from './keep-house.ts';
import { keepLocks } from './keep-locks.ts';
import { seekLeadership } from './leadership.ts';
import { type Repetition, repeatedly } from './repeatedly.ts';
import type { SchedulerDeps } from './scheduler-deps.ts';
import { sweep } from './sweep.ts';
import { serveTicks } from './serve-ticks.ts';
import { watchClock } from './watch-clock.ts';
import { watchdog } from './watchdog.ts';

export interface Scheduler {
  /** Resolves once ticks are served. Aborting the signal stops it. */
  start(signal?: AbortSignal): Promise<void>;
  /** Safe to call twice. Resolves within a second, even if Redis is unavailable. */
  stop(): Promise<void>;
}

/**
 * Serves ticks, rescues, times out, reconciles, prunes, renews overlap locks and watches for hung runs. Any number of
 * schedulers may run: the leader does what need not be done twice, and everything is safe with two leaders.
 */
export const createScheduler = (deps: SchedulerDeps): Scheduler => {
  const leadership = seekLeadership(deps);
  const state = storeState(deps.log);
  const clock = watchClock(deps, leadership);
  const ticks = serveTicks(deps, leadership, state);
  const repeat = (name: string, everyMs: number, act: () => Promise<void>) =>
    repeatedly({ name, everyMs, act, log: deps.log, state });
  const repetitions: Repetition[] = [
    repeat('leadership', leadership.renewMs, async () => {
      await leadership.renew();
      await clock.look();
    }),
    repeat('sweep', deps.times.sweepMs, sweep(deps, clock)),
    repeat('queue limits', deps.times.sweepMs, limitQueues(deps, leadership)),
    repeat('reconciling', turnMs(deps.times), reconcileLiveRuns(deps, leadership)),
    repeat('pruning', turnMs(deps.times), pruneEndedRuns(deps, leadership, clock)),
    repeat('locks', deps.locks.ttlMs / 3, keepLocks(deps, leadership)),
    repeat('watchdog', deps.times.watchdogMs, watchdog(deps, leadership)),
  ];
  let started: Promise<void> | null = null;
  let stopping: Promise<void> | null = null;

  const stop = async (): Promise<void> => {
    const ended = Promise.allSettled([ticks.stop(), ...repetitions.map((repetition) => repetition.stop())]).then(() =>
      leadership.release(),
    );
    await within(
      ended.catch(() => {}),
      STOP_MS,
    );
    deps.log.info('scheduler stopped');
  };
  const start = async (signal?: AbortSignal): Promise<void> => {
    signal?.addEventListener('abort', () => void (stopping ??= stop()), { once: true });
    await leadership.renew();
    await clock.look();
    for (const repetition of repetitions) repetition.start();
    await ticks.start();
    deps.log.info({ scheduler: deps.name, leader: leadership.leads() }, 'scheduler started');
  };
  return { start: (signal) => (started ??= start(signal)), stop: () => (stopping ??= stop()) };
};

/** Remaining work can be abandoned safely: each transition is one script, and the next scheduler does the rest. */
const STOP_MS = 800;
