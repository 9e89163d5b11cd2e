import { formatDuration, INSTANT_RULE, parseInstant, shortRunId } from '@millrace/core/domain';
import type { WireListedRun } from '@millrace/core/wire';
import { CliError, EXIT } from '../exit-codes.ts';
import { instant } from '../instants.ts';
import { errorLine } from '../show-run.ts';
import { jsonText, table, type Terminal } from '../terminal.ts';
import { wholeNumber } from '../whole-number.ts';
import type { AddCommands } from './add-commands.ts';
import { type ApiOptions, onApi, withApiOptions } from './api-options.ts';

interface RunsOptions extends ApiOptions {
  readonly pipeline?: string;
  readonly status?: string;
  readonly label?: string;
  readonly since?: string;
  readonly until?: string;
  readonly search?: string;
  readonly n?: string;
}

export const runsCommand: AddCommands = (program, terminal) => {
  withApiOptions(program.command('runs').description('list runs, newest first'))
    .option('--pipeline <pipeline>', 'only this pipeline')
    .option('--status <status,…>', 'only in these states')
    .option('--label <name[=value]>', 'only with this label')
    .option(
      '--since <instant>',
      'created at or after, e.g. 2026-01-05 or 2026-01-05T12:00:00+02:00; UTC without an offset',
    )
    .option('--until <instant>', 'created at or before')
    .option('--search <text>', 'only with this text in the id, reason, labels, params or who started it')
    .option('-n <count>', 'how many at most, 1 to 500', '20')
    .action(
      onApi(async (api, options: RunsOptions) => {
        const { pipeline, status, label, since, until, search, n, json } = options;
        for (const [option, text] of Object.entries({ '--since': since, '--until': until }))
          if (text !== undefined && parseInstant(text) === null)
            throw new CliError(EXIT.usage, `${option} ${text}: must be ${INSTANT_RULE}`);
        const limit = wholeNumber('-n', n ?? '20', 1, 500);
        const { items } = await api.runs({ pipeline, status, label, since, until, text: search, limit });
        if (json) return terminal.out(jsonText(items));
        if (items.length === 0) return terminal.say('no runs');
        for (const line of table(
          ['run', 'pipeline', 'status', 'created', 'took', 'trigger', 'error'],
          items.map((run) => row(terminal, run)),
        ))
          terminal.out(line);
      }),
    );
};

const row = (terminal: Terminal, run: WireListedRun): string[] => [
  shortRunId(run.run_id),
  run.pipeline,
  run.status,
  instant(terminal, run.created_at),
  run.duration_ms === null ? '-' : formatDuration(run.duration_ms),
  run.trigger.schedule_id ?? run.trigger.by ?? run.trigger.kind,
  run.error === null ? '' : errorLine(run.error).split('\n')[0]!,
];
