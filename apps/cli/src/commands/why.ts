import { formatDuration, headlineOf, sayLacking, sayRegistered } from '@millrace/core/domain';
import type { WireBlocker, WireExplanation, WireRun } from '@millrace/core/wire';
import { instant } from '../instants.ts';
import { seeGateWithId } from '../show-gate.ts';
import { errorLine, paintStatus } from '../show-run.ts';
import { jsonText, oneLine, type Terminal } from '../terminal.ts';
import { runIdOf } from '../run-reference.ts';
import type { AddCommands } from './add-commands.ts';
import { type ApiOptions, onApi, withApiOptions } from './api-options.ts';

interface WhyOptions extends ApiOptions {
  readonly stage?: string;
}

export const whyCommand: AddCommands = (program, terminal) => {
  withApiOptions(
    program
      .command('why <run>')
      .description('explain what a run and its stages are waiting for, since when and until when'),
  )
    .option('--stage <stage>', 'only this stage')
    .action(
      onApi(async (api, named: string, { stage, json }: WhyOptions) => {
        const runId = await runIdOf(api, named);
        const explanation = await api.explain(runId, { stage });
        if (json) return terminal.out(jsonText(explanation));
        showWaiting(terminal, await api.run(runId), explanation);
      }),
    );
};

const showWaiting = (terminal: Terminal, run: WireRun, { at, blockers, stages, waiting }: WireExplanation): void => {
  terminal.out(`${terminal.paint('bold', run.pipeline)} ${run.run_id} ${paintStatus(terminal, run.status)}`);
  if (run.error) terminal.out(`  ${terminal.paint('red', errorLine(run.error))}`);
  const show = (blocker: WireBlocker, indent: string): void => {
    terminal.out(`${indent}${terminal.paint('yellow', '!')} ${sentenceOf(blocker, (iso) => instant(terminal, iso))}`);
    terminal.out(
      `${indent}  ${terminal.paint('dim', `blocked for ${formatDuration(Math.max(0, Date.parse(at) - Date.parse(blocker.since)))}; lifts when ${blocker.lifts_when}`)}`,
    );
  };
  for (const blocker of blockers) show(blocker, '  ');
  for (const { stage, status, blockers: own } of stages) {
    terminal.out(
      `  ${stage} ${paintStatus(terminal, status)}${own.length === 0 ? ': nothing is blocking it; the next free worker takes it' : ''}`,
    );
    for (const blocker of own) show(blocker, '    ');
  }
  if (waiting > stages.length) terminal.out(`  and ${waiting - stages.length} more stages are waiting`);
  if (blockers.length === 0 && waiting === 0)
    terminal.out(`  ${run.finished_at === null ? 'nothing is waiting' : 'the run has ended: nothing is waiting'}`);
};

type Evidence<C extends WireBlocker['code']> = Extract<WireBlocker, { code: C }>['evidence'];
type ShowInstant = (iso: string) => string;
const sayPrincipal = (principal: string): string =>
  principal.startsWith('role:') ? `the role ${principal.slice('role:'.length)}` : principal.slice('name:'.length);
/** A code without a sentence does not compile. */
const SENTENCES: {
  readonly [C in WireBlocker['code']]: (evidence: Evidence<C>, shown: ShowInstant, since: string) => string;
} = {
  overlap: ({ holder, ahead }) =>
    `only one run of this pipeline may be live at a time${holder === null ? '' : `, and run ${holder} is`}${ahead === 0 ? '' : `; ${ahead} more queued ahead of this one`}`,
  awaiting_gate: ({ gate, who, votes, quorum, deadline }, shown) =>
    `waits for a decision at its gate ${gate} by ${who.map(sayPrincipal).join(' or ')}${quorum === 1 ? '' : ` (${votes} of ${quorum} approvals)`}${deadline === null ? '' : `, until ${shown(deadline)}`}; see it with: ${seeGateWithId(gate)}`,
  paused: ({ scope, by, reason, cause }) =>
    cause
      ? `the run is paused: its gate ${cause.gate} was rejected${by === null ? '' : ` by ${by}`}${reason === null ? '' : `: ${oneLine(reason, 300)}`}`
      : `${{ run: 'the run', pipeline: 'its pipeline', deployment: 'the deployment', rerun: 'the run, while a rerun opens its stages again,' }[scope]} is paused${by === null ? '' : ` by ${by}`}${reason === null ? '' : `: ${oneLine(reason, 300)}`}`,
  dependency: ({ stages, more }) =>
    `depends on ${stages.map(({ stage, status }) => `${stage} (${status})`).join(', ')}${more === 0 ? '' : ` and ${more} more`}`,
  backoff: ({ attempt, next_attempt_at, error }, shown) =>
    `the last attempt failed${error === null ? '' : ` (${error.code}: ${headlineOf(error)})`}; attempt ${attempt} is due at ${shown(next_attempt_at)}`,
  no_worker: ({ queue, lost }) =>
    `no worker serves queue ${queue}${lost === 0 ? '' : lost === 1 ? ': its worker was lost' : `: its ${lost} workers were lost`}`,
  queue_paused: ({ queue }) => `queue ${queue} is paused`,
  no_compatible_worker: ({ queue, pipeline, version, registered }, shown, since) =>
    `${sayLacking(pipeline, version)}, since ${shown(since)} (queue ${queue}); ${sayRegistered(registered)}`,
  runs_apart: ({ queue }) =>
    `must run alone: two workers were lost while running it alongside other stages; waiting for an idle worker of queue ${queue}`,
  no_capacity: ({ queue, slots, waiting }) =>
    `waiting for a free worker slot: ${slots === 1 ? 'the only slot' : `all ${slots} slots`} of queue ${queue} ${slots === 1 ? 'is' : 'are'} busy${waiting > 1 ? `; ${waiting} stages are waiting` : ''}`,
};

const sentenceOf = <C extends WireBlocker['code']>(
  { code, evidence, since }: { readonly code: C; readonly evidence: Evidence<C>; readonly since: string },
  shown: ShowInstant,
): string => SENTENCES[code](evidence, shown, since);
