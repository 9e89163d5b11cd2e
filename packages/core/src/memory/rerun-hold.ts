/** A rerun too wide for one step holds its run, paused, until all its stages are open again. */
import { leaveForLater } from './cut.ts';
import type { Deployment, RunRecord, StageRecord } from './deployment.ts';
import { pause, replacePause } from './pause-run.ts';

/**
 * What follows from the end of a stage waits until then, so that counts change in one place only. What is to be opened
 * again itself is never counted. Returns whether it waits.
 */
export const holdBack = (deployment: Deployment, run: RunRecord, stage: StageRecord, from: number): boolean => {
  if (run.status !== 'paused' || !run.rerun) return false;
  const { index, name } = stage.definition;
  const reach = run.rerun.reach.get(index);
  if (reach === 'all' || reach === 'next') stage.uncounted = true;
  else if (run.pipeline.stages.some(({ dependsOn }) => dependsOn.includes(name)))
    leaveForLater(deployment, run, { what: 'dependants', of: stage, from });
  return true;
};

/** The run stays held while stages are to be opened again. */
export const holdForRerun = (deployment: Deployment, run: RunRecord): void => {
  const hold = { scope: 'rerun', ...run.rerun!.told } as const;
  if (run.status === 'paused') replacePause(deployment, run, hold);
  else pause(deployment, run, hold);
};
