import type { WirePipeline, WireRun } from '@millrace/core/wire';
import type { ApiClient } from '../api-client.ts';
import { CliError } from '../exit-codes.ts';
import { exitCodeOfRun, followRun, getRun } from '../follow-run.ts';
import { overlappingRun } from '../overlapping-run.ts';
import { showProgress } from '../progress.ts';
import type { AddCommands } from '../program.ts';
import { readPairs, readParams } from '../read-params.ts';
import { showRun } from '../show-run.ts';
import type { Terminal } from '../terminal.ts';
import { type ApiOptions, apiOf, collect, withApiOptions } from './api-options.ts';

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
    .option('--mode <mode>', 'a preset of the pipeline')
    .option('-p, --param <name=value>', 'a param; may be given several times', collect)
    .option('--stage <stage>', 'run only this stage; may be given several times', collect)
    .option('--wait', 'follow it to its end; exit 1 when it does not succeed')
    .option('--dry-run', 'show what would run, and start nothing')
    .option('--force', 'run although results are fresh')
    .option('--label <name=value>', 'a label; may be given several times', collect)
    .option('--reason <text>', 'why, for the record')
    .option('--key <key>', 'Idempotency-Key: the same key and request is the same run')
    .action(async (pipeline: string, options: RunOptions) => {
      const api = apiOf(options);
      const started = await startRun(api, pipeline, options);
      if (options.dryRun) return showPlan(terminal, started as unknown as Plan, options.json);
      if (!options.wait) return options.json ? terminal.out(JSON.stringify(started)) : showStarted(terminal, started);
      terminal.say(`run ${started.run_id} of ${started.pipeline} is ${started.status}`);
      const ended = await waitForRun(api, terminal, started.run_id);
      if (options.json) terminal.out(JSON.stringify(ended));
      else showRun(terminal, ended);
      end(exitCodeOfRun(ended));
    });
};

/** With progress as talk, and the run as it ended. */
const waitForRun = async (api: ApiClient, terminal: Terminal, runId: string): Promise<WireRun> => {
  const progress = showProgress(terminal);
  for await (const event of followRun(api, runId)) progress.show(event);
  progress.end();
  return getRun(api, runId);
};

const startRun = async (api: ApiClient, name: string, options: RunOptions): Promise<WireRun> => {
  const path = `/api/v1/pipelines/${encodeURIComponent(name)}`;
  const params = options.param === undefined ? undefined : readParams(options.param, (await api.get<WirePipeline>(path)).params, name);
  const body = {
    ...(params === undefined ? {} : { params }),
    ...(options.mode === undefined ? {} : { mode: options.mode }),
    ...(options.stage === undefined ? {} : { stages: options.stage }),
    ...(options.label === undefined ? {} : { labels: readPairs('--label', options.label) }),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(options.force ? { force: true } : {}),
    ...(options.dryRun ? { dry_run: true } : {}),
  };
  try {
    return await api.post<WireRun>(`${path}/runs`, body, options.key === undefined ? {} : { 'Idempotency-Key': options.key });
  } catch (error) {
    const live = overlappingRun(error);
    if (live === null || !(error instanceof CliError)) throw error;
    throw new CliError(error.exitCode, error.message, { details: [`follow it with: millrace watch ${live}`], problem: { ...error.problem }, cause: error });
  }
};

interface Plan {
  readonly pipeline: string;
  readonly version: string;
  readonly stages: readonly string[];
  readonly params: Readonly<Record<string, unknown>>;
  readonly overlap: string;
}

const showPlan = (terminal: Terminal, plan: Plan, json = false): void => {
  if (json) return terminal.out(JSON.stringify(plan));
  terminal.say('nothing was started; this would run:');
  terminal.out(`${plan.pipeline}@${plan.version}: ${plan.stages.join(', ')}`);
  terminal.out(`params ${JSON.stringify(plan.params)}, overlap ${plan.overlap}`);
};

const showStarted = (terminal: Terminal, run: WireRun): void => {
  terminal.out(run.run_id);
  terminal.say(run.status === 'queued' ? 'the run waits for the run before it' : `the run of ${run.pipeline} is ${run.status}`);
  terminal.say(`follow it with: millrace watch ${run.run_id}`);
};
