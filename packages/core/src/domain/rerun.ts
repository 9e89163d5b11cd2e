/** Which stages of a live run a rerun opens again: the domain's rule, followed by both stores. */
import type { RunId, StageName } from './ids.ts';
import type { Stage } from './pipeline.ts';
import type { StageRun } from './run.ts';
import { isTerminalStage, type StageStatus } from './states.ts';
import { countParents, decide, type Decision, decideTeardown } from './trigger-rules.ts';

/**
 * How a rerun reaches a stage: `all`: it is to run again, or depends on a stage that is; without the stages downstream,
 * `next`: it waits for the stage that is to run again, and `beyond`: it waits for one of those.
 */
export type Reach = 'all' | 'next' | 'beyond';

/**
 * The stages that a rerun of `name` reaches, in plan order. `stages`: those of the run, in that order. Without
 * `downstream` they keep the results that they have.
 */
export const reachOfRerun = (
  stages: readonly Pick<Stage, 'name' | 'dependsOn'>[],
  name: StageName,
  downstream: boolean,
): ReadonlyMap<StageName, Reach> => {
  const reach = new Map<StageName, Reach>([[name, 'all']]);
  for (const stage of stages) {
    if (reach.has(stage.name) || !stage.dependsOn.some((on) => reach.has(on))) continue;
    const without = stage.dependsOn.includes(name) ? 'next' : 'beyond';
    reach.set(stage.name, downstream ? 'all' : without);
  }
  return reach;
};

/**
 * Whether a stage that is reached opens its next generation, by its state and by what its trigger rule says now that
 * those before it are open again. One that never ran stays as it ended if it would end so again at once. What has not
 * begun has nothing to repeat. One that has no result yet is only kept if nothing that it began after is made anew.
 */
export const opensAgain = (reach: Reach, status: StageStatus, decision: () => Decision): boolean => {
  if (status === 'pending') return false;
  if (status === 'skipped' || status === 'upstream_failed') return ['run', 'wait'].includes(decision());
  if (reach === 'all') return true;
  if (isTerminalStage(status)) return false;
  return reach === 'next' || decision() !== 'run';
};

/** The stages that would open again, in plan order: what a rerun does, before it does it. */
export const planRerun = (
  stages: readonly Stage[],
  runs: ReadonlyMap<StageName, Pick<StageRun, 'status'>>,
  { stage, downstream }: { readonly stage: StageName; readonly downstream: boolean },
): readonly StageName[] => {
  const present = stages.filter(({ name }) => runs.has(name));
  const reach = reachOfRerun(present, stage, downstream);
  const opened = new Set<StageName>();
  const stateOf = (name: StageName): StageStatus => (opened.has(name) ? 'pending' : runs.get(name)!.status);
  for (const one of present) {
    const how = reach.get(one.name);
    if (how && opensAgain(how, stateOf(one.name), () => decisionOf(one, runs, stateOf))) opened.add(one.name);
  }
  return [...opened];
};

/** What the trigger rule of a stage says, by the states of the stages before it. */
export const decisionOf = (
  { name: own, dependsOn, when, teardown }: Stage,
  runs: { readonly has: (name: StageName) => boolean },
  stateOf: (name: StageName) => StageStatus,
): Decision => {
  const counts = countParents(dependsOn.filter((name) => runs.has(name)).map(stateOf));
  // A teardown is skipped only if none of its set-ups ran.
  return teardown ? decideTeardown(counts, stateOf(own) !== 'skipped') : decide(when, counts);
};

/** What a rerun would do. */
export interface RerunPlan {
  readonly runId: RunId;
  readonly stage: StageName;
  readonly downstream: boolean;
  readonly planHash: string;
  /** In plan order, as they are now. */
  readonly runsAgain: readonly RerunStageNow[];
  /** Stages that have ended and keep their results. */
  readonly keeps: readonly RerunStageNow[];
}
export type RerunStageNow = Pick<StageRun, 'stage' | 'status' | 'generation'>;
