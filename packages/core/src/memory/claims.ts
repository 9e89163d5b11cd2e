/** Whether a write is by the current claim of its stage, and the handling of one that is not. */
import { isTerminalRun } from '../domain/index.ts';
import type { Claim, ClaimRef } from '../ports/index.ts';
import { count, type Deployment, type RunRecord, type StageRecord, type WorkerRecord } from './deployment.ts';
import { recordOfStage } from './event-log.ts';

export interface Held {
  readonly run: RunRecord;
  readonly stage: StageRecord;
}

/** The stage of the claim, even if another worker holds it; null: none. */
export const stageOf = (deployment: Deployment, claim: ClaimRef): Held | null => {
  const run = deployment.runs.get(claim.runId);
  const stage = run?.stages.get(claim.stageIndex);
  return run && stage ? { run, stage } : null;
};

/** The stage if it runs under exactly this claim, else null. */
export const heldBy = (deployment: Deployment, claim: ClaimRef): Held | null => {
  const held = stageOf(deployment, claim);
  return held && held.stage.status === 'running' && isNewest(held.stage, claim) ? held : null;
};

export const isNewest = (stage: StageRecord, claim: ClaimRef): boolean =>
  claim.generation === stage.generation && claim.attempt === stage.attempt && claim.fence === stage.fence;

/** Counts the refused write and records it, unless the run's log is closed. */
export const refuse = (deployment: Deployment, claim: ClaimRef, what: string): 'fenced' => {
  count(deployment, 'fenced');
  const named = stageOf(deployment, claim);
  if (named && !isTerminalRun(named.run.status))
    recordOfStage(
      deployment,
      named.run,
      named.stage,
      'stage.fenced',
      { fence: claim.fence, current_fence: named.stage.fence, what },
      claim.attempt,
    );
  return 'fenced';
};

/** Stages the worker holds. */
export const newestFirst = ({ slots }: WorkerRecord): readonly Claim[] =>
  [...slots]
    .sort(([a, one], [b, other]) => other.startedAt - one.startedAt || (a < b ? -1 : 1))
    .map(([, claim]) => claim);

/** Ordered by the end of the lease. */
export const byLease = (deployment: Deployment): readonly WorkerRecord[] =>
  [...deployment.workers.values()].sort((a, b) => a.leaseUntil - b.leaseUntil || (a.worker < b.worker ? -1 : 1));
