/** Run, whole-stage and waiting timeouts that came due. */
import { formatDuration, isTerminalRun, isTerminalStage, jobIdOf } from '../domain/index.ts';
import { cancelRun } from './cancel-run.ts';
import { renewBudget, unfinished } from './cut.ts';
import type { Deployment, RunRecord, StageRecord } from './deployment.ts';
import { standsStill } from './pause-run.ts';
import { failStage } from './end-stage.ts';
import { expandFully } from './expand-run.ts';
import { dueOf, gateDue } from './gates.ts';

/** Fires at most `limit` due timers, the longest due first; returns how many. */
export const fireTimeouts = (deployment: Deployment, limit: number, latest = Infinity): number => {
  if (deployment.clock.now() > latest) return 0;
  let fired = 0;
  for (let more = true; more && fired < limit; ) {
    const step = fireSome(deployment, limit - fired);
    fired += step.fired;
    more = step.more;
  }
  return fired;
};

/** One step: as many timers as its budget of stages allows. */
const fireSome = (deployment: Deployment, limit: number): { readonly fired: number; readonly more: boolean } => {
  const { cut } = deployment;
  renewBudget(deployment);
  cut.unfinished.clear();
  const due = dueTimers(deployment).slice(0, Math.min(limit, cut.most));
  let fired = 0;
  let more = due.length === cut.most;
  for (const timer of due) {
    if (cut.left <= 0) {
      more = true;
      break;
    }
    cut.left -= 1;
    if (timer.fire()) fired += 1;
  }
  expandFully(deployment, unfinished(deployment));
  return { fired, more };
};

const dueTimers = (deployment: Deployment): readonly Timer[] => {
  const now = deployment.clock.now();
  const timers = [...deployment.runs.values()]
    .filter(({ status }) => !isTerminalRun(status))
    .flatMap((run) => timersOf(deployment, run));
  return timers.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1));
};

interface Timer {
  /** Of the run, or of the stage's job. */
  readonly id: string;
  readonly at: number;
  /** Returns whether the timer still applied: another one may have ended its run or stage first. */
  fire(): boolean;
}

/** `name` as it is stored in Redis: timers that are due at the same instant fire in the order of their names. */
const timersOf = (deployment: Deployment, run: RunRecord): (Timer & { readonly name: string })[] =>
  Object.entries(TIMERS).flatMap(([kind, timers]) =>
    timers(deployment, run).map((timer) => ({ ...timer, name: `${kind}:${timer.id}` })),
  );

const ofEachStage =
  (timers: (deployment: Deployment, run: RunRecord, stage: StageRecord) => Timer[]) =>
  (deployment: Deployment, run: RunRecord): Timer[] =>
    [...run.stages.values()].flatMap((stage) => timers(deployment, run, stage));

const runTimer = (deployment: Deployment, run: RunRecord): Timer[] => {
  const { timeoutMs } = run.pipeline;
  if (timeoutMs === null || run.admittedAt === null || run.cancel || run.status === 'paused') return [];
  const failWith = {
    code: 'timed_out',
    message: `the run took longer than its timeout of ${formatDuration(timeoutMs)}`,
  };
  const fire = (): boolean => {
    if (isTerminalRun(run.status) || run.cancel) return false;
    cancelRun(deployment, { runId: run.runId, reason: 'the run timed out', by: null, graceMs: null, failWith });
    return true;
  };
  return [{ id: run.runId, at: run.admittedAt + run.timersMovedMs + timeoutMs, fire }];
};

const stageTimer = (deployment: Deployment, run: RunRecord, stage: StageRecord): Timer[] => {
  if (stage.deadline === null || isTerminalStage(stage.status) || standsStill(run, stage)) return [];
  const fire = (): boolean => {
    if (isTerminalStage(stage.status)) return false;
    const limit = formatDuration(stage.definition.timeouts.stage!);
    failStage(deployment, run, stage, {
      code: 'timed_out',
      message: `the stage, all its attempts together, took longer than its timeout of ${limit}`,
    });
    return true;
  };
  return [{ id: jobIdOf(run.runId, stage.definition.index, stage.generation), at: stage.deadline, fire }];
};

const queueTimer = (deployment: Deployment, run: RunRecord, stage: StageRecord): Timer[] => {
  const { queue } = stage.definition.timeouts;
  if (queue === null || stage.queuedAt === null || stage.status !== 'queued' || standsStill(run, stage)) return [];
  const fire = (): boolean => {
    if (stage.status !== 'queued') return false;
    failStage(deployment, run, stage, {
      code: 'no_worker',
      message: `no worker of queue ${stage.definition.queue} took the stage within ${formatDuration(queue)}`,
    });
    return true;
  };
  const at = Math.min(stage.parked?.since ?? stage.queuedAt, stage.queuedAt) + stage.timersMovedMs + queue;
  return [{ id: jobIdOf(run.runId, stage.definition.index, stage.generation), at, fire }];
};

const gateTimers = (deployment: Deployment, run: RunRecord): Timer[] =>
  run.gates.flatMap((gate) => {
    const at = dueOf(gate);
    return at === null ? [] : [{ id: gate.gateId, at, fire: () => gateDue(deployment, run, gate) }];
  });

/**
 * By kind, with the names of scripts/lib/timers.lua: for the whole run, a whole stage, its wait for a worker, and a
 * gate.
 */
const TIMERS = { r: runTimer, s: ofEachStage(stageTimer), q: ofEachStage(queueTimer), g: gateTimers };
