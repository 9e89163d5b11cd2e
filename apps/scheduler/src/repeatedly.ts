import type { Logger } from 'pino';

export interface Repetition {
  start(): void;
  /** Answers when the current round has ended. */
  stop(): Promise<void>;
}

/**
 * Does `act` every `everyMs`, counted from start to start and never twice at once. The first round begins at once.
 * A round that fails is told once, and once more when it works again: while Redis is away the log stays readable.
 */
export const repeatedly = ({ name, everyMs, act, log }: { name: string; everyMs: number; act: () => Promise<void>; log: Logger }): Repetition => {
  let timer: NodeJS.Timeout | null = null;
  let round: Promise<void> = Promise.resolve();
  let stopped = false;
  let failing = false;

  const turn = async (): Promise<void> => {
    const begun = performance.now();
    try {
      await act();
      if (failing) log.info({ work: name }, `${name} works again`);
      failing = false;
    } catch (error) {
      if (!failing && !stopped) log.warn({ work: name, err: error }, `${name} failed; it is tried again every ${everyMs} ms`);
      failing = true;
    }
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
