import { formatDuration, headlineOf } from '@millrace/core/domain';
import type { WireRun, WireRunAtGates, WireStageRun } from '@millrace/core/wire';
import { instant } from './instants.ts';
import { seeGate } from './show-gate.ts';
import { type Colour, oneLine, table, type Terminal } from './terminal.ts';

export const COLOURS: Readonly<Record<string, Colour>> = {
  succeeded: 'green',
  ok: 'green',
  failed: 'red',
  cancelled: 'yellow',
  cancelling: 'yellow',
  retrying: 'yellow',
  paused: 'yellow',
  awaiting_gate: 'yellow',
  skipped: 'dim',
  upstream_failed: 'red',
  pending: 'dim',
  running: 'cyan',
  starting: 'cyan',
};
export const paintStatus = (terminal: Terminal, status: string, text = status): string =>
  terminal.paint(COLOURS[status] ?? 'bold', text);

/** Prints a run and its stages; only the first stages of a large run. */
export const showRun = (terminal: Terminal, run: WireRunAtGates): void => {
  const took = run.duration_ms === null ? '' : ` in ${formatDuration(run.duration_ms)}`;
  terminal.out(`${terminal.paint('bold', run.pipeline)} ${run.run_id} ${paintStatus(terminal, run.status)}${took}`);
  if (run.retry_of !== null) terminal.out(`  retry of ${run.retry_of}`);
  if (run.retries.length > 0) terminal.out(`  retried as ${run.retries.join(', ')}`);
  for (const line of table(['stage', 'status', 'attempt', 'took', 'error'], run.stages.map(stageRow)))
    terminal.out(`  ${line}`);
  const { total, ended, running } = run.stage_counts;
  if (total > run.stages.length)
    terminal.out(
      `  and ${total - run.stages.length} more stages; of ${total} in all, ${ended} have ended and ${running} are running`,
    );
  if (run.error) terminal.out(`  ${terminal.paint('red', errorLine(run.error))}`);
  if (run.pause) terminal.out(`  ${terminal.paint('yellow', pauseLine(terminal, run.pause))}`);
  for (const { stage, deadline } of run.gates ?? []) {
    const until = deadline === null ? '' : ` until ${instant(terminal, deadline)}`;
    terminal.out(
      `  ${terminal.paint('yellow', `${stage} waits for a decision${until}`)}; see it with: ${seeGate(run.run_id, stage)}`,
    );
  }
};

export const pauseLine = (terminal: Terminal, pause: NonNullable<WireRun['pause']>): string => {
  const { since, scope, by, reason } = pause;
  const what = {
    run: '',
    pipeline: 'its pipeline is ',
    deployment: 'the deployment is ',
    rerun: 'a rerun opens its stages again: ',
  }[scope];
  return `${what}paused${by === null ? '' : ` by ${by}`} since ${instant(terminal, since)}${reason === null ? '' : `: ${oneLine(reason, 300)}`}`;
};

export const errorLine = ({ code, message, stage, attempt }: NonNullable<WireRun['error']>): string =>
  `${stage === null ? '' : `${stage}${attempt === null ? '' : ` (attempt ${attempt})`}: `}${code}: ${message}`;

/** "2", and with its generation once the stage has been run again: "2 (generation 3)". */
const attemptText = ({ attempt, generation }: WireStageRun): string => {
  const number = attempt === 0 ? '-' : String(attempt);
  return generation === 1 ? number : `${number} (generation ${generation})`;
};

const stageRow = (stage: WireStageRun): string[] => [
  stage.stage,
  stage.provenance === 'ran' ? stage.status : `${stage.status} (${stage.provenance})`,
  attemptText(stage),
  stage.duration_ms === null ? '-' : formatDuration(stage.duration_ms),
  stage.error === null ? '' : `${stage.error.code}: ${oneLine(headlineOf(stage.error), 300)}`,
];
