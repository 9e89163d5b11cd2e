import type { WireProblem } from '@millrace/core/wire';

/** What the API refused, as it said it (RFC 9457). `code` is of the closed catalogue in docs/errors.md; `unreadable` when it was no problem of ours. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  /** Which input was wrong, and how. */
  readonly errors: readonly { readonly path: string; readonly message: string }[];
  /** Problems that are not listed in `errors`. */
  readonly moreErrors: number;
  readonly problem: Readonly<Record<string, unknown>>;
  /** When the API asked to wait, ms. */
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

/** Nothing answered, what answered is not a Millrace API, or the answer broke off. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** The refusal in an answer that is not ok. */
export const refusalOf = async (response: Response): Promise<ApiError> => {
  const body = (await response.json().catch(() => null)) as Partial<WireProblem> | null;
  const seconds = Number(response.headers.get('Retry-After') ?? Number.NaN);
  return new ApiError(response.status, typeof body === 'object' && body !== null ? body : {}, seconds >= 0 ? seconds * 1_000 : null);
};
