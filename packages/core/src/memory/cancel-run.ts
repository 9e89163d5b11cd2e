/** queued | starting | running | retrying -> `cancelling`, or straight to its end when nothing runs. */
import { isTerminalRun, isTerminalStage } from '../domain/index.ts';
import type { CancelAnswer, CancelRun } from '../ports/index.ts';
import { leaveForLater, unfinished } from './cut.ts';
import type { Deployment, RunRecord } from './deployment.ts';
import { cancelStage } from './end-stage.ts';
import { recordOfRun } from './event-log.ts';
import { moveRun } from './moves.ts';
import { settleRun } from './settle-run.ts';

/** A second cancel changes nothing: the first one's reason, grace and `failWith` stand. */
export const cancelRun = (deployment: Deployment, { runId, reason, by, graceMs, failWith, commandId }: CancelRun): CancelAnswer => {
  const run = deployment.runs.get(runId);
  if (!run) return { kind: 'unknown' };
  if (isTerminalRun(run.status) && commandId !== undefined && run.cancel?.commandId === commandId) return { kind: 'cancelled', more: [] };
  if (isTerminalRun(run.status)) return { kind: 'terminal', status: run.status };
  if (run.cancel) return { kind: 'cancelling', more: [] };
  // It waits for the slot no more, however long its cancel goes on.
  const { waiting } = deployment.pipelines.get(run.pipeline.name)!;
  if (waiting.includes(run)) waiting.splice(waiting.indexOf(run), 1);
  run.cancel = { reason, by, graceMs, failWith: failWith ?? null, commandId: commandId ?? null };
  // A cancel that is cut is seen while it goes on, as one that waits for what runs.
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

/** Those from this index on that do not run; the running ones are their workers' to end. */
export const cancelStages = (deployment: Deployment, run: RunRecord, from: number): void => {
  const { cut } = deployment;
  const count = run.pipeline.stages.length;
  const upTo = Math.min(from + Math.max(0, cut.left), count);
  for (let index = from; index < upTo; index++) {
    const stage = run.stages.get(index);
    if (stage && !isTerminalStage(stage.status) && stage.status !== 'running') cancelStage(deployment, run, stage, run.cancel!.reason);
  }
  cut.left -= upTo - from;
  if (upTo < count) leaveForLater(deployment, run, { what: 'cancels', from: upTo });
};
