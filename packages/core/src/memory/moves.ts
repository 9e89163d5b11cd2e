/** The only places where a status changes: a move that the domain's tables do not list is a bug and throws. */
import {
  isTerminalRun,
  isTerminalStage,
  mayMoveRun,
  mayMoveStage,
  MillraceError,
  type RunStatus,
  type StageStatus,
} from '../domain/index.ts';
import { type RunRecord, type StageRecord, UNTOUCHED } from './deployment.ts';

export const moveRun = (run: RunRecord, to: RunStatus): void => {
  if (!mayMoveRun(run.status, to))
    throw new MillraceError('illegal_transition', `run ${run.runId}: ${run.status} -> ${to}`);
  run.status = to;
};

/** The stage is open again, in its next generation, whatever it was. */
export const reopenStage = (run: RunRecord, stage: StageRecord): void => {
  if (isTerminalRun(run.status))
    throw new MillraceError('illegal_transition', `run ${run.runId} has ended; ${stage.definition.name} -> pending`);
  if (stage.status === 'running') run.running -= 1;
  if (isTerminalStage(stage.status)) run.open += 1;
  Object.assign(stage, UNTOUCHED, { generation: stage.generation + 1 });
};

/**
 * Keeps the run's counts of open and running stages, and takes a stage that leaves `queued` or `retrying` out of its
 * queue.
 */
export const moveStage = (run: RunRecord, stage: StageRecord, to: StageStatus): void => {
  if (isTerminalRun(run.status))
    throw new MillraceError('illegal_transition', `run ${run.runId} has ended; ${stage.definition.name} -> ${to}`);
  if (!mayMoveStage(stage.status, to))
    throw new MillraceError('illegal_transition', `stage ${stage.definition.name}: ${stage.status} -> ${to}`);
  if (stage.status === 'running') run.running -= 1;
  if (to === 'running') run.running += 1;
  if (isTerminalStage(to)) run.open -= 1;
  stage.status = to;
  stage.entry = null;
  stage.nextAttemptAt = null;
  stage.parked = null;
  stage.error = null;
};
