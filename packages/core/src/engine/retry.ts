import { setTimeout as delay } from 'node:timers/promises';
import { backoff, MillraceError } from '../domain/index.ts';

export interface RetryOptions {
  /**
   * How long to wait after each failure, ms (see `backoff`). The failure of the attempt after the last one is thrown.
   */
  readonly pauses: Iterable<number>;
  /** Whether another attempt may succeed; every failure does by default. */
  readonly retryIf?: (error: unknown) => boolean;
  /** Called with a failure that is retried, before the pause. */
  readonly onRetry?: (error: unknown) => void;
  /** Ends the pause at once. An attempt in progress is not interrupted. */
  readonly signal?: AbortSignal;
  /** False: pauses do not keep the process alive. */
  readonly ref?: boolean;
}

/**
 * Calls `attempt` until it succeeds.
 * @throws the failure that `retryIf` rejects or that has no pause left, or an AbortError once `signal` aborts
 */
export const retry = async <T>(
  attempt: () => Promise<T>,
  { pauses, retryIf, onRetry, signal, ref = true }: RetryOptions,
): Promise<T> => {
  for (const pause of pauses) {
    try {
      return await attempt();
    } catch (error) {
      if (retryIf?.(error) === false) throw error;
      onRetry?.(error);
      await delay(pause, undefined, { ref, ...(signal ? { signal } : {}) });
    }
  }
  return attempt();
};

/** Retry interval of a read while the store is down, ms. */
const READ_AGAIN_MS = 250;

/** Retries until the store answers. Undefined: aborted first. Throws failures that `retryIf` rejects. */
export const untilRead = async <T>(
  read: () => Promise<T>,
  signal: AbortSignal,
  retryIf = isUnavailable,
): Promise<T | undefined> => {
  if (signal.aborted) return undefined;
  try {
    return await retry(read, { pauses: backoff(READ_AGAIN_MS), retryIf, signal });
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
};

const isUnavailable = (error: unknown): boolean => error instanceof MillraceError && error.code === 'store_unavailable';
