/** Exit codes of the program. */
export const EXIT = { done: 0, failed: 1, usage: 2, unreachable: 3, forbidden: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An error for people: `message`, then one line per detail; the process exits with `exitCode`. */
export class CliError extends Error {
  readonly exitCode: ExitCode;
  readonly details: readonly string[];
  /** The API's problem document, for `--json`. */
  readonly problem: Readonly<Record<string, unknown>> | null;

  constructor(
    exitCode: ExitCode,
    message: string,
    options: { details?: readonly string[]; problem?: Readonly<Record<string, unknown>>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'CliError';
    this.exitCode = exitCode;
    this.details = options.details ?? [];
    this.problem = options.problem ?? null;
  }
}

export const exitCodeOfRun = (run: { readonly status: string }): ExitCode =>
  run.status === 'succeeded' ? EXIT.done : EXIT.failed;
