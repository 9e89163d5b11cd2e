import type { StoreState } from '@millrace/core/engine';
import type { Logger } from 'pino';

export interface Repetition {
  start(): void;
  /** Answers when the current round has ended. */
  stop(): Promise<void>;
}

export interface RepeatedWork {
  readonly name: string;
  readonly everyMs: number;
  readonly act: () => Promise<void>;
  readonly log: Logger;
  /** Of the whole process: what Redis fails is told there, once for all of its works. */
  readonly state: StoreState;
}

/**
 * Does `act` every `everyMs`, counted from start to start and never twice at once. The first round begins at once.
 * A round that fails is told once, and once more when it works again: while Redis is away the log stays readable.
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
