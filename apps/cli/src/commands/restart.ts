import { Option } from 'commander';
import { type Client, everyItem, type StartRequest } from '@millrace/client';
import { isTerminalRun } from '@millrace/core/domain';
import type { WireRun } from '@millrace/core/wire';
import { onInterrupt } from '../on-interrupt.ts';
import { runIdOf } from '../run-reference.ts';
import { jsonText, type Terminal } from '../terminal.ts';
import type { AddCommands } from './add-commands.ts';
import { type ApiOptions, onApi, withApiOptions } from './api-options.ts';
import { showStarted } from './run.ts';

/**
 * `millrace restart`: replaces a run whose definition no worker has any more. Repeating it for the same run returns the
 * same new run.
 */
export const restartCommand: AddCommands = (program, terminal) => {
  withApiOptions(
    program
      .command('restart <run>')
      .description('cancel a run if it is live, and start a new one with the same params'),
  )
    .addOption(new Option('--on <definition>', 'which definition to run').choices(['current']).default('current'))
    .action(
      onApi(async (api, named: string, options: ApiOptions) => {
        const run = await api.run(await runIdOf(api, named));
        const request = await requestOf(api, run);
        // A start that the current definition rejects must not cancel the existing run.
        await api.plan(run.pipeline, request);
        if (!isTerminalRun(run.status)) await endRun(api, terminal, run.run_id);
        const started = await api.start(run.pipeline, request, `restart-${run.run_id}`);
        for (const warning of started.warnings) terminal.say(`${terminal.paint('yellow', 'warning:')} ${warning}`);
        if (options.json) terminal.out(jsonText(started));
        else showStarted(terminal, started);
      }),
    );
};

const endRun = async (api: Client, terminal: Terminal, runId: string): Promise<void> => {
  await api.cancel(runId, { reason: 'restarted' });
  const forget = onInterrupt(terminal, runId);
  try {
    for await (const _event of api.followEvents(runId));
  } finally {
    forget();
  }
};

const requestOf = async (api: Client, run: WireRun): Promise<StartRequest> => {
  const definition = await api.pipeline(run.pipeline, { version: run.version });
  return {
    params: run.params,
    mode: run.mode ?? undefined,
    labels: run.labels,
    reason: run.reason ?? undefined,
    ...(run.stage_counts.total < definition.stages.length ? { stages: await stagesOf(api, run.run_id) } : {}),
  };
};

const stagesOf = async (api: Client, runId: string): Promise<readonly string[]> => {
  const names: string[] = [];
  for await (const { stage } of everyItem((cursor) => api.stages(runId, { limit: 500, cursor, outputs: 'none' })))
    names.push(stage);
  return names;
};
