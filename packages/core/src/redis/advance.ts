import type { PipelineName, PipelineVersion, RunId, StageName, TriggerKind } from '../domain/index.ts';
import type { Advance, AdvanceAnswer, Claim, ClaimRef, Outcome, ReportedEvent } from '../ports/index.ts';
import { type Database, runScript } from './script.ts';

/** The hot path: one script records an outcome and claims the next stage. */
export const advance = async (db: Database, command: Advance): Promise<AdvanceAnswer> => {
  const reply = (await runScript(db, 'advance', [
    command.worker,
    command.queue,
    command.slot,
    command.fetch ? '1' : '0',
    Math.random(),
    ...(command.outcome === null ? [] : packOutcome(command.outcome, command.outcome.result)),
  ])) as Reply;
  return {
    recorded: reply[0] === '' ? null : reply[0],
    unregistered: reply[1] === 1,
    nextDueAt: Number(reply[2]),
    expand: reply[3] === '' ? null : (reply[3] as RunId),
    claim: reply.length > 4 ? readClaim(reply as unknown as string[], command.queue) : null,
  };
};

type Reply = [Exclude<AdvanceAnswer['recorded'], null> | '', number, number | string, string, ...string[]];

const packOutcome = (claim: ClaimRef, result: Outcome): (string | number)[] => {
  const ref = [claim.runId, claim.stageIndex, claim.generation, claim.fence, result.kind];
  switch (result.kind) {
    case 'succeeded':
      return [...ref, result.outputJson, '0', 0];
    case 'failed':
      return [...ref, JSON.stringify({ code: result.error.code, message: result.error.message }), result.retryable ? '1' : '0', result.afterMs ?? 0];
    case 'cancelled':
      return [...ref, JSON.stringify(result.reason), '0', 0];
    case 'handed_back':
      return [...ref, result.reason, '0', result.delayMs];
  }
};

const NO_PARAMS: Readonly<Record<string, unknown>> = Object.freeze({});

/** Reads what describe_claim (lib/claim.lua) wrote, from place 4 on. */
const readClaim = (reply: readonly string[], queue: string): Claim => {
  const [jobId, pipeline, version, stage, attempt, fence, startedAt, deadline, wide, subset, dependencies, params, trigger] = reply.slice(4, 17) as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const [runId, stageIndex, generation] = jobId.split('.') as [string, string, string];
  return {
    jobId,
    runId: runId as RunId,
    stageIndex: Number(stageIndex),
    generation: Number(generation),
    attempt: Number(attempt),
    fence: Number(fence),
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

const MANUAL = Object.freeze({ kind: 'manual' as TriggerKind });

const readKind = (json: string): Claim['trigger'] => {
  if (json === '{"kind":"manual"}') return MANUAL;
  const { kind, tick } = JSON.parse(json) as { kind: TriggerKind; tick?: number };
  return tick === undefined ? { kind } : { kind, tick };
};

const readInputs = (dependencies: string, subset: string, reply: readonly string[]): Record<string, unknown> => {
  const inputs: Record<string, unknown> = {};
  if (dependencies === '') return inputs;
  let at = 17;
  for (const dependency of dependencies.split(' ')) {
    const [index, name] = dependency.split(':') as [string, string];
    // A dependency outside the run's subset did not run: it has no output here.
    inputs[name] = subset !== '' && !subset.includes(` ${index} `) ? null : (JSON.parse(reply[at++] ?? 'null') as unknown);
  }
  return inputs;
};

export const report = async (db: Database, claim: ClaimRef, events: readonly ReportedEvent[]): Promise<'ok' | 'fenced'> => {
  const args = events.flatMap((event) => [event.type, JSON.stringify(event.data)]);
  return (await runScript(db, 'report', [claim.runId, claim.stageIndex, claim.generation, claim.fence, ...args])) as 'ok' | 'fenced';
};
