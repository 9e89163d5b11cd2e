import type { LoadedPipeline, StageHandler } from '../definition/index.ts';
import type { GateApproval, GateFeedback, Stage } from '../domain/index.ts';
import type { Claim, Outcome } from '../ports/index.ts';
import { Attempt } from './attempt.ts';
import { runOwned } from './attempt-owner.ts';
import type { AttemptServices } from './attempt-services.ts';
import { commandHandler } from './command-handler.ts';
import { approvalOf, type Asked, askAtGate, feedbackFor } from './gate.ts';
import { outcomeOfAbort, outcomeOfError } from './stage-outcome.ts';
import { outputJsonOf } from './stage-output.ts';

/** Time beyond the grace for the last of a command's processes to go, ms. */
const KILL_MS = 4_000;
/** Further time to store the files it left, ms. */
const KEEP_MS = 15_000;
/** How long a stopped attempt may take to record its last events, ms; the store may be down. */
const LAST_WORDS_MS = 5_000;

/**
 * From a claim to its outcome: restores inputs, runs the handler, checks the output. The stage's reports are recorded
 * before the outcome. Never throws: every failure becomes an outcome.
 */
export const runAttempt = async (
  claim: Claim,
  loaded: LoadedPipeline,
  stage: Stage,
  services: AttemptServices,
): Promise<Outcome> => {
  const attempt = new Attempt(claim, stage, loaded.dir, services);
  try {
    const outcome = await tried(attempt, claim, loaded, stage, services);
    attempt.watch.stop();
    const flushed = attempt.flush();
    if (flushed) await lastWords(attempt, flushed);
    const { stopped } = attempt;
    // A failure after the handler's end still fails the attempt.
    return stopped?.kind === 'report_refused' || stopped?.kind === 'stray_error'
      ? outcomeOfAbort(stopped, stage.retry, false)
      : outcome;
  } finally {
    attempt.close();
  }
};

const tried = async (
  attempt: Attempt,
  claim: Claim,
  loaded: LoadedPipeline,
  stage: Stage,
  services: AttemptServices,
): Promise<Outcome> => {
  try {
    const inputs = await restoreInputs(claim, stage, loaded, services);
    const ask = (own: string | null): Promise<AtGate> =>
      outcomeAtGate(attempt, own, (recorded) => askAtGate(claim, stage, loaded, inputs, services, own, recorded));
    const asksFirst = stage.gate !== undefined && stage.gate.kind !== 'result';
    const given = asksFirst ? await approvalOf(claim, services) : null;
    const first = asksFirst && given === null ? await ask(null) : { approval: given };
    if ('outcome' in first) return first.outcome;
    if (stage.handler.kind === 'gate') return succeeded(first.approval, 'null');
    const output = await runHandler(attempt, stage, loaded, inputs, {
      approval: first.approval,
      feedback: await feedbackFor(claim, services),
    });
    const outputJson = outputJsonOf(output, stage.output);
    if (stage.gate?.kind !== 'result') return { kind: 'succeeded', outputJson };
    const judged = await ask(outputJson);
    return 'outcome' in judged ? judged.outcome : succeeded(judged.approval, outputJson);
  } catch (error) {
    if (attempt.stopped)
      return outcomeOfAbort(attempt.stopped, stage.retry, attempt.watch.isStageOver, attempt.lastLine);
    if (stage.handler.kind === 'function') attempt.logStack(error);
    return outcomeOfError(error, stage.retry);
  }
};

/** The attempt ends at the gate, or goes on: nobody is asked, or an approval given before still counts. */
type AtGate = { readonly outcome: Outcome } | { readonly approval: GateApproval | null };

/** The values of the approval, if it had any, are the stage's output. */
const succeeded = (approval: GateApproval | null, own: string): Outcome => ({
  kind: 'succeeded',
  outputJson: approval === null || approval.values === null ? own : JSON.stringify(approval.values),
});

const outcomeAtGate = async (
  attempt: Attempt,
  own: string | null,
  ask: (recorded: () => Promise<void>) => Promise<Asked>,
): Promise<AtGate> => {
  const asked = await ask(async () => {
    if (own !== null) await attempt.flush();
  });
  refuseLate(attempt);
  if ('opening' in asked) return { outcome: { kind: 'gate', opening: asked.opening } };
  attempt.passedGate(asked.why);
  return { approval: asked.approval };
};

/** The outputs of the dependencies, by name; included in the claim unless there are too many. */
const restoreInputs = async (
  claim: Claim,
  stage: Stage,
  { pipeline }: LoadedPipeline,
  services: AttemptServices,
): Promise<Readonly<Record<string, unknown>>> => {
  if (claim.inputs !== null) return claim.inputs;
  const indexOf = new Map(pipeline.stages.map(({ name, index }) => [name, index]));
  const outputs = await services.outputsOf(
    claim.runId,
    stage.dependsOn.map((name) => indexOf.get(name)!),
  );
  return Object.fromEntries(stage.dependsOn.map((name, place) => [name, outputs[place]]));
};

const runHandler = async (
  attempt: Attempt,
  stage: Stage,
  loaded: LoadedPipeline,
  inputs: Readonly<Record<string, unknown>>,
  { approval, feedback }: { readonly approval: GateApproval | null; readonly feedback: GateFeedback | null },
): Promise<unknown> => {
  attempt.throwIfStopped();
  const handler = handlerOf(stage, loaded);
  const running = runOwned(attempt.owner, async () => {
    const output = await handler(attempt.contextOf(inputs, loaded, approval, feedback));
    await attempt.stored();
    if (stage.handler.kind === 'function') await strayRejections();
    return output;
  });
  try {
    return await withinGrace(attempt, stage, running);
  } finally {
    refuseLate(attempt);
  }
};

/**
 * Node reports an unhandled rejection once all code that could handle it has run: before the next turn of the event
 * loop.
 */
const strayRejections = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const handlerOf = (stage: Stage, { handlers, dir, file }: LoadedPipeline): StageHandler => {
  if (stage.handler.kind === 'command') return commandHandler(stage, dir);
  const handler = handlers.get(stage.name);
  if (!handler) throw new Error(`${file} has no function for stage "${stage.name}"`);
  return handler;
};

/**
 * The handler's result; rejects once the attempt is stopped and its grace has elapsed, so that a handler that ignores
 * its signal blocks nothing.
 */
const withinGrace = (attempt: Attempt, stage: Stage, running: Promise<unknown>): Promise<unknown> => {
  let timer: NodeJS.Timeout | undefined;
  return new Promise<unknown>((resolve, reject) => {
    const over = (settle: (value: unknown) => void) => (value: unknown) => {
      clearTimeout(timer);
      attempt.onStop(null);
      settle(value);
    };
    running.then(over(resolve), over(reject));
    attempt.onStop(() => {
      const grace = attempt.stopped?.graceMs ?? stage.graceMs;
      timer = setTimeout(
        () => reject(attempt.stopped),
        stage.handler.kind === 'command' ? grace + KILL_MS + KEEP_MS : grace,
      );
    });
  });
};

/** A handler that ends after its timeout or its stop signal has not succeeded: its result may be partial. */
const refuseLate = (attempt: Attempt): void => {
  const expired = attempt.watch.expired();
  if (expired) attempt.stop(expired);
  attempt.throwIfStopped();
};

/** Flushes the reports; for a stopped attempt, only within a time limit. */
const lastWords = async (attempt: Attempt, flushed: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const giveUp = new Promise<void>((resolve) =>
    attempt.onStop(() => void (timer ??= setTimeout(resolve, LAST_WORDS_MS))),
  );
  await Promise.race([flushed, giveUp]);
  clearTimeout(timer);
};
