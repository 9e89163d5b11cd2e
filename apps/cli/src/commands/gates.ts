import { readFileSync } from 'node:fs';
import type { Client } from '@millrace/client';
import { gateKeyOf, parseExactJson, shortRunId } from '@millrace/core/domain';
import { OFFERED_VERBS, type OfferedVerb, type WireGate, type WireListedGate } from '@millrace/core/wire';
import { confirmed } from '../confirm.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { instant } from '../instants.ts';
import { readParams } from '../read-params.ts';
import { runIdOf } from '../run-reference.ts';
import { gateLines, stateOf, votesOf } from '../show-gate.ts';
import { jsonText, table, type Terminal } from '../terminal.ts';
import { wholeNumber } from '../whole-number.ts';
import type { AddCommands } from './add-commands.ts';
import { type ApiOptions, collect, onApi, withApiOptions } from './api-options.ts';

interface ListOptions extends ApiOptions {
  readonly mine?: boolean;
  readonly closed?: boolean;
  readonly pipeline?: string;
  readonly n?: string;
}
interface DecideOptions extends ApiOptions {
  readonly notes?: string;
  readonly value?: readonly string[];
  readonly values?: string;
  readonly digest?: string;
  readonly yes?: boolean;
}

const VERBS = {
  approve: 'approve what waits at a gate of a run',
  reject: 'reject what waits at a gate: the run is paused until it is resumed',
  withdraw: 'take your vote at a gate back',
} as const satisfies Readonly<Record<OfferedVerb, string>>;

/** Deciding at gates. */
export const gateCommands: AddCommands = (program, terminal) => {
  withApiOptions(program.command('gates').description('list the gates that wait for a decision, the longest first'))
    .option('--mine', 'only those at which you may decide')
    .option('--closed', 'those that were decided, the last one first')
    .option('--pipeline <pipeline>', 'only of this pipeline')
    .option('-n <count>', 'how many at most, 1 to 500 (default 50)')
    .action(
      onApi(async (api, { mine, closed, pipeline, n, json }: ListOptions) => {
        const { items, next_cursor } = await api.gates({
          limit: wholeNumber('-n', n ?? '50', 1, 500),
          status: closed ? 'closed' : 'pending',
          mine: mine ? 'true' : undefined,
          pipeline,
        });
        if (json) return terminal.out(jsonText(items));
        if (items.length === 0) return terminal.say(closed ? 'no gate was decided' : 'no gate waits for a decision');
        const rows = items.map((gate) => rowOf(terminal, gate));
        for (const line of table(['run', 'stage', 'pipeline', 'opened', 'approvals', 'state'], rows))
          terminal.out(line);
        if (next_cursor !== null) terminal.say('there are more: -n shows up to 500');
      }),
    );

  withApiOptions(
    program.command('gate <run> [stage]').description('show what is to be judged at a gate: of a run, or by its id'),
  ).action(
    onApi(async (api, named: string, stage: string | undefined, { json }: ApiOptions) => {
      const gate = await gateOf(api, named, stage);
      if (json) return terminal.out(jsonText(gate));
      for (const line of gateLines(terminal, gate)) terminal.out(line);
    }),
  );

  for (const verb of OFFERED_VERBS) {
    const command = withApiOptions(program.command(`${verb} <run> [stage]`).description(VERBS[verb]))
      .option('--digest <digest>', 'of what you have looked at: refused if the gate shows something else')
      .option('-y, --yes', 'decide without asking back');
    if (verb !== 'withdraw') command.option('--notes <text>', 'why; kept with the decision');
    if (verb === 'approve')
      command
        .option('--value <name=value>', "a value for the gate's form; repeatable", collect)
        .option('--values <file>', 'values for the form, from a JSON file; "-" is stdin');
    command.action(
      onApi(async (api, named: string, stage: string | undefined, options: DecideOptions) => {
        const gate = await gateOf(api, named, stage);
        const values = valuesOf(gate, options);
        if (!options.json) for (const line of gateLines(terminal, gate)) terminal.say(line);
        if (options.yes !== true && options.digest === undefined && !(await confirmed(terminal, `${verb}?`)))
          throw new CliError(EXIT.failed, 'nothing was decided');
        const decided = await api.decideGate(gate.gate_id, verb, {
          shown_digest: options.digest ?? gate.shown_digest,
          notes: options.notes,
          values,
        });
        if (options.json) terminal.out(jsonText(decided));
        else terminal.out(`gate ${decided.gate_id} ${outcomeOf(terminal, decided)}`);
      }),
    );
  }
};

const outcomeOf = (terminal: Terminal, gate: WireGate): string =>
  gate.status === 'pending' ? `waits for more people: ${votesOf(gate)}` : `is ${stateOf(terminal, gate)}`;

const rowOf = (terminal: Terminal, gate: WireListedGate): string[] => [
  shortRunId(gate.run_id),
  gate.stage,
  gate.pipeline,
  instant(terminal, gate.opened_at),
  `${gate.votes.length}/${gate.policy.quorum}`,
  `${stateOf(terminal, gate)}${gate.status === 'pending' && !gate.may_decide ? ' of others' : ''}`,
];

/** The gate with this id, or the one that a run waits at. */
const gateOf = async (api: Client, named: string, stage: string | undefined): Promise<WireGate> => {
  if (gateKeyOf(named) !== null) {
    if (stage !== undefined) throw new CliError(EXIT.usage, 'a gate is named by its id, or by a run and a stage');
    return api.gate(named);
  }
  const run = await api.run(await runIdOf(api, named), { outputs: 'none' });
  const waiting = (run.gates ?? []).filter((gate) => stage === undefined || gate.stage === stage);
  const [only, ...others] = waiting;
  if (only === undefined)
    throw new CliError(
      EXIT.failed,
      `run ${run.run_id} (${run.status}) waits at no gate${stage === undefined ? '' : ` of stage ${stage}`}`,
      { details: ['"millrace gates --closed" lists who decided what'] },
    );
  if (others.length > 0)
    throw new CliError(EXIT.usage, `run ${run.run_id} waits at several gates: name the stage`, {
      details: waiting.map((gate) => gate.stage),
    });
  return api.gate(only.gate_id);
};

const valuesOf = (gate: WireGate, { value, values }: DecideOptions): Record<string, unknown> | undefined => {
  if (value === undefined && values === undefined) return undefined;
  return {
    ...(values === undefined ? {} : valuesIn(values)),
    ...(value === undefined ? {} : readParams(value, gate.form, `the gate of ${gate.stage}`, '--value')),
  };
};

const valuesIn = (file: string): Record<string, unknown> => {
  let read: unknown;
  try {
    read = parseExactJson(readFileSync(file === '-' ? 0 : file, 'utf8'), file);
  } catch (error) {
    throw new CliError(EXIT.usage, `--values ${file}: ${(error as Error).message}`);
  }
  if (typeof read === 'object' && read !== null && !Array.isArray(read)) return read as Record<string, unknown>;
  throw new CliError(EXIT.usage, `--values ${file}: must be a JSON object`);
};
