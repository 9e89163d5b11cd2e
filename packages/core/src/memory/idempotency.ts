/** Retention of an Idempotency-Key, ms. */
export const IDEMPOTENCY_MS = 24 * 60 * 60 * 1_000;
