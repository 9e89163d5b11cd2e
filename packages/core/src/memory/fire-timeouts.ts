/** Run, whole-stage and waiting timeouts that came due. */
import { formatDuration, isTerminalRun, isTerminalStage } from '../domain/index.ts';
import { cancelRun } from './cancel-run.ts';
import type { Deployment, RunRecord, StageRecord } from './deployment.ts';
import { failStage } from './end-stage.ts';

/** Applies at most `limit` of them, the longest due first; answers how many. */
export const fireTimeouts = (deployment: Deployment, limit: number, latest = Infinity): number => {
  const now = deployment.clock.now();
  if (now > latest) return 0;
  const timers = [...deployment.runs.values()].filter(({ status }) => !isTerminalRun(status)).flatMap((run) => timersOf(deployment, run));
  const due = timers.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
  let fired = 0;
  for (const timer of due) if (fired < limit && timer.fire()) fired += 1;
  return fired;
};

/** `fire` answers whether the timer still meant anything: another one may have ended its run or stage first. */
interface Timer {
  readonly at: number;
  fire(): boolean;
}

const timersOf = (deployment: Deployment, run: RunRecord): Timer[] => [
  ...runTimer(deployment, run),
  ...[...run.stages.values()].flatMap((stage) => [...stageTimer(deployment, run, stage), ...queueTimer(deployment, run, stage)]),
];

const runTimer = (deployment: Deployment, run: RunRecord): Timer[] => {
  const { timeoutMs } = run.pipeline;
  if (timeoutMs === null || run.admittedAt === null) return [];
  const failWith = { code: 'timed_out', message: `the run took longer than ${formatDuration(timeoutMs)}` };
  const fire = (): boolean => {
    if (isTerminalRun(run.status) || run.cancel) return false;
    cancelRun(deployment, { runId: run.runId, reason: 'timed_out', by: null, graceMs: null, failWith });
    return true;
  };
  return [{ at: run.admittedAt + run.timersMovedMs + timeoutMs, fire }];
};

const stageTimer = (deployment: Deployment, run: RunRecord, stage: StageRecord): Timer[] => {
  if (stage.deadline === null) return [];
  const fire = (): boolean => {
    if (isTerminalStage(stage.status)) return false;
    failStage(deployment, run, stage, { code: 'timed_out', message: `the stage took longer than ${formatDuration(stage.definition.timeouts.stage!)} in all` });
    return true;
  };
  return [{ at: stage.deadline, fire }];
};

const queueTimer = (deployment: Deployment, run: RunRecord, stage: StageRecord): Timer[] => {
  const { queue } = stage.definition.timeouts;
  if (queue === null || stage.queuedAt === null) return [];
  const fire = (): boolean => {
    if (stage.status !== 'queued') return false;
    failStage(deployment, run, stage, {
      code: 'no_worker',
      message: `no worker of queue ${stage.definition.queue} took the stage within ${formatDuration(queue)}`,
    });
    return true;
  };
  return [{ at: (stage.parkedSince ?? stage.queuedAt) + stage.timersMovedMs + queue, fire }];
};
