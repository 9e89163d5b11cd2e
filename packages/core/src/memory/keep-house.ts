/** The leading scheduler's sweeps over runs: retention, and the comparison of runs with queues. */
import { isTerminalRun, MillraceError, type RunId } from '../domain/index.ts';
import type { Deployment, RunRecord } from './deployment.ts';
import { expandFully } from './expand-run.ts';
import { recordCause } from './parked.ts';
import { followPauses } from './follow-pauses.ts';

/** Deletes terminal runs beyond the newest `keep.count` or that ended more than `keep.ageMs` ago, the oldest first. */
export const pruneRuns = (deployment: Deployment, keep: { count: number; ageMs: number }, limit: number): number => {
  const now = deployment.clock.now();
  const ended = [...deployment.runs.values()]
    .filter(({ status }) => isTerminalRun(status))
    .sort((a, b) => b.finishedAt! - a.finishedAt!);
  const surplus = ended
    .filter((run, place) => place >= keep.count || now - run.finishedAt! > keep.ageMs)
    .reverse()
    .slice(0, limit);
  for (const { runId, artifacts } of surplus) {
    if (artifacts.count > 0) deployment.prunedArtifacts.add(runId);
    deployment.runs.delete(runId);
    deployment.pruned.add(runId);
  }
  return surplus.length;
};

/** Runs and queues change in one step here, so there is nothing to repair: a difference is a bug and throws. */
export const reconcile = (
  deployment: Deployment,
  cursor: string,
  limit: number,
): { cursor: string; checked: number; repaired: number } => {
  const cut = [...deployment.runs.values()].filter(({ todo }) => todo.length > 0).map(({ runId }) => runId);
  expandFully(deployment, cut);
  const from = Number(cursor);
  const live = [...deployment.runs.values()].filter(({ status }) => !isTerminalRun(status));
  const checked = live.slice(from, from + limit);
  for (const { runId } of checked) followPauses(deployment, [runId]);
  for (const run of checked) for (const stage of run.stages.values()) recordCause(deployment, run, stage);
  checkQueues(checked);
  const next = from + limit;
  return { cursor: next < live.length ? String(next) : '0', checked: checked.length, repaired: 0 };
};

export const reconcileRuns = (deployment: Deployment, runIds: readonly RunId[]): number => {
  followPauses(deployment, runIds);
  checkQueues(runIds.flatMap((runId) => deployment.runs.get(runId) ?? []));
  return 0;
};

const checkQueues = (runs: readonly RunRecord[]): void => {
  for (const run of runs)
    for (const { status, entry, parked, definition } of run.stages.values())
      if ((entry !== null) !== (parked === null && (status === 'queued' || status === 'retrying')))
        throw new MillraceError(
          'internal',
          `run ${run.runId}: ${definition.name} is ${status}, its queue says otherwise`,
        );
};
