/** When to retry a failed attempt: Temporal's fields, plus jitter. */

export interface RetryPolicy {
  /** Delay before the second attempt, ms. */
  readonly initialInterval: number;
  /** Factor by which the delay grows with each attempt, >= 1. */
  readonly backoffCoefficient: number;
  /** Upper bound of the delay, ms. */
  readonly maximumInterval: number;
  /** Maximum attempts, including the first; 1 means no retry. */
  readonly maximumAttempts: number;
  /** Codes or names of errors not to retry. */
  readonly nonRetryableErrors: readonly string[];
  /** 0..1: adds up to this share to the delay, never shortens it. */
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
 * `random` is in [0, 1). Jitter only lengthens a delay, so that it is never below the policy (S12).
 * The exponential form is Temporal's: https://docs.temporal.io/encyclopedia/retry-policies
 */
export const retryDelay = (policy: RetryPolicy, attempt: number, random: number): number => {
  const exponential = policy.initialInterval * policy.backoffCoefficient ** (attempt - 1);
  return Math.ceil(Math.min(exponential, policy.maximumInterval) * (1 + policy.jitter * random));
};
