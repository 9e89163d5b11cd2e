import { setTimeout as delay } from 'node:timers/promises';

/**
 * Polls a fact until it is truthy and returns it; the only place where tests wait. A condition that throws is retried.
 * Fails after `timeoutMs` (10 s) with `what` was waited for and the last value or error.
 */
export const waitFor = async <T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 10_000, what }: { timeoutMs?: number; what: string },
): Promise<NonNullable<T>> => {
  const until = performance.now() + timeoutMs;
  let seen: unknown;
  for (let pause = 2; ; pause = Math.min(pause * 1.5, 50)) {
    try {
      const fact = await condition();
      if (fact) return fact;
      seen = fact;
    } catch (error) {
      seen = error;
    }
    if (performance.now() > until)
      throw new Error(
        `waited ${timeoutMs} ms for ${what}; last seen: ${seen instanceof Error ? seen.message : String(seen)}`,
        { cause: seen },
      );
    await delay(pause);
  }
};
