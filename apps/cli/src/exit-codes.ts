/** What the shell learns. */
export const EXIT = { done: 0, failed: 1, usage: 2, unreachable: 3, forbidden: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A refusal for people: `message`, then a line of `details` each; the process ends with `exitCode`. */
export class CliError extends Error {
  readonly exitCode: ExitCode;
  readonly details: readonly string[];
  /** The HTTP status of the API's answer, when it was one. */
  readonly status: number | null;
  /** The API's problem document, for `--json`. */
  readonly problem: Readonly<Record<string, unknown>> | null;

  constructor(
    exitCode: ExitCode,
    message: string,
    options: { details?: readonly string[]; status?: number; problem?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'CliError';
    this.exitCode = exitCode;
    this.details = options.details ?? [];
    this.status = options.status ?? null;
    this.problem = options.problem ?? null;
  }
}

/** 409: the request was fine and something else stood in its way. 503: the API answers, its Redis does not. */
export const exitCodeOf = (status: number): ExitCode => {
  if (status === 401 || status === 403) return EXIT.forbidden;
  if (status === 502 || status === 503 || status === 504) return EXIT.unreachable;
  return status === 409 || status === 429 || status >= 500 ? EXIT.failed : EXIT.usage;
};
