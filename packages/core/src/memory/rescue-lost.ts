/** What becomes of a worker's stages when the worker is gone. */
import type { WorkerId } from '../domain/index.ts';
import type { RescueAnswer } from '../ports/index.ts';
import { heldBy } from './claims.ts';
import { count, type Deployment } from './deployment.ts';
import { failStage, handBack, rescueStage } from './end-stage.ts';

/** The lease ended: at most `limit` stages are queued again, or fail beyond `maxLost`; a worker is forgotten once it holds none. */
export const rescueLost = (
  deployment: Deployment,
  { maxLost, limit, latest = Infinity }: { maxLost: number; limit: number; latest?: number },
): RescueAnswer => {
  const now = deployment.clock.now();
  if (now > latest) return { workers: [], stages: 0 };
  // A lease never ends later than its ttl from now, unless the clock stepped back.
  for (const worker of deployment.workers.values()) worker.leaseUntil = Math.min(worker.leaseUntil, now + worker.leaseMs);
  const workers: WorkerId[] = [];
  let stages = 0;
  for (const worker of [...deployment.workers.values()].filter(({ leaseUntil }) => leaseUntil <= now)) {
    for (const claim of [...worker.slots.values()].slice(0, limit - stages)) {
      const { run, stage } = heldBy(deployment, claim)!;
      stage.lost += 1;
      stages += 1;
      if (stage.lost > maxLost && !run.cancel)
        failStage(deployment, run, stage, { code: 'worker_lost', message: `${stage.lost} workers were lost while they ran this stage` });
      else if (rescueStage(deployment, run, stage) === 'rescued') count(deployment, 'rescued');
    }
    if (worker.slots.size > 0) break;
    deployment.workers.delete(worker.worker);
    workers.push(worker.worker);
  }
  return { workers, stages };
};

/** The worker ends in good order: what it still holds is handed back. */
export const releaseWorker = (deployment: Deployment, id: WorkerId): void => {
  for (const claim of Array.from(deployment.workers.get(id)?.slots.values() ?? [])) {
    const { run, stage } = heldBy(deployment, claim)!;
    handBack(deployment, run, stage, 'released');
  }
  deployment.workers.delete(id);
};
