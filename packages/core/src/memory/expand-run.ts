/** Continues work that earlier steps left over. */
import { isTerminalRun, type RunId } from '../domain/index.ts';
import { cancelStages } from './cancel-run.ts';
import { renewBudget, type Todo, unfinished } from './cut.ts';
import type { Deployment, RunRecord } from './deployment.ts';
import { goOnVisiting } from './end-stage.ts';
import { recordOfRun } from './event-log.ts';
import { queueRoots } from './queue-stages.ts';
import { goOnRerunning } from './rerun-stage.ts';
import { resumeStages } from './resume-run.ts';
import { settleRun } from './settle-run.ts';
import { supersede } from './supersede.ts';

export const expandRun = (deployment: Deployment, runId: RunId): { readonly more: readonly RunId[] } => {
  const run = deployment.runs.get(runId);
  if (!run) return { more: [] };
  while (deployment.cut.left > 0 && run.todo.length > 0) goOn(deployment, run, run.todo.shift()!);
  if (!isTerminalRun(run.status)) settleRun(deployment, run);
  if (run.todo.length > 0) deployment.cut.unfinished.add(run);
  return { more: unfinished(deployment) };
};

/** Each slice is a separate step. */
export const expandFully = (deployment: Deployment, runIds: readonly RunId[]): void => {
  for (const left = [...runIds]; left.length > 0; ) {
    renewBudget(deployment);
    deployment.cut.unfinished.clear();
    left.push(...expandRun(deployment, left.shift()!).more);
  }
};

const goOn = (deployment: Deployment, run: RunRecord, todo: Todo): void => {
  if (todo.what === 'cancels') return cancelStages(deployment, run, todo.from);
  // The cancel ends every stage that has not started; nothing may be queued any more.
  if (run.cancel || isTerminalRun(run.status)) return;
  if (todo.what === 'dependants') return goOnVisiting(deployment, run, todo.of, todo.from);
  if (todo.what === 'reopens') return goOnRerunning(deployment, run);
  if (todo.what === 'older') return supersede(deployment, run);
  if (todo.what === 'resumes' && run.status === 'paused') return;
  const queued =
    todo.what === 'resumes' ? resumeStages(deployment, run, todo.from) : queueRoots(deployment, run, todo.from);
  // Queueing these stages is an event of its own: the step that left them over is already recorded.
  if (queued.length > 0) recordOfRun(deployment, run, 'run.expanded', { queued });
};
