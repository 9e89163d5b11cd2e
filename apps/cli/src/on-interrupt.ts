import { constants } from 'node:os';
import type { Terminal } from './terminal.ts';

/**
 * On an interrupt, says that the run continues and exits as the signal would. Returns a function that removes the
 * handler.
 */
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
