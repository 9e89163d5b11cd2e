/** paused -> where the run was. */
import { isTerminalRun, type StageName } from '../domain/index.ts';
import type { PauseRun, ResumeAnswer } from '../ports/index.ts';
import { leaveForLater, unfinished } from './cut.ts';
import type { Deployment, RunRecord, StageRecord } from './deployment.ts';
import { recordOfRun } from './event-log.ts';
import { moveRun, moveStage } from './moves.ts';
import { pauseInForce, replacePause } from './pause-run.ts';
import { makeRejectedAnew } from './open-again.ts';
import { enqueue } from './queues.ts';
import { holdForRerun } from './rerun-hold.ts';
import { admit } from './settle-run.ts';

export const resumeRun = (deployment: Deployment, { runId, by, reason }: PauseRun): ResumeAnswer => {
  const run = deployment.runs.get(runId);
  if (!run) return { kind: 'unknown' };
  if (isTerminalRun(run.status)) return { kind: 'terminal', status: run.status };
  if (run.status !== 'paused') return { kind: 'not_paused', status: run.status };
  if (run.pause!.scope !== 'run') return { kind: 'stays_paused' };
  const inForce = pauseInForce(deployment, run);
  if (inForce) replacePause(deployment, run, inForce);
  else if (run.rerun) holdForRerun(deployment, run);
  else resume(deployment, run, { by, reason });
  return { kind: 'resumed', more: unfinished(deployment) };
};

/** A run that waited for its overlap lock takes it, or waits again before all others. */
export const resume = (
  deployment: Deployment,
  run: RunRecord,
  told: { readonly by: string | null; readonly reason: string | null },
): void => {
  const record = deployment.pipelines.get(run.pipeline.name)!;
  if (run.admittedAt === null) {
    moveRun(run, 'queued');
    recordOfRun(deployment, run, 'run.resumed', { status: 'queued', ...told, queued: [] });
    if (record.holder) return void record.waiting.unshift(run);
    record.holder = { run, since: deployment.clock.now() };
    return admit(deployment, run);
  }
  const status = run.startedAt === null ? 'starting' : 'running';
  moveRun(run, status);
  run.timersMovedMs += deployment.clock.now() - run.pause!.since;
  recordOfRun(deployment, run, 'run.resumed', { status, ...told, queued: resumeStages(deployment, run, 0) });
};

/**
 * From this stage index on: what was parked goes to the front of its queue. The clocks of waiting stages stood
 * still: a timeout is later by the pause, or by what of it came after the stage was queued; its wait for a worker
 * begins anew. Returns the names of those that were parked.
 */
export const resumeStages = (deployment: Deployment, run: RunRecord, from: number): readonly StageName[] => {
  const { cut } = deployment;
  const now = deployment.clock.now();
  const count = run.pipeline.stages.length;
  const upTo = Math.min(from + Math.max(0, cut.left), count);
  const parked: StageRecord[] = [];
  for (let index = from; index < upTo; index++) {
    const stage = run.stages.get(index);
    if (stage?.status === 'awaiting_gate') makeRejectedAnew(deployment, run, stage);
    if (!stage || (stage.status !== 'queued' && stage.status !== 'retrying')) continue;
    if (stage.deadline !== null) stage.deadline += now - Math.max(run.pause!.since, stage.queuedAt!);
    if (stage.parked?.cause === 'paused') parked.push(stage);
    else stage.timersMovedMs = now - Math.min(stage.parked?.since ?? stage.queuedAt!, stage.queuedAt!);
  }
  for (const stage of parked.toReversed()) {
    if (stage.status === 'queued') stage.parked = stage.nextAttemptAt = null;
    else moveStage(run, stage, 'queued');
    stage.queuedAt = now;
    stage.timersMovedMs = 0;
    enqueue(deployment, run, stage, 'front');
  }
  cut.left -= upTo - from;
  if (upTo < count) leaveForLater(deployment, run, { what: 'resumes', from: upTo });
  return parked.map(({ definition }) => definition.name);
};
