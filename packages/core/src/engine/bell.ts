import { MillraceError } from '../domain/index.ts';

/** Between two tries of a store that is away, ms. */
const RETRY_MS = 250;

/** Wakes the one who waits, who then looks at what changed; a ring while nobody waits is kept. */
export class Bell {
  #rung = false;
  #wake: (() => void) | null = null;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Answers true at the next ring, or false when `ms` have passed; without `ms` it waits for the ring. */
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

/** What the store answers, once it answers; undefined: aborted before, which rings the bell. Errors that waiting does not mend are thrown. */
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
