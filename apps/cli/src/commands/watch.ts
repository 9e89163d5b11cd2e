import { exitCodeOfRun } from '../exit-codes.ts';
import { onInterrupt } from '../on-interrupt.ts';
import { eventLine } from '../progress.ts';
import type { AddCommands } from './add-commands.ts';
import { showRun } from '../show-run.ts';
import { wholeNumber } from '../whole-number.ts';
import { runIdOf } from '../run-reference.ts';
import { type ApiOptions, onApi, withApiOptions } from './api-options.ts';
import { jsonText } from '../terminal.ts';

interface WatchOptions extends ApiOptions {
  readonly afterSeq?: string;
}

export const watchCommand: AddCommands = (program, terminal, end) => {
  withApiOptions(
    program.command('watch <run>').description('follow a run event by event until it ends; exit 1 unless it succeeds'),
  )
    .option('--after-seq <seq>', 'start after this event')
    .action(
      onApi(async (api, named: string, options: WatchOptions) => {
        const runId = await runIdOf(api, named);
        const forget = onInterrupt(terminal, runId);
        for await (const event of api.followEvents(runId, readSeq(options.afterSeq)))
          terminal.out(options.json ? jsonText(event) : eventLine(terminal, event));
        forget();
        const run = await api.run(runId);
        if (!options.json) showRun(terminal, run);
        end(exitCodeOfRun(run));
      }),
    );
};

const readSeq = (text = '0'): number => wholeNumber('--after-seq', text);
