import type { Client, RetryPlan, RetryRequest } from '@millrace/client';
import { shortRunId } from '@millrace/core/domain';
import { CliError, EXIT, exitCodeOfRun } from '../exit-codes.ts';
import { readPairs, readParams } from '../read-params.ts';
import { runIdOf } from '../run-reference.ts';
import { showRun } from '../show-run.ts';
import { jsonText, table, type Terminal } from '../terminal.ts';
import type { AddCommands } from './add-commands.ts';
import { type ApiOptions, collect, onApi, withApiOptions } from './api-options.ts';
import { showStarted, waitForRun } from './run.ts';

interface RetryOptions extends ApiOptions {
  readonly from?: string;
  readonly only?: boolean;
  readonly all?: boolean;
  readonly param?: readonly string[];
  readonly definition?: string;
  readonly label?: readonly string[];
  readonly reason?: string;
  readonly key?: string;
  readonly planHash?: string;
  readonly dryRun?: boolean;
  readonly wait?: boolean;
}

export const retryCommand: AddCommands = (program, terminal, end) => {
  withApiOptions(program.command('retry <run>').description('retry an ended run: a new run that reuses what succeeded'))
    .option('--from <stage>', 'run this stage and what depends on it, and keep the rest')
    .option('--only', 'with --from: without what depends on it')
    .option('--all', 'run everything, not only what did not succeed')
    .option('-p, --param <name=value>', "replace a param of the run's; repeatable", collect)
    .option('--definition <which>', '"same" as the run had (default), or "current": stages that changed run', which)
    .option('--label <name=value>', "labels instead of the run's; repeatable", collect)
    .option('--reason <text>', 'reason, kept with the new run')
    .option('--key <key>', 'Idempotency-Key: repeating a request with its key returns the same run')
    .option('--plan-hash <hash>', 'refuse if the plan is not the one with this hash')
    .option('--dry-run', 'show what would run and what is reused, without starting it')
    .option('--wait', 'follow the run until it ends; exit 1 unless it succeeds')
    .action(
      onApi(async (api, named: string, options: RetryOptions) => {
        const runId = await runIdOf(api, named);
        const request = await requestOf(api, runId, options);
        if (options.dryRun) return showPlan(terminal, await api.planRetry(runId, request), options.json);
        const started = await api.retry(runId, request, options.key);
        for (const warning of started.warnings) terminal.say(`${terminal.paint('yellow', 'warning:')} ${warning}`);
        if (!options.wait) return options.json ? terminal.out(jsonText(started)) : showStarted(terminal, started);
        terminal.say(`run ${started.run_id} retries ${runId}: it is ${started.status}`);
        const ended = await waitForRun(api, terminal, started.run_id);
        if (options.json) terminal.out(jsonText(ended));
        else showRun(terminal, ended);
        end(exitCodeOfRun(ended));
      }),
    );
};

const which = (text: string): string => {
  if (text === 'same' || text === 'current') return text;
  throw new CliError(EXIT.usage, `--definition ${text}: must be same or current`);
};

const requestOf = async (
  api: Client,
  runId: string,
  { from, only, all, param, definition, label, reason, planHash }: RetryOptions,
): Promise<RetryRequest> => {
  if (only && from === undefined) throw new CliError(EXIT.usage, '--only belongs to --from <stage>');
  if (all && from !== undefined) throw new CliError(EXIT.usage, 'give either --all or --from <stage>');
  return {
    from,
    ...(only ? { downstream: false } : {}),
    ...(all ? { failed_only: false } : {}),
    params: param === undefined ? undefined : await paramsOf(api, runId, param, definition),
    definition: definition as RetryRequest['definition'],
    labels: label === undefined ? undefined : readPairs('--label', label),
    reason,
    plan_hash: planHash,
  };
};

const paramsOf = async (api: Client, runId: string, pairs: readonly string[], definition: string | undefined) => {
  const { pipeline, version } = await api.run(runId, { limit: 1, outputs: 'none' });
  const { params } = await api.pipeline(pipeline, definition === 'current' ? {} : { version });
  return readParams(pairs, params, pipeline);
};

const ACTIONS = { run: 'run', reuse: 'reuse', skip: 'skip', leave_out: 'leave out' } as const satisfies Record<
  RetryPlan['stages'][number]['action'],
  string
>;

const showPlan = (terminal: Terminal, plan: RetryPlan, json = false): void => {
  if (json) return terminal.out(jsonText(plan));
  terminal.say('dry run, nothing was started; this would happen:');
  terminal.out(`${plan.pipeline}@${plan.version}, retry of ${plan.retry_of}`);
  const rows = plan.stages.map(({ stage, action, because, reused_from: from }) => {
    const origin = from && `, in run ${shortRunId(from.run_id)}${from.other_params ? ' with other params' : ''}`;
    return [stage, ACTIONS[action], `${because}${origin ?? ''}`];
  });
  for (const line of table(['stage', 'what', 'because'], rows)) terminal.out(`  ${line}`);
  terminal.out(`params ${JSON.stringify(plan.params)}, overlap ${plan.overlap}`);
  terminal.out(`do exactly this with --plan-hash ${plan.plan_hash}`);
};
