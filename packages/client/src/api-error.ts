import type { WireProblem } from '@millrace/core/wire';

/**
 * A refusal by the API (RFC 9457). `code` is from the catalogue in docs/errors.md, or `unreadable` if the answer was
 * not one of our problems.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  /** The invalid inputs and their problems. */
  readonly errors: readonly { readonly path: string; readonly message: string }[];
  /** Number of problems not listed in `errors`. */
  readonly moreErrors: number;
  readonly problem: Readonly<Record<string, unknown>>;
  /** How long the API asked to wait, ms. */
  readonly retryAfterMs: number | null;

  constructor(status: number, problem: Partial<WireProblem>, retryAfterMs: number | null) {
    super(problem.detail ?? problem.title ?? `the API answered ${status}`);
    this.status = status;
    this.code = problem.code ?? 'unreadable';
    this.errors = problem.errors ?? [];
    this.moreErrors = problem.more_errors ?? 0;
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Nothing answered, a server other than a Millrace API answered, or the answer broke off. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** The refusal in a failed response. */
export const refusalOf = async (response: Response): Promise<ApiError> => {
  const body = (await response.json().catch(() => null)) as Partial<WireProblem> | null;
  const seconds = Number(response.headers.get('Retry-After') ?? Number.NaN);
  return new ApiError(
    response.status,
    typeof body === 'object' && body !== null ? body : {},
    seconds >= 0 ? seconds * 1_000 : null,
  );
};
