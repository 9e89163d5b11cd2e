import type { WireRun } from '@millrace/core/wire';
import type { AddCommands } from '../program.ts';
import { showRun } from '../show-run.ts';
import { type ApiOptions, apiOf, withApiOptions } from './api-options.ts';

interface StopOptions extends ApiOptions {
  readonly reason?: string;
  readonly grace?: string;
}

export const stopCommand: AddCommands = (program, terminal) => {
  withApiOptions(program.command('stop <run>').description('end a run; once this answers, no stage of it starts any more'))
    .option('--reason <text>', 'why, for the record')
    .option('--grace <duration>', 'between the polite signal and SIGKILL, e.g. 30s')
    .action(async (runId: string, options: StopOptions) => {
      const body = { ...(options.reason === undefined ? {} : { reason: options.reason }), ...(options.grace === undefined ? {} : { grace: options.grace }) };
      const run = await apiOf(options).post<WireRun>(`/api/v1/runs/${encodeURIComponent(runId)}/cancel`, body);
      if (options.json) terminal.out(JSON.stringify(run));
      else showRun(terminal, run);
    });
};
