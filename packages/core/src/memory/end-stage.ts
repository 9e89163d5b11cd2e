/** How a StageRun ends or returns to the queue. Each frees the slot of the worker that held it. */
import { type AttemptRecord, decidesEnd, type StageError, type StageName, type StageStatus } from '../domain/index.ts';
import { runsApart } from './apart.ts';
import type { Deployment, RunRecord, StageRecord } from './deployment.ts';
import { recordOfRun, recordOfStage } from './event-log.ts';
import { moveStage } from './moves.ts';
import { decideDependants, queueAtFront } from './queue-stages.ts';
import { enqueue, type Place } from './queues.ts';
import { isLacking, park } from './parked.ts';
import { holdBack } from './rerun-hold.ts';
import { noteFailure, settleRun } from './settle-run.ts';

/** While the run is being cancelled nothing follows: the dependants have ended. */
export const succeedStage = (deployment: Deployment, run: RunRecord, stage: StageRecord, outputJson: string): void => {
  endAttempt(deployment, run, stage, 'succeeded', null);
  end(deployment, run, stage, 'succeeded');
  stage.outputJson = outputJson;
  const { queued, doomed } = visitUnlessCancelled(deployment, run, stage);
  recordOfStage(deployment, run, stage, 'stage.succeeded', { duration_ms: durationOf(stage) ?? 0, queued });
  followDoomed(deployment, run, doomed);
  settleRun(deployment, run);
};

/** Final. What waits for it ends by its rule or runs; independent branches continue. */
export const failStage = (deployment: Deployment, run: RunRecord, stage: StageRecord, error: StageError): void => {
  endAttempt(deployment, run, stage, error.code === 'worker_lost' ? 'worker_lost' : 'failed', error);
  end(deployment, run, stage, 'failed');
  stage.error = error;
  if (decidesEnd(stage.definition)) noteFailure(run, error, stage.definition.name, stage.attempt);
  const { queued, doomed } = visitUnlessCancelled(deployment, run, stage);
  recordOfStage(deployment, run, stage, 'stage.failed', {
    error,
    duration_ms: durationOf(stage),
    ...(queued.length === 0 ? {} : { queued }),
  });
  followDoomed(deployment, run, doomed);
  settleRun(deployment, run);
};

interface Doomed {
  readonly stage: StageRecord;
  /** The dependency whose end decided it. */
  readonly because: StageRecord;
}

/**
 * What follows from the end of a stage for those that wait for it, from place `from` among them on: the names of those
 * that became claimable, in plan order, and those that ended because they can never run.
 */
const visitDependants = (
  deployment: Deployment,
  run: RunRecord,
  stage: StageRecord,
  from = 0,
): { readonly queued: readonly StageName[]; readonly doomed: readonly Doomed[] } => {
  if (holdBack(deployment, run, stage, from)) return { queued: [], doomed: [] };
  const decided = decideDependants(deployment, run, stage, from);
  const doomed = decided.filter(({ decision }) => decision !== 'run').map(({ dependant }) => dependant);
  for (const { dependant, decision } of decided)
    if (decision !== 'run') end(deployment, run, dependant, decision === 'skip' ? 'skipped' : 'upstream_failed');
  const ready = decided.filter(({ decision }) => decision === 'run').map(({ dependant }) => dependant);
  queueAtFront(deployment, run, ready);
  return {
    queued: ready.map(({ definition }) => definition.name),
    doomed: doomed.map((dependant) => ({ stage: dependant, because: stage })),
  };
};

const visitUnlessCancelled = (
  deployment: Deployment,
  run: RunRecord,
  stage: StageRecord,
): ReturnType<typeof visitDependants> =>
  run.cancel ? { queued: [], doomed: [] } : visitDependants(deployment, run, stage);

/** Tells of the stages that ended without having run, and visits, transitively, those that wait for them. */
const followDoomed = (deployment: Deployment, run: RunRecord, first: readonly Doomed[]): void => {
  const all = [...first];
  for (const { stage, because } of all) {
    const { queued, doomed } = visitDependants(deployment, run, stage);
    recordOfStage(deployment, run, stage, stage.status === 'skipped' ? 'stage.skipped' : 'stage.upstream_failed', {
      because: because.definition.name,
      ...(queued.length === 0 ? {} : { queued }),
    });
    all.push(...doomed);
  }
};

/**
 * Goes on with the dependants of a stage where a step was cut. Queueing them is an event of its own: the step that left
 * them over is already recorded.
 */
export const goOnVisiting = (deployment: Deployment, run: RunRecord, stage: StageRecord, from: number): void => {
  const { queued, doomed } = visitDependants(deployment, run, stage, from);
  if (queued.length > 0) recordOfRun(deployment, run, 'run.expanded', { queued });
  followDoomed(deployment, run, doomed);
};

/** Does not settle the run: a cancel ends many stages before it checks whether any is left. */
export const cancelStage = (
  deployment: Deployment,
  run: RunRecord,
  stage: StageRecord,
  reason: string | null,
): void => {
  endAttempt(deployment, run, stage, 'cancelled', null);
  end(deployment, run, stage, 'cancelled');
  recordOfStage(deployment, run, stage, 'stage.cancelled', { reason });
};

/** running -> retrying: the attempt failed, the next one is due after `delayMs`. */
export const retryStage = (
  deployment: Deployment,
  run: RunRecord,
  stage: StageRecord,
  error: StageError,
  delayMs: number,
): void => {
  endAttempt(deployment, run, stage, 'failed', error);
  moveStage(run, stage, 'retrying');
  stage.error = error;
  stage.nextAttemptAt = deployment.clock.now() + delayMs;
  enqueue(deployment, run, stage, { dueAt: stage.nextAttemptAt });
  recordOfStage(deployment, run, stage, 'stage.retrying', {
    error,
    delay_ms: delayMs,
    next_attempt_at: stage.nextAttemptAt,
  });
};

/**
 * running -> queued: the attempt is not counted, and the next claim has the same number. In a run being cancelled the
 * stage ends instead; a stage whose worker lacks its code is parked.
 */
export const handBack = (
  deployment: Deployment,
  run: RunRecord,
  stage: StageRecord,
  reason: string,
  delayMs = 0,
): 'handed_back' | 'cancelled' => {
  if (run.cancel) return cancelInstead(deployment, run, stage);
  endAttempt(deployment, run, stage, 'handed_back', null);
  stage.repeatsAttempt = true;
  const lacksCode = reason === 'no_compatible_version' && isLacking(deployment, run, stage);
  if (lacksCode) {
    moveStage(run, stage, 'queued');
    stage.queuedAt = deployment.clock.now();
    stage.timersMovedMs = 0;
  } else {
    if (reason !== 'no_compatible_version') stage.lackedCode = null;
    requeue(deployment, run, stage, delayMs > 0 ? { dueAt: deployment.clock.now() + delayMs } : 'front');
  }
  const { nextAttemptAt } = stage;
  recordOfStage(deployment, run, stage, 'stage.handed_back', {
    reason,
    worker: stage.worker!,
    ...(nextAttemptAt === null ? {} : { next_attempt_at: nextAttemptAt }),
  });
  if (lacksCode) park(deployment, run, stage);
  return 'handed_back';
};

/** running -> queued: the worker was lost; the attempt number is used up, but no failure is counted. */
export const rescueStage = (
  deployment: Deployment,
  run: RunRecord,
  stage: StageRecord,
  alone: boolean,
): 'rescued' | 'cancelled' => {
  if (run.cancel) return cancelInstead(deployment, run, stage);
  endAttempt(deployment, run, stage, 'worker_lost', null);
  requeue(deployment, run, stage, runsApart(stage) ? 'end' : 'front');
  recordOfStage(deployment, run, stage, 'stage.rescued', { worker: stage.worker!, lost: stage.lost, alone });
  return 'rescued';
};

export const cancelInstead = (deployment: Deployment, run: RunRecord, stage: StageRecord): 'cancelled' => {
  cancelStage(deployment, run, stage, run.cancel!.reason);
  settleRun(deployment, run);
  return 'cancelled';
};

const requeue = (deployment: Deployment, run: RunRecord, stage: StageRecord, place: Place): void => {
  moveStage(run, stage, 'queued');
  stage.queuedAt = deployment.clock.now();
  stage.timersMovedMs = 0;
  if (typeof place === 'object') stage.nextAttemptAt = place.dueAt;
  enqueue(deployment, run, stage, place);
};

const end = (deployment: Deployment, run: RunRecord, stage: StageRecord, to: StageStatus): void => {
  moveStage(run, stage, to);
  stage.finishedAt = deployment.clock.now();
  stage.suspicions = 0;
};

/** Ends the running attempt, if any: a stage can also end while it waits. */
export const endAttempt = (
  deployment: Deployment,
  run: RunRecord,
  stage: StageRecord,
  status: AttemptRecord['status'],
  error: StageError | null,
): void => {
  if (stage.status !== 'running') return;
  Object.assign(stage.attempts.at(-1)!, { status, error, finishedAt: deployment.clock.now() });
  const slots = deployment.workers.get(stage.worker!)?.slots ?? new Map();
  for (const [slot, claim] of slots) if (claim.runId === run.runId && claim.fence === stage.fence) slots.delete(slot);
};

const durationOf = ({ startedAt, finishedAt }: StageRecord): number | null =>
  startedAt === null || finishedAt === null ? null : finishedAt - startedAt;
