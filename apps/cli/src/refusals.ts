import { ApiError, UnreachableError } from '@millrace/client';
import { CliError, EXIT, type ExitCode } from './exit-codes.ts';

/** Turns an API error, or an unreachable API, into a message with its exit code. Passes other errors on. */
export const refusalFor = (error: unknown, hadToken: boolean): unknown => {
  if (error instanceof UnreachableError)
    return new CliError(EXIT.unreachable, error.message, {
      details: ['start one with "millrace up", or point to another with --url or MILLRACE_URL'],
      cause: error,
    });
  if (!(error instanceof ApiError)) return error;
  const details = [
    ...error.errors.map(({ path, message }) => `${path}: ${message}`),
    ...(error.moreErrors === 0 ? [] : [`and ${error.moreErrors.toLocaleString('en-GB')} more`]),
    ...(error.status === 401 ? [tokenHint(hadToken)] : []),
    ...(overlappingRun(error) === null ? [] : [`follow it with: millrace watch ${overlappingRun(error)}`]),
  ];
  return new CliError(exitCodeOf(error.status), error.message, { details, problem: error.problem, cause: error });
};

/** The live run that blocked a start (409 `overlap`), or null for any other error. */
export const overlappingRun = (error: unknown): string | null => {
  const runId = error instanceof ApiError ? error.problem['live_run_id'] : null;
  return typeof runId === 'string' ? runId : null;
};

/** 409: a valid request that conflicts with the current state. 503: the API is up, its Redis is not. */
const exitCodeOf = (status: number): ExitCode => {
  if (status === 401 || status === 403) return EXIT.forbidden;
  if (status === 502 || status === 503 || status === 504) return EXIT.unreachable;
  return status === 409 || status === 429 || status >= 500 ? EXIT.failed : EXIT.usage;
};

const tokenHint = (hadToken: boolean): string =>
  hadToken
    ? 'check --token, MILLRACE_TOKEN or the admin-token file of the data folder'
    : 'pass --token, or set MILLRACE_URL and MILLRACE_TOKEN, or run this where the data folder (.millrace) is';
