import { createInterface } from 'node:readline';
import type { Terminal } from './terminal.ts';

/** Asks at a terminal. A script, which nobody could answer for, has decided already. */
export const confirmed = (terminal: Terminal, question: string): Promise<boolean> => {
  if (!terminal.live || process.stdin.isTTY !== true) return Promise.resolve(true);
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    // Ctrl-C and the end of the input close it without an answer.
    asking.once('SIGINT', () => asking.close()).once('close', () => resolve(false));
    asking.question(`${question} [y/N] `, (answer) => {
      resolve(/^y(es)?$/i.test(answer.trim()));
      asking.close();
    });
  });
};
