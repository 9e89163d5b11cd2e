import type { RunId, RunStatus, RunSummary, StageStatus } from '../domain/index.ts';
import type { Store } from '../ports/index.ts';
import { expandFully } from './cancel-run.ts';

/** Live runs inspected per pipeline, oldest first, since hung ones are among the oldest. */
const PER_PIPELINE = 500;

export interface LiveRun {
  readonly runId: RunId;
  readonly lastSeq: number;
  /** Live, but with no stage running, queued or in backoff: nothing would ever move it. */
  readonly hung: boolean;
}

/** The live runs of the current pipelines. A run that waits for its overlap lock or a decision is not hung. */
export const liveRuns = async (store: Store): Promise<readonly LiveRun[]> => {
  const live: LiveRun[] = [];
  for (const pipeline of await store.pipelines())
    for (const runId of await store.liveRuns(pipeline.name, PER_PIPELINE)) {
      const run = await store.runSummary(runId);
      if (run !== null && run.finishedAt === null)
        live.push({ runId, lastSeq: run.lastSeq, hung: await isHung(store, run) });
    }
  return live;
};

const WAITS = new Set<RunStatus>(['queued', 'awaiting_gate', 'paused']);
const MOVES: readonly StageStatus[] = ['running', 'queued', 'retrying', 'awaiting_gate'];

/** Inspects stages only when none runs and none waits for an instant. */
const isHung = async (store: Store, { runId, status, stageCounts, nextAttemptAt }: RunSummary): Promise<boolean> => {
  if (WAITS.has(status) || stageCounts.running > 0 || nextAttemptAt !== null) return false;
  const moving = await store.stages(runId, { after: null, limit: 1, status: MOVES, outputs: false });
  return moving?.items.length === 0;
};

/**
 * Ends a run that stayed hung after the reconciler saw it: `failed` with error `hung`, by the same transition as a
 * cancel. False: the run ended by itself.
 */
export const failHungRun = async (store: Store, runId: RunId): Promise<boolean> => {
  const message = 'nothing of the run was running, queued or due, and the reconciler could not move it';
  const answer = await store.cancelRun({
    runId,
    reason: 'hung',
    by: 'watchdog',
    graceMs: null,
    failWith: { code: 'hung', message },
  });
  if (answer.kind !== 'cancelling' && answer.kind !== 'cancelled') return false;
  await expandFully(store, answer.more);
  return true;
};
