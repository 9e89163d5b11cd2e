import type { StageRun } from './run.ts';
import { isTerminalStage, type RunStatus } from './states.ts';

/**
 * The status that views show for a run recorded as `status`: if all open stages of a running run wait for a gate or are
 * in backoff, it is `awaiting_gate` if one waits for a gate, else `retrying`. Derived, so that no transition has to
 * inspect all stages.
 */
export const shownStatus = (status: RunStatus, stages: readonly Pick<StageRun, 'status'>[]): RunStatus => {
  if (status !== 'running') return status;
  const open = stages.filter((stage) => !isTerminalStage(stage.status) && stage.status !== 'pending');
  const waits = open.every((stage) => stage.status === 'retrying' || stage.status === 'awaiting_gate');
  if (open.length === 0 || !waits) return status;
  return open.some((stage) => stage.status === 'awaiting_gate') ? 'awaiting_gate' : 'retrying';
};

/** When the run's next attempt in backoff is due, ms since the epoch; null: none is in backoff. */
export const nextAttemptOf = (stages: readonly Pick<StageRun, 'nextAttemptAt'>[]): number | null =>
  stages.reduce<number | null>(
    (next, { nextAttemptAt: at }) => (at !== null && (next === null || at < next) ? at : next),
    null,
  );
