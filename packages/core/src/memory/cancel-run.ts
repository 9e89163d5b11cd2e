/** queued | starting | running | retrying -> `cancelling`, or straight to its end when nothing runs. */
import { isTerminalRun, isTerminalStage } from '../domain/index.ts';
import type { CancelAnswer, CancelRun } from '../ports/index.ts';
import type { Deployment } from './deployment.ts';
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
  run.cancel = { reason, by, graceMs, failWith: failWith ?? null, commandId: commandId ?? null };
  const runs = run.running > 0;
  if (runs) {
    moveRun(run, 'cancelling');
    recordOfRun(deployment, run, 'run.cancelling', { reason, by });
    for (const listener of deployment.cancelListeners) queueMicrotask(() => listener(runId));
  }
  for (const stage of run.stages.values()) if (!isTerminalStage(stage.status) && stage.status !== 'running') cancelStage(deployment, run, stage, reason);
  settleRun(deployment, run);
  return { kind: runs ? 'cancelling' : 'cancelled', more: [] };
};
