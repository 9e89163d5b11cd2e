import { constants } from 'node:os';
import type { Terminal } from './terminal.ts';

/** Who stops watching a run has not stopped the run: says so, and ends as the signal would. Answers how to take it back. */
export const onInterrupt = (terminal: Terminal, runId: string, tidy: () => void = () => {}): (() => void) => {
  const stop = (signal: 'SIGINT' | 'SIGTERM'): void => {
    tidy();
    terminal.say(`the run continues; follow it with: millrace watch ${runId}`);
    terminal.say(`or stop it with: millrace stop ${runId}`);
    process.exit(128 + constants.signals[signal]);
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  return () => void process.off('SIGINT', stop).off('SIGTERM', stop);
};
