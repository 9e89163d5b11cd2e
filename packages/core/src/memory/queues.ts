/** The queues that workers claim from: first in, first out, but for what goes to the front; what is delayed joins the end of the line when it is due. */
import type { Deployment, QueueEntry, QueueRecord, RunRecord, StageRecord } from './deployment.ts';

export const queueOf = (deployment: Deployment, name: string): QueueRecord => {
  const queue = deployment.queues.get(name) ?? { waiting: [], delayed: [], completed: 0 };
  deployment.queues.set(name, queue);
  return queue;
};

/** Puts the stage in its queue: at the end, at the front, or out of the way until `dueAt` (ms since the epoch). */
export const enqueue = (deployment: Deployment, run: RunRecord, stage: StageRecord, place: 'end' | 'front' | { readonly dueAt: number }): void => {
  const queue = queueOf(deployment, stage.definition.queue);
  const dueAt = typeof place === 'object' ? place.dueAt : 0;
  const entry: QueueEntry = { run, stage, dueAt, delayMs: Math.max(0, dueAt - deployment.clock.now()) };
  stage.entry = entry;
  if (place === 'end') queue.waiting.push(entry);
  else if (place === 'front') queue.waiting.unshift(entry);
  else queue.delayed = [...queue.delayed.filter(isAlive), entry].sort((a, b) => a.dueAt - b.dueAt);
};

/** Takes the next stage that may start now, or null. */
export const takeNext = (queue: QueueRecord): QueueEntry | null => {
  for (let entry = queue.waiting.shift(); entry; entry = queue.waiting.shift()) if (isAlive(entry)) return entry;
  return null;
};

/** When the queue's next delayed stage is due, ms since the epoch; 0: none. */
export const nextDueAt = (queue: QueueRecord): number => queue.delayed.find(isAlive)?.dueAt ?? 0;

export const isAlive = (entry: QueueEntry): boolean => entry.stage.entry === entry;

/** What is due joins the end of the line; it does so before anything that the same call makes ready. */
export const promoteDue = (queue: QueueRecord, now: number): void => {
  const due = queue.delayed.filter((entry) => entry.dueAt <= now);
  if (due.length === 0) return;
  queue.delayed = queue.delayed.filter((entry) => entry.dueAt > now);
  queue.waiting.push(...due);
};
