/** pending -> queued: the stages whose dependencies have all succeeded become claimable. */
import type { StageName } from '../domain/index.ts';
import type { Deployment, RunRecord, StageRecord } from './deployment.ts';
import { moveStage } from './moves.ts';
import { enqueue } from './queues.ts';

/** Queues the stages that wait for nothing; answers their names, in plan order. */
export const queueRoots = (deployment: Deployment, run: RunRecord): readonly StageName[] => queueReady(deployment, run, [...run.stages.values()], 'end');

/**
 * Counts one dependency of each dependant down and queues those that became ready, in front of all that waits: runs that began earlier
 * go on before later ones begin. Answers their names, in plan order.
 */
export const queueDependants = (deployment: Deployment, run: RunRecord, stage: StageRecord): readonly StageName[] => {
  for (const dependant of stage.dependants) dependant.waitsFor -= 1;
  return queueReady(deployment, run, stage.dependants, 'front');
};

const queueReady = (deployment: Deployment, run: RunRecord, stages: readonly StageRecord[], place: 'end' | 'front'): readonly StageName[] => {
  const now = deployment.clock.now();
  const ready = stages.filter((stage) => stage.status === 'pending' && stage.waitsFor === 0);
  // The last one put in front is the first one out.
  for (const stage of place === 'front' ? ready.toReversed() : ready) {
    moveStage(run, stage, 'queued');
    stage.queuedAt = now;
    stage.timersMovedMs = 0;
    const { stage: timeout } = stage.definition.timeouts;
    stage.deadline = timeout === null ? null : now + timeout;
    enqueue(deployment, run, stage, place);
  }
  return ready.map(({ definition }) => definition.name);
};
