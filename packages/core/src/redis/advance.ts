import type { PipelineName, PipelineVersion, RunId, StageName, TriggerKind, WorkerId } from '../domain/index.ts';
import type { Advance, AdvanceAnswer, Claim, ClaimRef, Outcome } from '../ports/index.ts';
import { pack } from './layout/packed.ts';
import { OUTCOME } from './layout/records.ts';
import { type Database, runScript } from './script.ts';

/** Commands that one script takes: each may end a stage and begin another one. */
const PER_SCRIPT = 32;

/** The hot path: one script records an outcome and claims the next stage; for several slots at once, in their order. */
export const advanceAll = async (db: Database, commands: readonly Advance[]): Promise<readonly AdvanceAnswer[]> => {
  if (commands.length <= PER_SCRIPT) return advanceSome(db, commands);
  const slices = Array.from({ length: Math.ceil(commands.length / PER_SCRIPT) }, (_, at) => commands.slice(at * PER_SCRIPT, (at + 1) * PER_SCRIPT));
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
  return pack(OUTCOME, { run, stage, generation, attempt, fence, kind: result.kind, retryable, after: afterOf(result) });
};

/** ms until the stage may be claimed again, as far as its worker says so. */
const afterOf = (result: Outcome): number => {
  if (result.kind === 'failed') return Math.ceil(result.afterMs ?? 0);
  return result.kind === 'handed_back' ? Math.ceil(result.delayMs) : 0;
};

const payloadOf = (result: Outcome): string => {
  switch (result.kind) {
    case 'succeeded':
      return result.outputJson;
    case 'failed':
      return JSON.stringify({ code: result.error.code, message: result.error.message });
    case 'cancelled':
      return JSON.stringify(result.reason);
    case 'handed_back':
      return result.reason;
  }
};

type ClaimReply = readonly [
  jobId: string,
  pipeline: string,
  version: string,
  stage: string,
  attempt: string,
  fence: string,
  startedAt: string,
  deadline: string,
  wide: string,
  subset: string,
  dependencies: string,
  params: string,
  trigger: string,
];

const NO_PARAMS: Readonly<Record<string, unknown>> = Object.freeze({});

/** Reads what describe_claim (lib/claim.lua) wrote. */
const readClaim = (reply: readonly string[], worker: WorkerId, queue: string): Claim => {
  const [jobId, pipeline, version, stage, attempt, fence, startedAt, deadline, wide, subset, dependencies, params, trigger] = reply as unknown as ClaimReply;
  const [runId, stageIndex, generation] = jobId.split('.') as [string, string, string];
  return {
    jobId,
    runId: runId as RunId,
    stageIndex: Number(stageIndex),
    generation: Number(generation),
    attempt: Number(attempt),
    fence: Number(fence),
    worker,
    pipeline: pipeline as PipelineName,
    version: version as PipelineVersion,
    stage: stage as StageName,
    queue,
    params: params === '{}' ? NO_PARAMS : (JSON.parse(params) as Record<string, unknown>),
    trigger: readKind(trigger),
    inputs: wide === '1' ? null : readInputs(dependencies, subset, reply),
    startedAt: Number(startedAt),
    stageDeadline: deadline === '0' || !deadline ? null : Number(deadline),
  };
};

const MANUAL = Object.freeze({ kind: 'manual' });

const readKind = (json: string): Claim['trigger'] => {
  if (json === '{"kind":"manual"}') return MANUAL;
  const { kind, tick } = JSON.parse(json) as { kind: TriggerKind; tick?: number };
  return tick === undefined ? { kind } : { kind, tick };
};

const readInputs = (dependencies: string, subset: string, reply: readonly string[]): Record<string, unknown> => {
  const inputs: Record<string, unknown> = {};
  if (dependencies === '') return inputs;
  let at = 13;
  for (const dependency of dependencies.split(' ')) {
    const [index, name] = dependency.split(':') as [string, string];
    // A dependency outside the run's subset did not run: there is no output of it.
    if (subset === '' || subset[Number(index)] === '1') inputs[name] = JSON.parse(reply[at++] ?? 'null') as unknown;
  }
  return inputs;
};
