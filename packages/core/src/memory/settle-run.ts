/** Ends a run once none of its stages is open; its overlap lock goes to the first waiting run. */
import { decidesEnd, MOST_RESULTS, outcomeOf, type RunStatus, type StageError } from '../domain/index.ts';
import type { Deployment, RunRecord } from './deployment.ts';
import { recordOfRun } from './event-log.ts';
import { moveRun } from './moves.ts';
import { queueRoots } from './queue-stages.ts';
import { beginRetry } from './retries.ts';

export const settleRun = (deployment: Deployment, run: RunRecord): void => {
  if (run.open > 0) return;
  const { cancel } = run;
  if (cancel?.failWith) fail(deployment, run, { ...cancel.failWith, stage: null, attempt: null });
  else if (cancel)
    recordOfRun(deployment, run, 'run.cancelled', {
      reason: cancel.reason,
      by: cancel.by,
      duration_ms: finish(deployment, run, 'cancelled'),
    });
  else if (run.failures[0] && endsFailed(run)) fail(deployment, run, run.failures[0]);
  else recordOfRun(deployment, run, 'run.succeeded', { duration_ms: finish(deployment, run, 'succeeded') });
  leaveOverlap(deployment, run);
};

/** How a run ends follows from its leaves: the stages that no other one of the run waits for, teardowns aside. */
const endsFailed = ({ stages }: RunRecord): boolean =>
  [...stages.values()].some(
    ({ definition, dependants, status }) =>
      decidesEnd(definition) &&
      outcomeOf(status) === 'failed' &&
      dependants.every((dependant) => dependant.definition.teardown),
  );

export const noteFailure = (
  run: RunRecord,
  error: StageError,
  stage: NonNullable<RunRecord['error']>['stage'],
  attempt: number,
): void => {
  run.failures = [...run.failures, { ...error, stage, attempt }];
};

const fail = (deployment: Deployment, run: RunRecord, error: NonNullable<RunRecord['error']>): void => {
  run.error = error;
  recordOfRun(deployment, run, 'run.failed', { error, duration_ms: finish(deployment, run, 'failed') });
};

const finish = (deployment: Deployment, run: RunRecord, to: RunStatus): number | null => {
  moveRun(run, to);
  run.finishedAt = deployment.clock.now();
  const durationMs = run.startedAt === null ? null : run.finishedAt - run.startedAt;
  const record = deployment.pipelines.get(run.pipeline.name)!;
  if (to === 'succeeded') record.lastSuccessAt = run.finishedAt;
  if (to === 'succeeded' || to === 'failed')
    record.results = [{ status: to, durationMs: durationMs ?? 0 }, ...record.results].slice(0, MOST_RESULTS);
  return durationMs;
};

const leaveOverlap = (deployment: Deployment, run: RunRecord): void => {
  const record = deployment.pipelines.get(run.pipeline.name)!;
  const place = record.waiting.indexOf(run);
  if (place >= 0) record.waiting.splice(place, 1);
  if (record.holder?.run !== run) return;
  const next = record.waiting.shift();
  record.holder = next ? { run: next, since: deployment.clock.now() } : null;
  if (next) admit(deployment, next);
};

export const admit = (deployment: Deployment, run: RunRecord): void => {
  moveRun(run, 'starting');
  run.admittedAt = deployment.clock.now();
  run.timersMovedMs = 0;
  recordOfRun(deployment, run, 'run.admitted', { queued: queueRoots(deployment, run) });
  beginRetry(deployment, run);
};
