/** Handles the stages of a worker that is gone. */
import type { WorkerId } from '../domain/index.ts';
import type { RescueAnswer } from '../ports/index.ts';
import { runsApart } from './apart.ts';
import { byLease, heldBy, newestFirst } from './claims.ts';
import { renewBudget } from './cut.ts';
import { count, type Deployment, type RunRecord, type StageRecord } from './deployment.ts';
import { publishWorkers } from './event-log.ts';
import { failStage, handBack, rescueStage } from './end-stage.ts';

/**
 * The lease ended: at most `limit` stages are queued again, or fail beyond `maxLost`; the worker is removed once it
 * holds none.
 */
export const rescueLost = (
  deployment: Deployment,
  { maxLost, limit, latest = Infinity }: { maxLost: number; limit: number; latest?: number },
): RescueAnswer => {
  const now = deployment.clock.now();
  if (now > latest) return { workers: [], stages: 0 };
  // A lease never ends later than its ttl from now, unless the clock stepped back.
  for (const worker of deployment.workers.values())
    worker.leaseUntil = Math.min(worker.leaseUntil, now + worker.leaseMs);
  const workers: WorkerId[] = [];
  let stages = 0;
  for (const worker of byLease(deployment).filter(({ leaseUntil }) => leaseUntil <= now)) {
    const { leaseUntil } = worker;
    renewBudget(deployment);
    // Decided once, also for stages taken by later steps.
    if (worker.judged?.leaseUntil !== leaseUntil) worker.judged = { leaseUntil, alone: worker.slots.size === 1 };
    for (const claim of newestFirst(worker).slice(0, limit - stages)) {
      const { run, stage } = heldBy(deployment, claim)!;
      stages += 1;
      lose(deployment, run, stage, { maxLost, alone: worker.judged.alone });
    }
    if (worker.slots.size > 0) break;
    deployment.workers.delete(worker.worker);
    publishWorkers(deployment);
    workers.push(worker.worker);
  }
  return { workers, stages };
};

/**
 * `alone`: its worker held nothing else, so the loss is blamed on it. Beside others it is only suspected, and runs
 * apart after the second loss.
 */
const lose = (
  deployment: Deployment,
  run: RunRecord,
  stage: StageRecord,
  { maxLost, alone }: { maxLost: number; alone: boolean },
): void => {
  const counts = alone || runsApart(stage);
  if (counts) stage.lost += 1;
  else stage.suspicions += 1;
  if (counts && stage.lost > maxLost && !run.cancel)
    failStage(deployment, run, stage, {
      code: 'worker_lost',
      message: `${stage.lost} workers were lost while each ran nothing but this stage`,
    });
  else if (rescueStage(deployment, run, stage, counts) === 'rescued') count(deployment, 'rescued');
};

/** The worker stops properly: the stages it still holds are handed back. */
export const releaseWorker = (deployment: Deployment, id: WorkerId): void => {
  const worker = deployment.workers.get(id);
  for (const claim of worker ? newestFirst(worker) : []) {
    const { run, stage } = heldBy(deployment, claim)!;
    handBack(deployment, run, stage, 'released');
  }
  if (deployment.workers.delete(id)) publishWorkers(deployment);
};
