import type { StageRun } from './run.ts';
import { isTerminalStage, type RunStatus } from './states.ts';

/** The status that views show: a running run in which nothing runs or is queued, and some stage waits for its next attempt, is `retrying`. */
export const shownStatus = (status: RunStatus, stages: readonly Pick<StageRun, 'status'>[]): RunStatus => {
  if (status !== 'running') return status;
  const active = stages.filter((stage) => !isTerminalStage(stage.status) && stage.status !== 'pending');
  return active.length > 0 && active.every((stage) => stage.status === 'retrying') ? 'retrying' : status;
};
