/** Live workers, queues and locks. */
import { byAge, jobIdOf } from '../domain/index.ts';
import type { LockView, QueueView, WorkerView } from '../ports/index.ts';
import { byLease, heldBy } from './claims.ts';
import type { Deployment } from './deployment.ts';
import { isAlive, queueOf } from './queues.ts';

export const workerViews = (deployment: Deployment): readonly WorkerView[] =>
  byLease(deployment).map(({ worker, info, leaseUntil, registeredAt, slots, apart }) => ({
    ...info,
    worker,
    leaseUntil,
    registeredAt,
    holds: [...slots.values()].map(({ runId, stage, startedAt: since }) => ({ runId, stage, since })).sort(byAge),
    holdsOff: apart !== null && slots.size > 0,
  }));

/** Queues of workers and of current versions, and non-empty ones of earlier versions. */
export const queueViews = (deployment: Deployment): readonly QueueView[] => {
  const workers = [...deployment.workers.values()];
  const claims = workers.flatMap(({ slots }) => [...slots.values()]).filter((claim) => heldBy(deployment, claim));
  const current = [...deployment.pipelines.values()].flatMap(({ current: version, retired, versions }) =>
    version === null || retired ? [] : versions.get(version)!.stages.map(({ queue }) => queue),
  );
  const names = new Set([...workers.flatMap(({ info }) => info.queues), ...current]);
  const views = [...new Set([...names, ...deployment.queues.keys()])].sort().map((queue) => {
    const { waiting, apart, delayed } = queueOf(deployment, queue);
    return {
      queue,
      waiting: [...waiting, ...apart].filter(isAlive).length,
      apart: apart
        .filter(isAlive)
        .map(({ run, stage }) => jobIdOf(run.runId, stage.definition.index, stage.generation)),
      active: claims.filter((claim) => claim.queue === queue).length,
      delayed: delayed.filter(isAlive).length,
      paused: false,
      workers: workers.filter(({ info }) => info.queues.includes(queue)).length,
    };
  });
  return views.filter(({ queue, waiting, active, delayed }) => names.has(queue) || waiting + active + delayed > 0);
};

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

/** One lock per pipeline: its overlap lock. */
export const lockViews = (deployment: Deployment): readonly LockView[] =>
  [...deployment.pipelines].sort(byName).flatMap(([pipeline, { holder, waiting }]) =>
    holder
      ? [
          {
            lock: `overlap:${pipeline}`,
            pipeline,
            holder: holder.run.runId,
            fence: holder.run.fence,
            since: holder.since,
            ageMs: deployment.clock.now() - holder.since,
            queued: waiting.map(({ runId }) => runId),
          },
        ]
      : [],
  );
