import type { Client, StartPlan, StartRequest } from '@millrace/client';
import type { WireRun } from '@millrace/core/wire';
import { exitCodeOfRun } from '../exit-codes.ts';
import { showProgress } from '../progress.ts';
import type { AddCommands } from './add-commands.ts';
import { readPairs, readParams } from '../read-params.ts';
import { showRun } from '../show-run.ts';
import { onInterrupt } from '../on-interrupt.ts';
import { jsonText, type Terminal } from '../terminal.ts';
import { type ApiOptions, collect, onApi, withApiOptions } from './api-options.ts';

interface RunOptions extends ApiOptions {
  readonly mode?: string;
  readonly param?: readonly string[];
  readonly stage?: readonly string[];
  readonly label?: readonly string[];
  readonly wait?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly reason?: string;
  readonly key?: string;
}

export const runCommand: AddCommands = (program, terminal, end) => {
  withApiOptions(program.command('run <pipeline>').description('start a run'))
    .option('--mode <mode>', 'mode of the pipeline: a preset of params and stages')
    .option('-p, --param <name=value>', 'set a param; repeatable', collect)
    .option('--stage <stage>', 'run only this stage; repeatable', collect)
    .option('--wait', 'follow the run until it ends; exit 1 unless it succeeds')
    .option('--dry-run', 'show what would run without starting it')
    .option('--force', 'run even if results are fresh')
    .option('--label <name=value>', 'add a label; repeatable', collect)
    .option('--reason <text>', 'reason, kept with the run')
    .option('--key <key>', 'Idempotency-Key: repeating a request with its key returns the same run')
    .action(
      onApi(async (api, pipeline: string, options: RunOptions) => {
        const request = await requestOf(api, pipeline, options);
        if (options.dryRun) return showPlan(terminal, await api.plan(pipeline, request), options.json);
        const started = await api.start(pipeline, request, options.key);
        for (const warning of started.warnings) terminal.say(`${terminal.paint('yellow', 'warning:')} ${warning}`);
        if (!options.wait) return options.json ? terminal.out(jsonText(started)) : showStarted(terminal, started);
        terminal.say(`run ${started.run_id} of ${started.pipeline} is ${started.status}`);
        const ended = await waitForRun(api, terminal, started.run_id);
        if (options.json) terminal.out(jsonText(ended));
        else showRun(terminal, ended);
        end(exitCodeOfRun(ended));
      }),
    );
};

/** Prints progress and resolves with the ended run. */
export const waitForRun = async (api: Client, terminal: Terminal, runId: string): Promise<WireRun> => {
  const progress = showProgress(terminal);
  const forget = onInterrupt(terminal, runId, () => progress.end());
  try {
    for await (const event of api.followEvents(runId)) progress.show(event);
    progress.end();
  } finally {
    forget();
  }
  return api.run(runId);
};

const requestOf = async (
  api: Client,
  pipeline: string,
  { param, mode, stage, label, reason, force }: RunOptions,
): Promise<StartRequest> => ({
  params: param === undefined ? undefined : readParams(param, (await api.pipeline(pipeline)).params, pipeline),
  mode,
  stages: stage,
  labels: label === undefined ? undefined : readPairs('--label', label),
  reason,
  ...(force ? { force } : {}),
});

const showPlan = (terminal: Terminal, plan: StartPlan, json = false): void => {
  if (json) return terminal.out(jsonText(plan));
  terminal.say('dry run, nothing was started; this would run:');
  terminal.out(`${plan.pipeline}@${plan.version}: ${plan.stages.join(', ')}`);
  terminal.out(`params ${JSON.stringify(plan.params)}, overlap ${plan.overlap}`);
};

export const showStarted = (terminal: Terminal, run: WireRun): void => {
  terminal.out(run.run_id);
  terminal.say(
    run.status === 'queued' ? 'the run is queued behind another run' : `the run of ${run.pipeline} is ${run.status}`,
  );
  terminal.say(`follow it with: millrace watch ${run.run_id}`);
};
