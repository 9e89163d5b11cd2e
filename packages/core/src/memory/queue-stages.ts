/** pending -> queued: the stages that can run become claimable. */
import {
  decide,
  type Decision,
  DEFAULT_RULE,
  type StageName,
  type StageOutcome,
  startsReady,
} from '../domain/index.ts';
import { leaveForLater, mayTouch } from './cut.ts';
import type { Deployment, RunRecord, StageRecord } from './deployment.ts';
import { moveStage } from './moves.ts';
import { enqueue } from './queues.ts';

/** Queues the stages without open dependencies, from place `from` among them on; returns their names, in plan order. */
export const queueRoots = (deployment: Deployment, run: RunRecord, from = 0): readonly StageName[] => {
  const roots = [...run.stages.values()].filter(({ dependencies }) => startsReady({ dependsOn: dependencies }));
  const ready = touched(deployment, roots, from, (place) =>
    leaveForLater(deployment, run, { what: 'roots', from: place }),
  ).filter(isPending);
  for (const stage of ready) queue(deployment, run, stage, 'end');
  return ready.map(({ definition }) => definition.name);
};

/** The decision of a stage's trigger rule after one of its dependencies has ended. */
export const decideAfter = ({ parents }: StageRecord, outcome: StageOutcome): Decision => {
  parents[outcome] += 1;
  return decide(DEFAULT_RULE, parents);
};

/**
 * Decides for each dependant, from place `from` among them on, whether it can run now, and queues ready ones at the
 * front: earlier runs continue before later ones begin. Returns their names, in plan order.
 */
export const queueDependants = (
  deployment: Deployment,
  run: RunRecord,
  stage: StageRecord,
  from = 0,
): readonly StageName[] => {
  const later = (place: number): void => leaveForLater(deployment, run, { what: 'dependants', of: stage, from: place });
  const ready = touched(deployment, stage.dependants, from, later).filter(
    (dependant) => decideAfter(dependant, 'succeeded') === 'run' && isPending(dependant),
  );
  // The last one put at the front is the first one out.
  for (const dependant of ready.toReversed()) queue(deployment, run, dependant, 'front');
  return ready.map(({ definition }) => definition.name);
};

/** Those from place `from` on within the budget; calls `later` with the place where it stopped. */
const touched = (
  deployment: Deployment,
  stages: readonly StageRecord[],
  from: number,
  later: (place: number) => void,
): readonly StageRecord[] => {
  for (let place = from; place < stages.length; place++)
    if (!mayTouch(deployment)) {
      later(place);
      return stages.slice(from, place);
    }
  return stages.slice(from);
};

const isPending = ({ status }: StageRecord): boolean => status === 'pending';

const queue = (deployment: Deployment, run: RunRecord, stage: StageRecord, place: 'end' | 'front'): void => {
  const now = deployment.clock.now();
  moveStage(run, stage, 'queued');
  stage.queuedAt = now;
  stage.timersMovedMs = 0;
  const { stage: timeout } = stage.definition.timeouts;
  stage.deadline = timeout === null ? null : now + timeout;
  enqueue(deployment, run, stage, place);
};
