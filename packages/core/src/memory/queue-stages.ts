/** pending -> queued: the stages that can run become claimable. */
import { decide, decideTeardown, type Decision, outcomeOf, type StageName, startsReady } from '../domain/index.ts';
import { leaveForLater, mayTouch } from './cut.ts';
import type { Deployment, RunRecord, StageRecord } from './deployment.ts';
import { moveStage } from './moves.ts';
import { enqueue } from './queues.ts';

/** Queues the stages that wait for no other, from place `from` among them on; returns their names, in plan order. */
export const queueRoots = (deployment: Deployment, run: RunRecord, from = 0): readonly StageName[] => {
  const roots = [...run.stages.values()].filter(({ dependencies, definition: { when } }) =>
    startsReady({ dependsOn: dependencies, when }),
  );
  const ready = touched(deployment, roots, from, (place) =>
    leaveForLater(deployment, run, { what: 'roots', from: place }),
  ).filter(isPending);
  for (const stage of ready) queue(deployment, run, stage, 'end');
  return ready.map(({ definition }) => definition.name);
};

/** Of the dependants of a stage that has ended, from place `from` on: those whose rule it decided, in plan order. */
export const decideDependants = (
  deployment: Deployment,
  run: RunRecord,
  stage: StageRecord,
  from: number,
): readonly { readonly dependant: StageRecord; readonly decision: Exclude<Decision, 'wait'> }[] => {
  const later = (place: number): void => leaveForLater(deployment, run, { what: 'dependants', of: stage, from: place });
  return touched(deployment, stage.dependants, from, later).flatMap((dependant) => {
    const { parents } = dependant;
    parents[outcomeOf(stage.status)!] += 1;
    const decision = decideFor(dependant);
    return decision !== 'wait' && isPending(dependant) ? [{ dependant, decision }] : [];
  });
};

export const decideFor = ({ parents, definition, dependencies }: StageRecord): Decision => {
  const { teardown, when } = definition;
  if (!teardown) return decide(when, parents);
  const setUps = dependencies.filter((one) => teardown.of.includes(one.definition.name));
  return decideTeardown(
    parents,
    setUps.length === 0 || setUps.some(({ attempts, status }) => attempts.length > 0 || status === 'succeeded'),
  );
};

/** Before all that waits: earlier runs continue before later ones begin. */
export const queueAtFront = (deployment: Deployment, run: RunRecord, stages: readonly StageRecord[]): void => {
  // The last one put at the front is the first one out.
  for (const stage of stages.toReversed()) queue(deployment, run, stage, 'front');
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

export const queue = (deployment: Deployment, run: RunRecord, stage: StageRecord, place: 'end' | 'front'): void => {
  const now = deployment.clock.now();
  moveStage(run, stage, 'queued');
  stage.queuedAt = now;
  stage.timersMovedMs = 0;
  const { stage: timeout } = stage.definition.timeouts;
  stage.deadline = timeout === null ? null : now + timeout;
  enqueue(deployment, run, stage, place);
};
