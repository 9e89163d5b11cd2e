/** The closed catalogue of errors: code, HTTP status, title, and whether the same request may succeed later. */
export const ERRORS = {
  malformed_json: { status: 400, title: 'The body is not valid JSON', retryable: false },
  malformed_request: { status: 400, title: 'The request is malformed', retryable: false },
  unauthenticated: { status: 401, title: 'A valid token is required', retryable: false },
  forbidden: { status: 403, title: 'The token may not do this', retryable: false },
  not_an_approver: { status: 403, title: 'The gate is for others to decide', retryable: false },
  unknown_route: { status: 404, title: 'There is no such path', retryable: false },
  unknown_pipeline: { status: 404, title: 'There is no such pipeline', retryable: false },
  unknown_run: { status: 404, title: 'There is no such run', retryable: false },
  unknown_stage: { status: 404, title: 'There is no such stage', retryable: false },
  unknown_artifact: { status: 404, title: 'There is no such artifact', retryable: false },
  unknown_schedule: { status: 404, title: 'There is no such schedule', retryable: false },
  unknown_token: { status: 404, title: 'There is no such token', retryable: false },
  unknown_gate: { status: 404, title: 'There is no such gate', retryable: false },
  method_not_allowed: { status: 405, title: 'The path does not take this method', retryable: false },
  request_timeout: { status: 408, title: 'The request took too long to arrive', retryable: true },
  overlap: { status: 409, title: 'Another run of this pipeline is live', retryable: true },
  token_exists: { status: 409, title: 'Another token has this name', retryable: false },
  run_is_terminal: { status: 409, title: 'The run has ended', retryable: false },
  stage_is_running: { status: 409, title: 'The stage is running', retryable: true },
  run_is_live: { status: 409, title: 'The run has not ended', retryable: true },
  nothing_to_retry: { status: 409, title: 'No stage of the run failed', retryable: false },
  cannot_reuse: { status: 409, title: 'A result that is needed does not exist', retryable: false },
  plan_changed: { status: 409, title: 'The plan is not the one that was shown', retryable: false },
  illegal_transition: { status: 409, title: 'The state does not allow it', retryable: false },
  gate_closed: { status: 409, title: 'The gate has been decided or closed', retryable: false },
  gate_changed: { status: 409, title: 'The gate shows something else now', retryable: false },
  gate_waits: { status: 409, title: 'Other gates must be approved first', retryable: true },
  fenced: { status: 409, title: 'The lease was lost; the write was refused', retryable: false },
  too_large: { status: 413, title: 'A size limit was exceeded', retryable: false },
  unsatisfiable_range: { status: 416, title: 'The requested byte range does not exist', retryable: false },
  invalid_params: { status: 422, title: 'The params do not meet the schema', retryable: false },
  notes_required: { status: 422, title: 'The gate asks for notes with this decision', retryable: false },
  invalid_request: { status: 422, title: 'The request is well-formed but wrong', retryable: false },
  invalid_definition: { status: 422, title: 'The pipeline definition is wrong', retryable: false },
  invalid_config: { status: 422, title: 'The configuration is wrong', retryable: false },
  idempotency_mismatch: { status: 422, title: 'The Idempotency-Key was used with another body', retryable: false },
  rate_limited: { status: 429, title: 'Too many requests', retryable: true },
  headers_too_large: { status: 431, title: 'The headers are too long', retryable: false },
  internal: { status: 500, title: 'Something failed on our side', retryable: true },
  overloaded: { status: 503, title: 'This process is at its capacity', retryable: true },
  not_durable: { status: 503, title: 'Redis does not persist what it acknowledges', retryable: true },
  store_format: { status: 500, title: 'The store was written by an incompatible version', retryable: false },
  store_unavailable: { status: 503, title: 'Redis is not reachable', retryable: true },
  store_full: { status: 503, title: 'Redis is out of memory', retryable: true },
  version_mismatch: {
    status: 500,
    title: 'The installed BullMQ is not the version this build supports',
    retryable: false,
  },
} as const;
export type ErrorCode = keyof typeof ERRORS;

export interface ErrorDetail {
  /** Where: a JSON pointer-like dotted path, or file:line:col. */
  readonly path: string;
  readonly message: string;
}

/** Problems listed in one answer; the rest are counted. */
export const LISTED_ERRORS = 100;

/**
 * Every refusal by Millrace. `code` is from the catalogue; `errors` lists the first LISTED_ERRORS problems with their
 * paths.
 */
export class MillraceError extends Error {
  readonly code: ErrorCode;
  readonly errors: readonly ErrorDetail[];
  /** Number of problems not listed in `errors`. */
  readonly moreErrors: number;
  /** Further facts for the client, e.g. the live run's id of an `overlap`. */
  readonly extra: Readonly<Record<string, unknown>>;

  /** @param options `errorCount`: number of all problems, when `errors` holds only the first */
  constructor(
    code: ErrorCode,
    message: string,
    options: {
      errors?: readonly ErrorDetail[];
      errorCount?: number;
      extra?: Record<string, unknown>;
      cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'MillraceError';
    this.code = code;
    const { errors = [], errorCount = errors.length } = options;
    this.errors = errors.slice(0, LISTED_ERRORS);
    this.moreErrors = errorCount - this.errors.length;
    this.extra = options.extra ?? {};
  }
  /** Number of all problems, listed or not. */
  get errorCount(): number {
    return this.errors.length + this.moreErrors;
  }
  get status(): number {
    return ERRORS[this.code].status;
  }
}

/*
 * A handler's signals. They are recognised by a symbol, not by `instanceof`: a pipeline file may load
 * its own copy of this module.
 */
const SIGNAL = Symbol.for('millrace.handler_signal');

/** Thrown by a handler: the failure is final, whatever the retry policy. */
export class NonRetryableError extends Error {
  readonly [SIGNAL] = 'non_retryable';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NonRetryableError';
  }
}

/**
 * Thrown by a handler: retry no sooner than `after` (ms, or a duration such as "30s"). The policy still bounds the
 * attempts.
 */
export class RetryableError extends Error {
  readonly [SIGNAL] = 'retryable';
  readonly after: number | string | undefined;
  constructor(message: string, options?: ErrorOptions & { after?: number | string }) {
    super(message, options);
    this.name = 'RetryableError';
    this.after = options?.after;
  }
}

export const handlerSignal = (error: unknown): 'non_retryable' | 'retryable' | null =>
  typeof error === 'object' && error !== null && SIGNAL in error
    ? (error[SIGNAL] as 'non_retryable' | 'retryable')
    : null;

/** " (and 4,211 more)" after the first of `count` problems, or "" when it is the only one. */
export const andMore = (count: number): string =>
  count > 1 ? ` (and ${(count - 1).toLocaleString('en-GB')} more)` : '';
