/** pending -> queued: the stages whose dependencies have all succeeded become claimable. */
import type { StageName } from '../domain/index.ts';
import type { Deployment, RunRecord, StageRecord } from './deployment.ts';
import { moveStage } from './moves.ts';
import { enqueue } from './queues.ts';

/** Queues the stages that wait for nothing; answers their names, in plan order. */
export const queueRoots = (deployment: Deployment, run: RunRecord): readonly StageName[] => queueReady(deployment, run, [...run.stages.values()]);

/** Counts one dependency of each dependant down and queues those that became ready; answers their names, in plan order. */
export const queueDependants = (deployment: Deployment, run: RunRecord, stage: StageRecord): readonly StageName[] => {
  for (const dependant of stage.dependants) dependant.waitsFor -= 1;
  return queueReady(deployment, run, stage.dependants);
};

const queueReady = (deployment: Deployment, run: RunRecord, stages: readonly StageRecord[]): readonly StageName[] => {
  const now = deployment.clock.now();
  const ready = stages.filter((stage) => stage.status === 'pending' && stage.waitsFor === 0);
  for (const stage of ready) {
    moveStage(run, stage, 'queued');
    stage.queuedAt = now;
    const { stage: timeout } = stage.definition.timeouts;
    stage.deadline = timeout === null ? null : now + timeout;
    enqueue(deployment, run, stage, 'end');
  }
  return ready.map(({ definition }) => definition.name);
};
