import type { Client } from '@millrace/client';
import type { AddCommands } from './add-commands.ts';
import { paintStatus, showRun } from '../show-run.ts';
import { runIdOf } from '../run-reference.ts';
import { type ApiOptions, onApi, withApiOptions } from './api-options.ts';
import { jsonText, type Terminal } from '../terminal.ts';

interface RerunOptions extends ApiOptions {
  readonly downstream: boolean;
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly planHash?: string;
}

export const rerunCommand: AddCommands = (program, terminal) => {
  withApiOptions(
    program
      .command('rerun <run> <stage>')
      .description('run a stage of a live run again, and what depends on it; their past attempts stay'),
  )
    .option('--no-downstream', 'stages that depend on it keep their results')
    .option('--reason <text>', 'reason, kept with the run')
    .option('--dry-run', 'show what would run again, and change nothing')
    .option('--plan-hash <hash>', 'of a dry run: do nothing if what would run again has changed')
    .action(
      onApi(async (api, named: string, stage: string, options: RerunOptions) => {
        const { downstream, reason, dryRun, planHash, json } = options;
        const runId = await runIdOf(api, named);
        if (dryRun) {
          const plan = await api.planRerun(runId, stage, { downstream });
          return json ? terminal.out(jsonText(plan)) : showPlan(terminal, plan);
        }
        const run = await api.rerun(runId, stage, {
          downstream,
          ...(reason === undefined ? {} : { reason }),
          ...(planHash === undefined ? {} : { plan_hash: planHash }),
        });
        if (json) terminal.out(jsonText(run));
        else showRun(terminal, run);
      }),
    );
};

type Plan = Awaited<ReturnType<Client['planRerun']>>;

const SHOWN = 50;

const showPlan = (terminal: Terminal, { runs_again: again, keeps, plan_hash: hash }: Plan): void => {
  const list = (title: string, stages: Plan['keeps']): void => {
    terminal.out(terminal.paint('bold', `${title} (${stages.length})`));
    for (const { stage, status, generation } of stages.slice(0, SHOWN))
      terminal.out(
        `  ${stage} ${paintStatus(terminal, status)}${generation === 1 ? '' : ` (generation ${generation})`}`,
      );
    if (stages.length > SHOWN) terminal.out(`  and ${stages.length - SHOWN} more`);
  };
  list('would run again', again);
  list('keep their results', keeps);
  terminal.out(`plan ${hash}`);
};
