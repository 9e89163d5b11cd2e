import { pathToFileURL } from 'node:url';
import type { AddCommands } from './add-commands.ts';
import { PROCESSES, mainOf } from '../up/main-files.ts';

/** Runs one process, configured by the environment, until SIGTERM. */
export const processCommands: AddCommands = (program) => {
  for (const name of PROCESSES)
    program
      .command(name)
      .description(`run one ${name} process ("up" runs all of them)`)
      .action(async () => {
        await import(pathToFileURL(mainOf(name)).href);
      });
};
