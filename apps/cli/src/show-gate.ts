import { formatDuration, gateKeyOf, shortRunId } from '@millrace/core/domain';
import type { WireGate, WireListedGate } from '@millrace/core/wire';
import { instant } from './instants.ts';
import { jsonText, oneLine, plain, type Terminal } from './terminal.ts';

/** The command that shows a gate. */
export const seeGate = (runId: string, stage: string): string => `millrace gate ${shortRunId(runId)} ${stage}`;

export const seeGateWithId = (gateId: string): string => {
  const key = gateKeyOf(gateId);
  return key === null ? `millrace gate ${gateId}` : seeGate(key.runId, key.stage);
};

/** Characters of an output that are shown; `--json` shows all. */
const OUTPUT_SHOWN = 2_000;

/** What is to be judged, and who decided what about it. */
export const gateLines = (terminal: Terminal, gate: WireGate): readonly string[] => [
  `${terminal.paint('bold', gate.pipeline)} ${gate.run_id} ${terminal.paint('bold', gate.stage)}: ${stateOf(terminal, gate)}`,
  `gate   ${gate.gate_id}`,
  `digest ${gate.shown_digest}`,
  ...(gate.shown.length === 0 ? ['it shows nothing: no stage comes before it'] : []),
  ...gate.shown.flatMap((shown) => shownLines(gate, shown)),
  ...earlierLines(terminal, gate),
  ...gate.votes.map(
    ({ by, at, notes }) => `approved by ${by.name} at ${instant(terminal, at)}${said(notes)} (${votesOf(gate)})`,
  ),
  ...(gate.status === 'pending' ? askLines(terminal, gate) : []),
];

/** "waits for a decision until …"; "approved by ann at …". */
export const stateOf = (terminal: Terminal, gate: Pick<WireListedGate, 'status' | 'deadline' | 'decision'>): string => {
  const { status, deadline, decision } = gate;
  if (status === 'pending')
    return `waits for a decision${deadline === null ? '' : ` until ${instant(terminal, deadline)}`}`;
  const who = decision === null ? '' : decision.by === null ? ` (${decision.via})` : ` by ${decision.by.name}`;
  const at = decision === null ? '' : ` at ${instant(terminal, decision.at)}`;
  return `${status.replaceAll('_', ' ')}${who}${at}${said(decision?.notes ?? null)}`;
};

/** "1 of 2 approvals". */
export const votesOf = ({ votes, policy }: Pick<WireListedGate, 'votes' | 'policy'>): string =>
  `${votes.length} of ${policy.quorum} approval${policy.quorum === 1 ? '' : 's'}`;

const said = (notes: string | null): string => (notes === null ? '' : `: ${oneLine(notes, 500)}`);

type Shown = WireGate['shown'][number];

const shownLines = (gate: WireGate, { stage, generation, output, output_is, artifacts, more }: Shown): string[] => {
  const output_text = output_is === 'here' ? cut(plain(jsonText(output))) : OUTPUT_IS[output_is];
  return [
    `  ${stage}${generation === 1 ? '' : ` (generation ${generation})`}${changeOf(gate, stage)}: ${output_text}`,
    ...artifacts.map(
      ({ name, media_type, size, digest }) =>
        `    ${name}${changeOf(gate, stage, name)}  ${size === null ? '' : `${size} bytes, ${media_type}, `}sha256 ${digest.slice(0, 16)}…`,
    ),
    ...(more === 0 ? [] : [`    and ${more} more artifacts`]),
  ];
};

const OUTPUT_IS = {
  too_large: 'an output too large to show here; --json of "millrace status" has it',
  gone: 'an output that has been made anew since',
} as const;

const cut = (text: string): string =>
  text.length <= OUTPUT_SHOWN ? text : `${text.slice(0, OUTPUT_SHOWN)}… (${text.length} characters, see --json)`;

/** " [changed]" against what was rejected before, else against what was approved last. */
const changeOf = ({ changed }: WireGate, stage: string, artifact: string | null = null): string => {
  const since = (changed.since_previous ?? changed.since_approved)?.stages.find((one) => one.stage === stage);
  const change = artifact === null ? since?.output : since?.artifacts.find(({ name }) => name === artifact)?.change;
  return change === undefined ? '' : ` [${change}]`;
};

const earlierLines = (terminal: Terminal, { changed: { since_previous, since_approved } }: WireGate): string[] => {
  const earlier = since_previous ?? since_approved;
  if (earlier === null) return [];
  const where = since_previous === null ? `in run ${shortRunId(earlier.run_id)}` : 'before in this run';
  const by = earlier.by === null ? '' : ` by ${earlier.by}`;
  const at = earlier.at === null ? '' : ` at ${instant(terminal, earlier.at)}`;
  return [
    `[…] is the difference to what was ${earlier.status.replaceAll('_', ' ')} ${where}${by}${at}${said(earlier.notes)}`,
  ];
};

const askLines = (terminal: Terminal, gate: WireGate): string[] => {
  const { policy, waits_for, next_stages, why_not, form, run_id, stage } = gate;
  const names = Object.keys(form?.['properties'] ?? {});
  const values = names.length === 0 ? '' : ` [${names.map((name) => `--value ${name}=…`).join(' ')}]`;
  const target = `${shortRunId(run_id)} ${stage}`;
  const notes = { optional: ' [--notes …]', on_reject: ' [--notes …]', always: ' --notes …' }[policy.notes];
  return [
    ...(policy.timeout_ms === null
      ? []
      : [`after ${formatDuration(policy.timeout_ms)} without a decision: ${ON_TIMEOUT[policy.on_timeout ?? 'fail']}`]),
    ...(policy.quorum === 1 ? [] : [`it takes ${policy.quorum} people: ${votesOf(gate)}`]),
    ...(waits_for.length === 0 ? [] : [`first comes the gate of ${waits_for.join(', ')}`]),
    ...(next_stages.length === 0 ? [] : [`an approval lets run: ${next_stages.join(', ')}`]),
    ...(why_not === null
      ? [
          `decide with: millrace approve ${target}${values}${notes}`,
          `         or: millrace reject ${target}${policy.notes === 'optional' ? ' [--notes …]' : ' --notes …'}`,
        ]
      : [terminal.paint('yellow', `you cannot decide here: ${why_not}`)]),
  ];
};

const ON_TIMEOUT = {
  approve: 'it counts as approved',
  reject: 'it counts as rejected',
  fail: 'the stage fails',
} as const;
