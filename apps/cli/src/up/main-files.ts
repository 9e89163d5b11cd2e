import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROCESSES = ['api', 'worker', 'scheduler'] as const;
export type ProcessName = (typeof PROCESSES)[number];

/** Main file of a process: next to its package's index, built or (under the condition `source`) not. */
export const mainOf = (name: ProcessName): string => {
  const index = fileURLToPath(import.meta.resolve(`@millrace/${name}`));
  return join(dirname(index), `main${extname(index)}`);
};
