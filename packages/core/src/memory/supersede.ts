/** The newest run wins: every older one of its overlap lock is cancelled. */
import { cancelRun } from './cancel-run.ts';
import { leaveForLater, mayTouch } from './cut.ts';
import type { Deployment, RunRecord } from './deployment.ts';

/** Waiting runs first, so that none of them gets the lock. */
export const supersede = (deployment: Deployment, run: RunRecord): void => {
  const record = deployment.pipelines.get(run.pipeline.name)!;
  const cancel = ({ runId }: RunRecord): void =>
    void cancelRun(deployment, { runId, reason: 'superseded', by: `run:${run.runId}`, graceMs: null });
  while (run.status === 'queued' && record.waiting[0] !== run) {
    if (!mayTouch(deployment)) return leaveForLater(deployment, run, { what: 'older' });
    cancel(record.waiting[0]!);
  }
  if (run.status === 'queued' && record.holder && record.holder.run !== run) cancel(record.holder.run);
};
