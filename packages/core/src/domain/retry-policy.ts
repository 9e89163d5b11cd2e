/** When a failed attempt is tried again: Temporal's fields, plus jitter. */

export interface RetryPolicy {
  /** Delay before the second attempt, ms. */
  readonly initialInterval: number;
  /** Factor by which the delay grows with each attempt, >= 1. */
  readonly backoffCoefficient: number;
  /** Upper bound of the delay, ms. */
  readonly maximumInterval: number;
  /** Attempts in all, the first included; 1 means never retried. */
  readonly maximumAttempts: number;
  /** Codes or names of errors that are not retried. */
  readonly nonRetryableErrors: readonly string[];
  /** 0..1: the delay is stretched by up to this share, never shortened. */
  readonly jitter: number;
}

export const DEFAULT_RETRY: RetryPolicy = {
  initialInterval: 1_000,
  backoffCoefficient: 2,
  maximumInterval: 60_000,
  maximumAttempts: 1,
  nonRetryableErrors: [],
  jitter: 0.2,
};

/**
 * Delay in ms before the attempt after `attempt` (1-based):
 * min(initialInterval * backoffCoefficient^(attempt-1), maximumInterval) * (1 + jitter * random).
 * `random` is in [0, 1). Jitter only stretches, so that a delay is never below the policy (S12).
 * The exponential form is Temporal's: https://docs.temporal.io/encyclopedia/retry-policies
 */
export const retryDelay = (policy: RetryPolicy, attempt: number, random: number): number => {
  const exponential = policy.initialInterval * policy.backoffCoefficient ** (attempt - 1);
  return Math.ceil(Math.min(exponential, policy.maximumInterval) * (1 + policy.jitter * random));
};
