/** Why an attempt was stopped; the `reason` of a handler's AbortSignal. */
export interface AbortReason {
  readonly kind:
    | 'cancelled'
    | 'fenced'
    | 'drain'
    | 'process_ends'
    | 'timed_out'
    | 'heartbeat_lost'
    | 'report_refused'
    | 'stray_error';
  readonly reason: string;
  /** Overrides the stage's grace, ms. */
  readonly graceMs: number | null;
  /** The underlying error, if any. */
  readonly cause?: unknown;
}
