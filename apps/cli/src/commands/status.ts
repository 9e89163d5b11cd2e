import { formatDuration } from '@millrace/core/domain';
import type { WireHealth } from '@millrace/core/wire';
import type { AddCommands } from './add-commands.ts';
import { paintStatus, showRun } from '../show-run.ts';
import { jsonText, table, type Terminal } from '../terminal.ts';
import { runIdOf } from '../run-reference.ts';
import { type ApiOptions, onApi, withApiOptions } from './api-options.ts';

export const statusCommand: AddCommands = (program, terminal) => {
  withApiOptions(
    program.command('status [run]').description('show the status of a run or of the whole deployment'),
  ).action(
    onApi(async (api, named: string | undefined, options: ApiOptions) => {
      if (named !== undefined) {
        const run = await api.run(await runIdOf(api, named));
        return options.json ? terminal.out(jsonText(run)) : showRun(terminal, run);
      }
      const health = await api.health();
      return options.json ? terminal.out(jsonText(health)) : showHealth(terminal, health);
    }),
  );
};

const showHealth = (terminal: Terminal, { status, concerns, pipelines, system }: WireHealth): void => {
  const { count, slots, busy } = system.workers;
  terminal.out(
    `${paintStatus(terminal, status)}: ${count} ${count === 1 ? 'worker' : 'workers'} (${busy} of ${slots} slots busy), ${system.scheduler ? `scheduler ${system.scheduler.leader} leads` : 'no scheduler leads'}`,
  );
  for (const concern of concerns) terminal.out(`${terminal.paint('yellow', '!')} ${concern}`);
  const rows = pipelines.map(({ pipeline, state, status: health, last_run: last }) => [
    pipeline,
    state,
    health,
    last?.status ?? '-',
    typeof last?.duration_ms === 'number' ? formatDuration(last.duration_ms) : '-',
    last?.run_id ?? '-',
  ]);
  for (const line of table(['pipeline', 'state', 'health', 'last run', 'took', 'run id'], rows)) terminal.out(line);
};
