import type { Client } from '@millrace/client';
import type { AddCommands } from './add-commands.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { pauseLine, showRun } from '../show-run.ts';
import { runIdOf } from '../run-reference.ts';
import { type ApiOptions, onApi, withApiOptions } from './api-options.ts';
import { jsonText, type Terminal } from '../terminal.ts';

interface PauseOptions extends ApiOptions {
  readonly reason?: string;
  readonly pipeline?: string;
  readonly all?: boolean;
  readonly from?: string;
}

const VERBS = {
  pause: 'pause a run, a pipeline or all: running stages end, and no other starts until it is resumed',
  resume: 'resume a paused run, pipeline or deployment: runs go on where they were; rejected stages run again',
} as const satisfies Partial<Record<keyof Client, string>>;

export const pauseCommands: AddCommands = (program, terminal) => {
  for (const verb of ['pause', 'resume'] as const) {
    const command = program.command(`${verb} [run]`).description(VERBS[verb]);
    if (verb === 'resume') command.option('--from <stage>', 'run this stage again first, and what depends on it');
    withApiOptions(command)
      .option('--pipeline <pipeline>', 'all runs of this pipeline, also later ones; its ticks are skipped')
      .option('--all', 'the whole deployment, for maintenance')
      .option('--reason <text>', 'reason, kept with the run')
      .action(
        onApi(async (api, named: string | undefined, options: PauseOptions) => {
          const { pipeline, all = false, reason, from, json } = options;
          if ([named !== undefined, pipeline !== undefined, all].filter(Boolean).length !== 1)
            throw new CliError(EXIT.usage, 'name one of: a run, --pipeline <pipeline>, --all');
          if (from !== undefined && named === undefined) throw new CliError(EXIT.usage, '--from goes with a run');
          const body = reason === undefined ? {} : { reason };
          if (named !== undefined) {
            const asked = { ...body, ...(from === undefined ? {} : { from }) };
            const run = await api[verb](await runIdOf(api, named), asked);
            return json ? terminal.out(jsonText(run)) : showRun(terminal, run);
          }
          const answer = await api[`${verb}Pipeline`](pipeline ?? null, body);
          if (json) terminal.out(jsonText(answer));
          else showPause(terminal, answer);
        }),
      );
  }
};

const showPause = (terminal: Terminal, { pipeline, pause }: Awaited<ReturnType<Client['pausePipeline']>>): void => {
  const what = pipeline === null ? 'the deployment' : `pipeline ${pipeline}`;
  if (pause === null) terminal.out(`${what} is not paused`);
  else
    terminal.out(
      pause.scope === 'deployment' && pipeline !== null
        ? pauseLine(terminal, pause)
        : `${what} is ${pauseLine(terminal, { ...pause, scope: 'run' })}`,
    );
};
