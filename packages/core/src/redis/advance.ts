import type { RunId, TriggerKind, WorkerId } from '../domain/index.ts';
import type { Advance, AdvanceAnswer, Claim, ClaimRef, Outcome } from '../ports/index.ts';
import { gatePayload } from './gates.ts';
import { pack, unpack, unpackEach } from './layout/packed.ts';
import { DEPENDENCY, JOB, OUTCOME } from './layout/records.ts';
import type { ReplyOf } from './layout/signatures.ts';
import { type Database, runScript } from './script.ts';

/** Most commands per script: each may end a stage and begin another one. */
const PER_SCRIPT = 25;

/** The hot path: one script records an outcome and claims the next stage; for several slots at once, in their order. */
export const advanceAll = async (db: Database, commands: readonly Advance[]): Promise<readonly AdvanceAnswer[]> => {
  if (commands.length <= PER_SCRIPT) return advanceSome(db, commands);
  const slices = Array.from({ length: Math.ceil(commands.length / PER_SCRIPT) }, (_, at) =>
    commands.slice(at * PER_SCRIPT, (at + 1) * PER_SCRIPT),
  );
  const answers = (await Promise.all(slices.map((slice) => advanceSome(db, slice)))).flat();
  const expand = [...new Set(answers.flatMap((answer) => answer.expand))];
  return answers.map((answer, at) => ({ ...answer, expand: at === 0 ? expand : [] }));
};

const advanceSome = async (db: Database, commands: readonly Advance[]): Promise<readonly AdvanceAnswer[]> => {
  const { worker, queue } = commands[0]!;
  const slots = commands.map(({ slot, fetch, outcome }) => ({
    slot,
    fetch,
    outcome: outcome && packOutcome(outcome, outcome.result),
    payload: outcome === null ? '' : payloadOf(outcome.result),
  }));
  const replies = await runScript(db, 'advance', { worker, queue, random: Math.random(), slots });
  return replies.map((reply) => ({ ...reply, claim: reply.claim && readClaim(reply.claim, worker, queue) }));
};

const packOutcome = (claim: ClaimRef, result: Outcome): string => {
  const { runId: run, stageIndex: stage, generation, attempt, fence } = claim;
  const retryable = result.kind === 'failed' && result.retryable;
  return pack(OUTCOME, {
    run,
    stage,
    generation,
    attempt,
    fence,
    kind: result.kind,
    retryable,
    after: afterOf(result),
  });
};

/** ms until the stage may be claimed again, if its worker gave a delay. */
const afterOf = (result: Outcome): number => {
  if (result.kind === 'failed') return Math.ceil(result.afterMs ?? 0);
  return result.kind === 'handed_back' ? Math.ceil(result.delayMs) : 0;
};

const payloadOf = (result: Outcome): string => {
  switch (result.kind) {
    case 'succeeded':
      return result.outputJson;
    case 'gate':
      return gatePayload(result.opening);
    case 'failed':
      return JSON.stringify({ code: result.error.code, message: result.error.message });
    case 'cancelled':
      return JSON.stringify(result.reason);
    case 'handed_back':
      return result.reason;
  }
};

const NO_PARAMS: Readonly<Record<string, unknown>> = Object.freeze({});

type Started = NonNullable<ReplyOf<'advance'>[number]['claim']>;

const readClaim = (started: Started, worker: WorkerId, queue: string): Claim => {
  const { job, pipeline, version, stage, attempt, fence, params, startedAt } = started;
  const { run, stage: stageIndex, generation } = unpack(JOB, job);
  return {
    jobId: job,
    runId: run as RunId,
    stageIndex,
    generation,
    attempt,
    fence,
    worker,
    pipeline,
    version,
    stage,
    queue,
    params: params === '{}' ? NO_PARAMS : (JSON.parse(params) as Record<string, unknown>),
    trigger: readKind(started.trigger),
    inputs: started.wide ? null : readInputs(started),
    startedAt,
    stageDeadline: started.deadline,
    checkpointJson: started.checkpoint,
  };
};

const MANUAL = Object.freeze({ kind: 'manual' });

const readKind = (json: string): Claim['trigger'] => {
  if (json === '{"kind":"manual"}') return MANUAL;
  const { kind, tick } = JSON.parse(json) as { kind: TriggerKind; tick?: number };
  return tick === undefined ? { kind } : { kind, tick };
};

const readInputs = ({ dependencies, subset, inputs: outputs }: Started): Record<string, unknown> => {
  const inputs: Record<string, unknown> = {};
  let at = 0;
  for (const { index, name } of unpackEach(DEPENDENCY, dependencies)) {
    // A dependency outside the run's subset did not run, so it has no output.
    if (subset === '' || subset[index] === '1') inputs[name] = JSON.parse(outputs[at++] ?? 'null') as unknown;
  }
  return inputs;
};
