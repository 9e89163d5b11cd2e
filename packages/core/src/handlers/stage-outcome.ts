import { handlerSignal, MillraceError, parseDuration, type RetryPolicy, type StageError } from '../domain/index.ts';
import type { Outcome } from '../ports/index.ts';
import type { AbortReason } from './abort-reason.ts';
import { cutText } from './cut-text.ts';
import { StageFailure } from './stage-failure.ts';

const MESSAGE_BYTES = 4_096;

/** The outcome of an attempt that was stopped from outside. */
export const outcomeOfAbort = (abort: AbortReason, policy: RetryPolicy, isStageOver: boolean): Outcome => {
  switch (abort.kind) {
    case 'cancelled':
      return { kind: 'cancelled', reason: abort.reason };
    case 'drain':
    case 'process_ends':
    // The store refuses whatever a fenced attempt says; handing back claims nothing.
    case 'fenced':
      return { kind: 'handed_back', reason: 'drain', delayMs: 0 };
    case 'report_refused':
    case 'stray_error':
      return outcomeOfError(abort.cause, policy);
    case 'timed_out':
    case 'heartbeat_lost':
      return { kind: 'failed', error: { code: abort.kind, message: abort.reason }, retryable: !isStageOver && !policy.nonRetryableErrors.includes(abort.kind) };
  }
};

/** The outcome of an attempt whose handler threw; anything may be thrown. */
export const outcomeOfError = (thrown: unknown, policy: RetryPolicy): Outcome => {
  const error = stageErrorOf(thrown);
  const signal = handlerSignal(thrown);
  const always = signal === 'retryable' || (thrown instanceof StageFailure && thrown.retry === 'always');
  const never = signal === 'non_retryable' || (thrown instanceof StageFailure && thrown.retry === 'never');
  const excepted = [error.code, ...namesOf(thrown)].some((name) => policy.nonRetryableErrors.includes(name));
  const after = signal === 'retryable' ? (thrown as { after?: unknown }).after : undefined;
  const afterMs = typeof after === 'number' || typeof after === 'string' ? parseDuration(after) : null;
  return { kind: 'failed', error, retryable: always || (!never && !excepted), ...(afterMs === null ? {} : { afterMs }) };
};

const stageErrorOf = (thrown: unknown): StageError => {
  if (!(thrown instanceof Error) && !isErrorLike(thrown)) return { code: 'NonError', message: `the handler threw ${cutText(describe(thrown), MESSAGE_BYTES)}` };
  const code = thrown instanceof StageFailure || thrown instanceof MillraceError ? thrown.code : nameOf(thrown);
  return { code, message: cutText(describe(thrown.message), MESSAGE_BYTES) };
};

/** An Error of another realm is not `instanceof` ours. */
const isErrorLike = (value: unknown): value is Error => typeof value === 'object' && value !== null && 'message' in value && 'name' in value;

const nameOf = (error: Error): string => (/^[\w.$-]{1,64}$/.test(String(error.name)) ? String(error.name) : 'Error');

/** By which names a policy may except it: the name of its class, and a code such as Node's ECONNREFUSED. */
const namesOf = (thrown: unknown): readonly string[] => {
  if (typeof thrown !== 'object' || thrown === null) return [];
  const { name, code } = thrown as { name?: unknown; code?: unknown };
  return [name, code].filter((text) => typeof text === 'string');
};

const describe = (value: unknown): string => {
  try {
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
  } catch {
    return 'a value that cannot be shown';
  }
};
