import { exitCodeOfRun, followRun, getRun } from '../follow-run.ts';
import { eventLine } from '../progress.ts';
import type { AddCommands } from '../program.ts';
import { showRun } from '../show-run.ts';
import { wholeNumber } from '../whole-number.ts';
import { type ApiOptions, apiOf, withApiOptions } from './api-options.ts';

interface WatchOptions extends ApiOptions {
  readonly afterSeq?: string;
}

export const watchCommand: AddCommands = (program, terminal, end) => {
  withApiOptions(program.command('watch <run>').description('follow a run to its end, event by event; exit 1 when it does not succeed'))
    .option('--after-seq <seq>', 'begin after this event')
    .action(async (runId: string, options: WatchOptions) => {
      const api = apiOf(options);
      for await (const event of followRun(api, runId, readSeq(options.afterSeq)))
        terminal.out(options.json ? JSON.stringify(event) : eventLine(terminal, event));
      const run = await getRun(api, runId);
      if (!options.json) showRun(terminal, run);
      end(exitCodeOfRun(run));
    });
};

const readSeq = (text = '0'): number => wholeNumber('--after-seq', text);
