/** running -> succeeded | failed | retrying | cancelled | queued, by the claim that holds the stage. */
import { MillraceError, retryDelay, type WorkerId } from '../domain/index.ts';
import type { Advance, AdvanceAnswer, Outcome } from '../ports/index.ts';
import { type Held, heldBy, refuse, stageOf } from './claims.ts';
import type { Deployment } from './deployment.ts';
import { cancelInstead, cancelStage, endAttempt, failStage, handBack, retryStage, succeedStage } from './end-stage.ts';
import { openGate } from './gates.ts';
import { settleRun } from './settle-run.ts';

type Recorded = NonNullable<AdvanceAnswer['recorded']>;

/** An outcome sent again (its reply was lost) gets the same answer and changes nothing. */
export const recordOutcome = (
  deployment: Deployment,
  worker: WorkerId,
  outcome: NonNullable<Advance['outcome']>,
): Recorded => {
  const answered = stageOf(deployment, outcome)?.stage.answered.get(outcome.fence);
  if (answered?.by === worker) return answered.recorded;
  const held = heldBy(deployment, outcome);
  if (held?.stage.worker !== worker) return refuse(deployment, outcome, outcome.result.kind);
  const recorded = record(deployment, held, outcome.result);
  held.stage.answered.set(outcome.fence, { recorded, by: worker });
  return recorded;
};

const record = (deployment: Deployment, { run, stage }: Held, result: Outcome): Recorded => {
  switch (result.kind) {
    case 'succeeded':
      assertJson(result.outputJson);
      succeedStage(deployment, run, stage, result.outputJson);
      return 'succeeded';
    case 'gate':
      if (run.cancel) return cancelInstead(deployment, run, stage);
      endAttempt(deployment, run, stage, result.opening.definition.kind === 'result' ? 'succeeded' : 'gated', null);
      openGate(deployment, run, stage, result.opening);
      return 'gate';
    case 'failed':
      return recordFailure(deployment, { run, stage }, result);
    case 'cancelled':
      if (!run.cancel)
        return recordFailure(
          deployment,
          { run, stage },
          { kind: 'failed', error: { code: 'cancelled', message: result.reason }, retryable: false },
        );
      cancelStage(deployment, run, stage, result.reason);
      settleRun(deployment, run);
      return 'cancelled';
    case 'handed_back':
      return handBack(deployment, run, stage, result.reason, result.delayMs);
  }
};

const recordFailure = (
  deployment: Deployment,
  { run, stage }: Held,
  { error, retryable, afterMs = 0 }: Outcome & { kind: 'failed' },
): Recorded => {
  const { retry } = stage.definition;
  stage.failures += 1;
  if (!retryable || run.cancel || stage.failures >= retry.maximumAttempts) {
    failStage(deployment, run, stage, error);
    return 'failed';
  }
  retryStage(deployment, run, stage, error, Math.max(retryDelay(retry, stage.failures, deployment.random()), afterMs));
  return 'retrying';
};

const assertJson = (text: string): void => {
  try {
    JSON.parse(text);
  } catch (cause) {
    throw new MillraceError('invalid_request', 'the output is not JSON', {
      errors: [{ path: 'outcome.result.outputJson', message: String(cause) }],
      cause,
    });
  }
};
