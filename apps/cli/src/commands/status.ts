import { formatDuration } from '@millrace/core/domain';
import type { WireRunSummary } from '@millrace/core/wire';
import { getRun } from '../follow-run.ts';
import type { AddCommands } from '../program.ts';
import { paintStatus, showRun } from '../show-run.ts';
import { table, type Terminal } from '../terminal.ts';
import { type ApiOptions, apiOf, withApiOptions } from './api-options.ts';

/** What of `GET /health` is shown. */
interface Health {
  readonly status: string;
  readonly concerns: readonly string[];
  readonly pipelines: readonly { readonly pipeline: string; readonly state: string; readonly status: string; readonly last_run: WireRunSummary | null }[];
  readonly system: {
    readonly workers: { readonly count: number; readonly slots: number; readonly busy: number };
    readonly scheduler: { readonly leader: string } | null;
  };
}

export const statusCommand: AddCommands = (program, terminal) => {
  withApiOptions(program.command('status [run]').description('how a run, or the whole deployment, does')).action(
    async (runId: string | undefined, options: ApiOptions) => {
      const api = apiOf(options);
      if (runId !== undefined) {
        const run = await getRun(api, runId);
        return options.json ? terminal.out(JSON.stringify(run)) : showRun(terminal, run);
      }
      const health = await api.get<Health>('/api/v1/health');
      return options.json ? terminal.out(JSON.stringify(health)) : showHealth(terminal, health);
    },
  );
};

const showHealth = (terminal: Terminal, { status, concerns, pipelines, system }: Health): void => {
  const { count, slots, busy } = system.workers;
  terminal.out(
    `${paintStatus(terminal, status)}: ${count} workers (${busy} of ${slots} slots busy), ${system.scheduler ? `scheduler ${system.scheduler.leader} leads` : 'no scheduler leads'}`,
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
