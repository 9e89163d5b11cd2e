import type { AddCommands } from './add-commands.ts';
import { showRun } from '../show-run.ts';
import { runIdOf } from '../run-reference.ts';
import { type ApiOptions, onApi, withApiOptions } from './api-options.ts';
import { jsonText } from '../terminal.ts';

interface StopOptions extends ApiOptions {
  readonly reason?: string;
  readonly grace?: string;
}

export const stopCommand: AddCommands = (program, terminal) => {
  withApiOptions(
    program.command('stop <run>').description('cancel a run; when this returns, none of its stages can start any more'),
  )
    .option('--reason <text>', 'reason, kept with the run')
    .option('--grace <duration>', 'grace period before SIGKILL, e.g. 30s')
    .action(
      onApi(async (api, named: string, { reason, grace, json }: StopOptions) => {
        const runId = await runIdOf(api, named);
        const run = await api.cancel(runId, {
          ...(reason === undefined ? {} : { reason }),
          ...(grace === undefined ? {} : { grace }),
        });
        if (json) terminal.out(jsonText(run));
        else showRun(terminal, run);
      }),
    );
};
