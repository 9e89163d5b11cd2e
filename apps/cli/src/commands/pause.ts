import type { Client } from '@millrace/client';
import type { AddCommands } from './add-commands.ts';
import { showRun } from '../show-run.ts';
import { runIdOf } from '../run-reference.ts';
import { type ApiOptions, onApi, withApiOptions } from './api-options.ts';
import { jsonText } from '../terminal.ts';

interface PauseOptions extends ApiOptions {
  readonly reason?: string;
}

const VERBS = {
  pause: 'pause a run: its running stages end, and no other starts until it is resumed',
  resume: 'resume a paused run: it goes on where it was',
} as const satisfies Partial<Record<keyof Client, string>>;

export const pauseCommands: AddCommands = (program, terminal) => {
  for (const verb of ['pause', 'resume'] as const)
    withApiOptions(program.command(`${verb} <run>`).description(VERBS[verb]))
      .option('--reason <text>', 'reason, kept with the run')
      .action(
        onApi(async (api, named: string, { reason, json }: PauseOptions) => {
          const run = await api[verb](await runIdOf(api, named), reason === undefined ? {} : { reason });
          if (json) terminal.out(jsonText(run));
          else showRun(terminal, run);
        }),
      );
};
