/** queued | starting | running -> paused. */
import { isTerminalRun, isTerminalStage, type Pause } from '../domain/index.ts';
import type { PauseAnswer, PauseRun } from '../ports/index.ts';
import type { Deployment, RunRecord, StageRecord } from './deployment.ts';
import { recordOfRun } from './event-log.ts';
import { moveRun } from './moves.ts';
import { parkPaused } from './parked.ts';

export const pauseRun = (deployment: Deployment, { runId, by, reason }: PauseRun): PauseAnswer => {
  const run = deployment.runs.get(runId);
  if (!run) return { kind: 'unknown' };
  if (isTerminalRun(run.status)) return { kind: 'terminal', status: run.status };
  if (run.cancel) return { kind: 'cancelling' };
  if (run.status !== 'paused') pause(deployment, run, { scope: 'run', by, reason });
  else if (run.pause!.scope !== 'run') replacePause(deployment, run, { scope: 'run', by, reason });
  return { kind: 'paused' };
};

/** A run that waits for its overlap lock leaves that line. */
export const pause = (deployment: Deployment, run: RunRecord, told: Omit<Pause, 'since'>): void => {
  const { waiting } = deployment.pipelines.get(run.pipeline.name)!;
  if (waiting.includes(run)) waiting.splice(waiting.indexOf(run), 1);
  moveRun(run, 'paused');
  run.pause = pauseOf(deployment.clock.now(), told);
  recordOfRun(deployment, run, 'run.paused', run.pause);
};

/** The run stays paused, by another one. */
export const replacePause = (deployment: Deployment, run: RunRecord, told: Omit<Pause, 'since'>): void => {
  moveRun(run, 'paused');
  run.pause = pauseOf(run.pause!.since, told);
  recordOfRun(deployment, run, 'run.paused', run.pause);
};

const pauseOf = (since: number, { scope, by, reason, cause }: Omit<Pause, 'since'>): Pause => ({
  since,
  scope,
  by,
  reason,
  ...(cause === undefined ? {} : { cause }),
});

/** Somebody, or something, rejected at a gate: the run waits for a person, whatever else has paused it. */
export const pauseForGate = (
  deployment: Deployment,
  run: RunRecord,
  told: Pick<Pause, 'by' | 'reason' | 'cause'>,
): void => {
  const paused = { scope: 'run', ...told } as const;
  if (run.status === 'paused') replacePause(deployment, run, paused);
  else pause(deployment, run, paused);
};

export const pauseInForce = (deployment: Deployment, run: RunRecord): Pause | undefined =>
  deployment.pauses.get(run.pipeline.name) ?? deployment.pauses.get(null);

/** Whether the run is paused, also from now on, because its pipeline or the deployment is. */
export const isPaused = (deployment: Deployment, run: RunRecord): boolean => {
  const inForce = pauseInForce(deployment, run);
  if (inForce && (run.status === 'starting' || run.status === 'running')) pause(deployment, run, inForce);
  return run.status === 'paused';
};

/** A claim met a stage of a paused run. */
export const parkByPause = (deployment: Deployment, run: RunRecord, stage: StageRecord): void =>
  parkPaused(deployment, run, stage, Math.max(run.pause!.since, stage.queuedAt!));

/** Its timeouts stand still: the run is paused and the stage does not run. */
export const standsStill = (run: RunRecord, stage: StageRecord): boolean =>
  run.status === 'paused' && stage.status !== 'running' && !isTerminalStage(stage.status);
