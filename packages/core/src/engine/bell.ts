import { MillraceError } from '../domain/index.ts';

/** Retry interval while the store is down, ms. */
const RETRY_MS = 250;

/** Wakes the single waiter, which then checks what changed; a ring without a waiter is kept. */
export class Bell {
  #rung = false;
  #wake: (() => void) | null = null;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves to true at the next ring, or to false after `ms`; without `ms` it waits indefinitely. */
  async rung(ms?: number): Promise<boolean> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = null;
    }
    const rung = this.#rung;
    this.#rung = false;
    return rung;
  }
}

/** Retries until the store answers; undefined: aborted first, which rings the bell. Throws permanent errors. */
export const untilRead = async <T>(read: () => Promise<T>, bell: Bell, signal: AbortSignal): Promise<T | undefined> => {
  while (!signal.aborted) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof MillraceError && error.code === 'store_unavailable')) throw error;
      await bell.rung(RETRY_MS);
    }
  }
  return undefined;
};
