import type { StoreState } from '@millrace/core/engine';
import type { Logger } from 'pino';

export interface Repetition {
  start(): void;
  /** Resolves when the current round has ended. */
  stop(): Promise<void>;
}

export interface RepeatedWork {
  readonly name: string;
  readonly everyMs: number;
  readonly act: () => Promise<void>;
  readonly log: Logger;
  /** Shared by the process: Redis failures are reported there once for all tasks. */
  readonly state: StoreState;
}

/**
 * Runs `act` every `everyMs`, measured from start to start and never concurrently, starting now. A failing round is
 * logged once, and once more when it recovers, so that an unavailable Redis does not flood the log.
 */
export const repeatedly = ({ name, everyMs, act, log, state }: RepeatedWork): Repetition => {
  let timer: NodeJS.Timeout | null = null;
  let round: Promise<void> = Promise.resolve();
  let stopped = false;
  let failing = false;

  const turn = async (): Promise<void> => {
    const begun = performance.now();
    try {
      await act();
      state.worked(name);
      if (failing) log.info({ work: name }, `${name} works again`);
      failing = false;
    } catch (error) {
      if (stopped || state.failed(name, error)) return again(begun);
      if (!failing) log.warn({ work: name, err: error }, `${name} failed; it is tried again every ${everyMs} ms`);
      failing = true;
    }
    again(begun);
  };
  const again = (begun: number): void => {
    if (!stopped) timer = setTimeout(begin, Math.max(0, begun + everyMs - performance.now()));
  };
  const begin = (): void => {
    round = turn();
  };
  return {
    start: begin,
    stop: () => {
      stopped = true;
      if (timer) clearTimeout(timer);
      return round;
    },
  };
};
