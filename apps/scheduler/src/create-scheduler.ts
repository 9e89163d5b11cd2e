import { storeState, within } from '@millrace/core/engine';
import { pruneEndedRuns, reconcileLiveRuns, turnMs } from './keep-house.ts';
import { keepLocks } from './keep-locks.ts';
import { seekLeadership } from './leadership.ts';
import { type Repetition, repeatedly } from './repeatedly.ts';
import type { SchedulerDeps } from './scheduler-deps.ts';
import { sweep } from './sweep.ts';
import { serveTicks } from './serve-ticks.ts';
import { watchClock } from './watch-clock.ts';
import { watchdog } from './watchdog.ts';

export interface Scheduler {
  /** Answers once ticks are served. An aborted signal stops it. */
  start(signal?: AbortSignal): Promise<void>;
  /** Safe to call twice. Answers within a second, also when Redis is away. */
  stop(): Promise<void>;
}

/**
 * Serves ticks, rescues, times out, reconciles, prunes, keeps the overlap locks and watches for hung runs. Any number of them may run:
 * the leader does what need not be done twice, and everything is safe when two believe to lead.
 */
export const createScheduler = (deps: SchedulerDeps): Scheduler => {
  const leadership = seekLeadership(deps);
  const state = storeState(deps.log);
  const clock = watchClock(deps, leadership);
  const ticks = serveTicks(deps, leadership, state);
  const repeat = (name: string, everyMs: number, act: () => Promise<void>) => repeatedly({ name, everyMs, act, log: deps.log, state });
  const repetitions: Repetition[] = [
    repeat('leadership', leadership.renewMs, async () => {
      await leadership.renew();
      await clock.look();
    }),
    repeat('sweep', deps.times.sweepMs, sweep(deps, clock)),
    repeat('reconciling', turnMs(deps.times), reconcileLiveRuns(deps, leadership)),
    repeat('pruning', turnMs(deps.times), pruneEndedRuns(deps, leadership, clock)),
    repeat('locks', deps.locks.ttlMs / 3, keepLocks(deps, leadership)),
    repeat('watchdog', deps.times.watchdogMs, watchdog(deps, leadership)),
  ];
  let started: Promise<void> | null = null;
  let stopping: Promise<void> | null = null;

  const stop = async (): Promise<void> => {
    const ended = Promise.allSettled([ticks.stop(), ...repetitions.map((repetition) => repetition.stop())]).then(() => leadership.release());
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

/** What is left after this is safe to abandon: each transition is one script, and whatever is missing the next scheduler does. */
const STOP_MS = 800;
