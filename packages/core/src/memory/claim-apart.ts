/** Claims in a queue where stages wait that run apart, or while the worker runs one. */
import type { Claim } from '../ports/index.ts';
import { runsApart } from './apart.ts';
import { begin, claimNext } from './claim-next.ts';
import { heldBy } from './claims.ts';
import type { Deployment, QueueEntry, QueueRecord, WorkerRecord } from './deployment.ts';
import { isRunnable, park } from './parked.ts';
import { parkByPause, isPaused } from './pause-run.ts';
import { isAlive, isFull, queueOf } from './queues.ts';

type Claimed = { readonly claim: Claim | null; readonly holdsOff: boolean };

/**
 * A stage that runs apart is started by a worker that holds nothing else and claims nothing beside it. One worker per
 * queue drains itself for those stages, so that they do not starve.
 */
export const claimFrom = (deployment: Deployment, worker: WorkerRecord, slot: string, name: string): Claimed => {
  if (isFull(deployment, name)) return { claim: null, holdsOff: false };
  const queue = queueOf(deployment, name);
  if (holdsOneApart(deployment, worker)) return HOLD_OFF;
  if (waitsApart(queue)) {
    const claim = worker.slots.size === 0 ? startApart(deployment, worker, slot, queue) : null;
    if (claim) return { claim, holdsOff: false };
    if (worker.slots.size > 0 && (queue.emptying === worker.worker || !isLeased(deployment, queue.emptying))) {
      queue.emptying = worker.worker;
      worker.apart = name;
      return HOLD_OFF;
    }
  }
  if (worker.apart !== null && worker.apart !== name && emptiesItself(deployment, worker)) return HOLD_OFF;
  worker.apart = null;
  return { claim: claimNext(deployment, worker, slot, name), holdsOff: false };
};

const HOLD_OFF: Claimed = { claim: null, holdsOff: true };

const holdsOneApart = (deployment: Deployment, { slots }: WorkerRecord): boolean =>
  [...slots.values()].some((claim) => runsApart(heldBy(deployment, claim)!.stage));

const waitsApart = (queue: QueueRecord): boolean => {
  queue.apart = queue.apart.filter(isAlive);
  if (queue.apart.length === 0) queue.emptying = null;
  return queue.apart.length > 0;
};

const isLeased = (deployment: Deployment, worker: QueueRecord['emptying']): boolean =>
  worker !== null && (deployment.workers.get(worker)?.leaseUntil ?? 0) > deployment.clock.now();

const emptiesItself = (deployment: Deployment, worker: WorkerRecord): boolean => {
  const queue = queueOf(deployment, worker.apart!);
  return waitsApart(queue) && queue.emptying === worker.worker;
};

const startApart = (deployment: Deployment, worker: WorkerRecord, slot: string, queue: QueueRecord): Claim | null => {
  let entry = queue.apart.shift();
  for (; entry && !mayStart(deployment, worker, entry); entry = queue.apart.shift()) {
    const { run, stage } = entry;
    if (run.status === 'paused') parkByPause(deployment, run, stage);
    else park(deployment, run, stage);
  }
  if (!entry) return null;
  worker.apart = entry.stage.definition.queue;
  queue.emptying = queue.apart.length > 0 ? worker.worker : null;
  return begin(deployment, worker, slot, entry);
};

const mayStart = (deployment: Deployment, { info }: WorkerRecord, { run, stage }: QueueEntry): boolean =>
  !isPaused(deployment, run) && isRunnable(info, run, stage);
