import { stripVTControlCharacters } from 'node:util';
import { handlerSignal, MillraceError, parseDuration, type RetryPolicy, type StageError } from '../domain/index.ts';
import type { Outcome } from '../ports/index.ts';
import { SystemFailure } from '../scratch/index.ts';
import type { AbortReason } from './abort-reason.ts';
import { cutText } from './cut-text.ts';
import { causesOf, property, read } from './thrown-value.ts';
import { StageFailure } from './stage-failure.ts';

const MESSAGE_BYTES = 4_096;
const CAUSE_BYTES = 1_024;
const LAST_LINE_BYTES = 512;

/** The outcome of an attempt that was stopped from outside. */
export const outcomeOfAbort = (
  abort: AbortReason,
  policy: RetryPolicy,
  isStageOver: boolean,
  lastLine: string | null = null,
): Outcome => {
  switch (abort.kind) {
    case 'cancelled':
      return { kind: 'cancelled', reason: abort.reason };
    case 'drain':
    case 'process_ends':
    // The store refuses any outcome of a fenced attempt; handing back asserts nothing.
    case 'fenced':
      return { kind: 'handed_back', reason: 'drain', delayMs: 0 };
    case 'report_refused':
    case 'stray_error':
      return outcomeOfError(abort.cause, policy);
    case 'timed_out':
    case 'heartbeat_lost':
      return {
        kind: 'failed',
        error: { code: abort.kind, message: abort.reason + saidLast(lastLine) },
        retryable: !isStageOver && !policy.nonRetryableErrors.includes(abort.kind),
      };
  }
};

const saidLast = (line: string | null): string =>
  line === null ? '; it printed nothing' : `; it printed last: ${cutText(plain(line), LAST_LINE_BYTES)}`;

/** The outcome of an attempt whose handler threw; the value may be anything, even unreadable. */
export const outcomeOfError = (thrown: unknown, policy: RetryPolicy): Outcome => {
  const error = stageErrorOf(thrown);
  const signal = read(() => handlerSignal(thrown)) ?? null;
  const own = read(() => (thrown instanceof StageFailure ? thrown.retry : null));
  const always = signal === 'retryable' || own === 'always';
  const never = signal === 'non_retryable' || own === 'never';
  const names = [thrown, ...causesOf(thrown)].flatMap((one) => [property(one, 'name'), property(one, 'code')]);
  const excepted = [error.code, ...names].some(
    (name) => typeof name === 'string' && policy.nonRetryableErrors.includes(name),
  );
  const after = signal === 'retryable' ? property(thrown, 'after') : undefined;
  const afterMs = typeof after === 'number' || typeof after === 'string' ? parseDuration(after) : null;
  return {
    kind: 'failed',
    error,
    retryable: always || (!never && !excepted),
    ...(afterMs === null ? {} : { afterMs }),
  };
};

const stageErrorOf = (thrown: unknown): StageError => {
  if (!isErrorLike(thrown))
    return { code: 'NonError', message: `the handler threw ${cutText(plain(describe(thrown)), MESSAGE_BYTES)}` };
  const code =
    read(() => (thrown instanceof StageFailure || thrown instanceof MillraceError ? thrown.code : null)) ??
    nameOf(thrown);
  return { code, message: cutText(plain(withCauses(thrown)), MESSAGE_BYTES) };
};

/** "fetch failed" alone is useless, so its causes follow, on the same line if they fit. */
const withCauses = (error: object): string => {
  const own = textOf(error);
  // Its message already describes the cause.
  if (error instanceof SystemFailure) return own;
  const reasons = new Set(
    causesOf(error)
      .map(textOf)
      .filter((text) => text !== '' && !own.includes(text)),
  );
  if (reasons.size === 0) return own === '' ? `${nameOf(error)} without a message` : own;
  const isLong = [own, ...reasons].some((text) => text.includes('\n'));
  return [own, ...reasons].filter((text) => text !== '').join(isLong ? '\ncaused by: ' : ': ');
};

const textOf = (error: unknown): string => {
  if (!isErrorLike(error)) return cutText(describe(error), CAUSE_BYTES);
  const message = describe(property(error, 'message') ?? '').trim();
  const code = property(error, 'code');
  return cutText(message !== '' ? message : typeof code === 'string' ? code : '', MESSAGE_BYTES);
};

/** An Error from another realm fails `instanceof`. */
const isErrorLike = (value: unknown): value is object =>
  read(
    () =>
      value instanceof Error || (typeof value === 'object' && value !== null && 'message' in value && 'name' in value),
  ) ?? false;

const nameOf = (error: object): string => {
  const name = describe(property(error, 'name'));
  return /^[\w.$-]{1,64}$/.test(name) && name !== 'undefined' ? name : 'Error';
};

/** Keeps control characters from terminals, and lone surrogates from the store. */
const plain = (text: string): string =>
  stripVTControlCharacters(text)
    .replaceAll(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, '')
    .replaceAll(/\p{Surrogate}/gu, '\ufffd');

const describe = (value: unknown): string =>
  read(() =>
    typeof value === 'object' && value !== null
      ? (JSON.stringify(value) ?? 'a value without a JSON form')
      : String(value),
  ) ?? 'a value that cannot be shown';
