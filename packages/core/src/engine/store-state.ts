import { MillraceError } from '../domain/index.ts';

interface Log {
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
}

/** Whether Redis does a process's work: told by one line when it stops doing so, and one when it does again, however often it is tried. */
export interface StoreState {
  /** `work` failed. False: not because of Redis, so that it was not told. */
  failed(work: string, error: unknown): boolean;
  worked(work: string): void;
}

export const storeState = (log: Log): StoreState => {
  /** What failed when it was last tried. One work may well go on while another is refused: only when none fails, all is well. */
  const failing = new Set<string>();
  let told: string | null = null;
  return {
    failed: (work, error) => {
      if (!isOfStore(error)) return false;
      failing.add(work);
      if (told === error.code) return true;
      told = error.code;
      const why = error.cause instanceof Error ? error.cause.message : null;
      log.warn({ code: error.code, work, why }, `${error.message}; this is tried again, and told again when it works`);
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
