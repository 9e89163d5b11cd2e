import { MillraceError } from '../domain/index.ts';

interface Log {
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
}

/**
 * Tracks whether Redis serves a process, and logs one line when it stops and one when it resumes, however many attempts
 * fail.
 */
export interface StoreState {
  /** Reports that `work` failed. False: not because of Redis, so nothing was logged. */
  failed(work: string, error: unknown): boolean;
  worked(work: string): void;
}

export const storeState = (log: Log): StoreState => {
  /**
   * Work that failed on its last try. Some may succeed while other work is refused: all is well only when none fails.
   */
  const failing = new Set<string>();
  let told: string | null = null;
  return {
    failed: (work, error) => {
      if (!isOfStore(error)) return false;
      failing.add(work);
      if (told === error.code) return true;
      told = error.code;
      const why = error.cause instanceof Error ? error.cause.message : null;
      log.warn({ code: error.code, work, why }, `${error.message}; retrying; the recovery will be logged`);
      return true;
    },
    worked: (work) => {
      failing.delete(work);
      if (told === null || failing.size > 0) return;
      told = null;
      log.info({ work }, 'Redis works again');
    },
  };
};

const isOfStore = (error: unknown): error is MillraceError =>
  error instanceof MillraceError && (error.code === 'store_full' || error.code === 'store_unavailable');
