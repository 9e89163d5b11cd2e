/**
 * The queues that workers claim from: first in, first out, except stages put at the front; a delayed stage joins the
 * end when it is due.
 */
import { jobIdOf } from '../domain/index.ts';
import { runsApart } from './apart.ts';
import type { Deployment, QueueEntry, QueueRecord, RunRecord, StageRecord } from './deployment.ts';

export const queueOf = (deployment: Deployment, name: string): QueueRecord => {
  const queue = deployment.queues.get(name) ?? { waiting: [], delayed: [], apart: [], emptying: null };
  deployment.queues.set(name, queue);
  return queue;
};

/** Whether as many of its stages run as may. */
export const isFull = ({ queueLimits, workers }: Deployment, name: string): boolean => {
  const most = queueLimits.get(name);
  if (most === undefined) return false;
  const claims = [...workers.values()].flatMap(({ slots }) => [...slots.values()]);
  return claims.filter(({ queue }) => queue === name).length >= most;
};

/** Place in a queue: at the end, at the front, or delayed until `dueAt` (ms since the epoch). */
export type Place = 'end' | 'front' | { readonly dueAt: number };

/** Puts the stage in its queue, or among those that run apart if it does. */
export const enqueue = (deployment: Deployment, run: RunRecord, stage: StageRecord, place: Place): void => {
  const queue = queueOf(deployment, stage.definition.queue);
  const dueAt = typeof place === 'object' ? place.dueAt : 0;
  const entry: QueueEntry = { run, stage, dueAt, delayMs: Math.max(0, dueAt - deployment.clock.now()) };
  stage.entry = entry;
  const line = runsApart(stage) ? queue.apart : queue.waiting;
  if (place === 'end') line.push(entry);
  else if (place === 'front') line.unshift(entry);
  else
    queue.delayed = [...queue.delayed.filter(isAlive), entry].sort(
      (a, b) => a.dueAt - b.dueAt || (jobOf(a) < jobOf(b) ? -1 : 1),
    );
};

/** As in Redis: stages due at the same instant are ordered by job id. */
const jobOf = ({ run, stage }: QueueEntry): string => jobIdOf(run.runId, stage.definition.index, stage.generation);

/** Candidates examined per claim. */
export const LOOKS = 20;

interface Candidates {
  /** Its run is paused. */
  isPaused(entry: QueueEntry): boolean;
  parkByPause(entry: QueueEntry): void;
  isRunnable(entry: QueueEntry): boolean;
  park(entry: QueueEntry): void;
}

/** Takes the next stage that may start now, or null; those of paused runs and those not runnable leave the queue. */
export const takeNext = (
  queue: QueueRecord,
  { isPaused, parkByPause, isRunnable, park }: Candidates,
): QueueEntry | null => {
  let parked = 0;
  for (let entry = queue.waiting.shift(); entry; entry = queue.waiting.shift()) {
    if (!isAlive(entry)) continue;
    if (entry.run.cancel) {
      // Its cancel was cut: the remaining slices end the stage.
      entry.stage.entry = null;
      continue;
    }
    const paused = isPaused(entry);
    if (paused || !isRunnable(entry)) {
      if (paused) parkByPause(entry);
      else park(entry);
      parked += 1;
      if (parked === LOOKS) return null;
      continue;
    }
    if (!runsApart(entry.stage)) return entry;
    // Its delay has passed.
    queue.apart.push(entry);
  }
  return null;
};

/** When the queue's next delayed stage is due, ms since the epoch; 0: none. */
export const nextDueAt = (queue: QueueRecord): number => queue.delayed.find(isAlive)?.dueAt ?? 0;

export const isAlive = (entry: QueueEntry): boolean => entry.stage.entry === entry;

/** Due stages join the end of the queue, before any that the same call makes ready. */
export const promoteDue = (queue: QueueRecord, now: number): void => {
  const due = queue.delayed.filter((entry) => entry.dueAt <= now);
  if (due.length === 0) return;
  queue.delayed = queue.delayed.filter((entry) => entry.dueAt > now);
  queue.waiting.push(...due);
};
