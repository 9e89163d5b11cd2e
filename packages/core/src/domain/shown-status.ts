import type { StageRun } from './run.ts';
import { isTerminalStage, type RunStatus } from './states.ts';

/**
 * The status that views show for a run recorded as `status`: a running run is `retrying` if all its open stages wait
 * and at least one of them is in backoff. Derived, so that no transition has to inspect all stages.
 */
export const shownStatus = (status: RunStatus, stages: readonly Pick<StageRun, 'status'>[]): RunStatus => {
  if (status !== 'running') return status;
  const open = stages.filter((stage) => !isTerminalStage(stage.status) && stage.status !== 'pending');
  return open.length > 0 && open.every((stage) => stage.status === 'retrying') ? 'retrying' : status;
};

/** When the run's next attempt in backoff is due, ms since the epoch; null: none is in backoff. */
export const nextAttemptOf = (stages: readonly Pick<StageRun, 'nextAttemptAt'>[]): number | null =>
  stages.reduce<number | null>(
    (next, { nextAttemptAt: at }) => (at !== null && (next === null || at < next) ? at : next),
    null,
  );
