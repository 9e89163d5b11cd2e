/** queued | starting | running | retrying -> `cancelling`, or directly to its end if nothing runs. */
import { isTerminalRun, isTerminalStage } from '../domain/index.ts';
import type { CancelAnswer, CancelRun } from '../ports/index.ts';
import { leaveForLater, unfinished } from './cut.ts';
import type { Deployment, RunRecord } from './deployment.ts';
import { cancelStage } from './end-stage.ts';
import { closeByRun } from './gates.ts';
import { recordOfRun } from './event-log.ts';
import { moveRun } from './moves.ts';
import { settleRun } from './settle-run.ts';

/** A second cancel changes nothing: the first one's reason, grace and `failWith` stand. */
export const cancelRun = (
  deployment: Deployment,
  { runId, reason, by, graceMs, failWith, commandId }: CancelRun,
): CancelAnswer => {
  const run = deployment.runs.get(runId);
  if (!run) return { kind: 'unknown' };
  if (isTerminalRun(run.status) && commandId !== undefined && run.cancel?.commandId === commandId)
    return { kind: 'cancelled', more: [] };
  if (isTerminalRun(run.status)) return { kind: 'terminal', status: run.status };
  if (run.cancel) return { kind: 'cancelling', more: [] };
  // It leaves the line for the overlap lock, however long its cancel takes.
  const { waiting } = deployment.pipelines.get(run.pipeline.name)!;
  if (waiting.includes(run)) waiting.splice(waiting.indexOf(run), 1);
  run.cancel = { reason, by, graceMs, failWith: failWith ?? null, commandId: commandId ?? null };
  // A cut cancel is visible meanwhile, like one that waits for running stages.
  const goesOn = run.running > 0 || run.pipeline.stages.length > deployment.cut.left;
  if (goesOn) {
    moveRun(run, 'cancelling');
    recordOfRun(deployment, run, 'run.cancelling', { reason, by });
    for (const listener of deployment.cancelListeners) queueMicrotask(() => listener(runId));
  }
  cancelStages(deployment, run, 0);
  settleRun(deployment, run);
  return { kind: isTerminalRun(run.status) ? 'cancelled' : 'cancelling', more: unfinished(deployment) };
};

/** Stages from this index on that are not running; running ones are ended by their workers. */
export const cancelStages = (deployment: Deployment, run: RunRecord, from: number): void => {
  const { cut } = deployment;
  const count = run.pipeline.stages.length;
  const upTo = Math.min(from + Math.max(0, cut.left), count);
  for (let index = from; index < upTo; index++) {
    const stage = run.stages.get(index);
    if (!stage || isTerminalStage(stage.status) || stage.status === 'running') continue;
    if (stage.status === 'awaiting_gate') closeByRun(deployment, run, stage);
    cancelStage(deployment, run, stage, run.cancel!.reason);
  }
  cut.left -= upTo - from;
  if (upTo < count) leaveForLater(deployment, run, { what: 'cancels', from: upTo });
};
