/** How long an Idempotency-Key is remembered, ms. */
export const IDEMPOTENCY_MS = 24 * 60 * 60 * 1_000;
