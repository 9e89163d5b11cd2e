import { formatDuration } from '@millrace/core/domain';
import type { WireEvent } from '@millrace/core/wire';
import { timeOfDay } from './instants.ts';
import { seeGate } from './show-gate.ts';
import { COLOURS } from './show-run.ts';
import { oneLine, type Terminal } from './terminal.ts';

export interface Progress {
  show(event: WireEvent): void;
  end(): void;
}

/** Minimum interval between redraws of a live view, ms. */
const REDRAW_MS = 100;
/** Stages shown in the live view; wide runs are summarised. */
const SHOWN = 20;

/** Shows a run's progress: redrawn on a terminal, otherwise one line per change. */
export const showProgress = (terminal: Terminal): Progress =>
  terminal.live ? liveProgress(terminal) : plainProgress(terminal);

const QUIET = new Set<WireEvent['type']>(['stage.progress', 'stage.metric', 'stage.log']);

export const plainProgress = (terminal: Terminal): Progress => ({
  show: (event) => {
    if (!QUIET.has(event.type)) terminal.say(eventLine(terminal, event));
  },
  end: () => {},
});

/** "12:15:30 translator succeeded in 1.2s". */
export const eventLine = (terminal: Terminal, event: WireEvent): string => {
  const status = event.type.slice(event.type.indexOf('.') + 1);
  const took = typeof event.data['duration_ms'] === 'number' ? ` in ${formatDuration(event.data['duration_ms'])}` : '';
  const retry = event.type === 'stage.retrying' || event.attempt > 1 ? ` (attempt ${event.attempt})` : '';
  const time = terminal.paint('dim', timeOfDay(terminal, event.timestamp));
  // A stage's log line is printed as is, after the stage's name.
  if (event.type === 'stage.log') return `${time} ${terminal.paint('dim', `${event.stage} |`)} ${event.msg}`;
  const hint = event.type === 'gate.opened' ? `; see it with: ${seeGate(event.run_id, event.stage)}` : '';
  return `${time} ${terminal.paint(COLOURS[status] ?? (event.event === 'error' ? 'yellow' : 'bold'), event.msg)}${retry}${took}${hint}`;
};

const liveProgress = (terminal: Terminal): Progress => {
  const stages = new Map<string, { status: string; note: string }>();
  let drawn = 0;
  let timer: NodeJS.Timeout | null = null;

  const draw = (): void => {
    timer = null;
    const { columns, rows } = terminal.size();
    // More rows than the screen has, or rows that wrap, could not be redrawn in place.
    const most = Math.max(2, Math.min(SHOWN, rows - 2));
    const row = ([stage, { status, note }]: readonly [string, { status: string; note: string }]): string => {
      const name = oneLine(stage, columns - 6);
      return `  ${mark(terminal, status)} ${name} ${terminal.paint('dim', oneLine(note, columns - 6 - name.length))}`;
    };
    const shown =
      stages.size <= most
        ? [...stages].map(row)
        : [...busiest(stages, most - 1).map(row), `  ${oneLine(sum(stages), columns - 3)}`];
    terminal.draw(`${drawn > 0 ? `\u001b[${drawn}A` : ''}${shown.map((row) => `\u001b[2K${row}\n`).join('')}\u001b[0J`);
    drawn = shown.length;
  };
  return {
    show: (event) => {
      for (const stage of (event.type === 'run.created' && (event.data['stages'] as readonly string[])) || [])
        stages.set(stage, { status: 'pending', note: '' });
      if (event.stage !== 'pipeline')
        stages.set(event.stage, { ...stages.get(event.stage), ...changeOf(event, stages.get(event.stage)?.status) });
      timer ??= setTimeout(draw, REDRAW_MS);
    },
    end: () => {
      if (timer) clearTimeout(timer);
      draw();
    },
  };
};

const changeOf = (event: WireEvent, before = 'pending'): { status: string; note: string } => {
  if (event.type === 'stage.progress') return { status: before, note: progressNote(event.data) };
  if (event.type === 'stage.log') return { status: before, note: event.msg.split('\n').at(-1)!.slice(0, 60) };
  if (event.type === 'stage.started')
    return { status: 'running', note: event.attempt > 1 ? `attempt ${event.attempt}` : '' };
  if (event.type === 'gate.opened') return { status: 'awaiting_gate', note: seeGate(event.run_id, event.stage) };
  const status = event.type.slice('stage.'.length);
  if (!(status in COLOURS)) return { status: before, note: '' };
  return {
    status,
    note:
      typeof event.data['duration_ms'] === 'number'
        ? formatDuration(event.data['duration_ms'])
        : event.event === 'failure' || event.event === 'error'
          ? event.msg
          : '',
  };
};

const progressNote = (data: WireEvent['data']): string => {
  const share =
    typeof data['fraction'] === 'number'
      ? data['fraction']
      : typeof data['percent'] === 'number'
        ? data['percent'] / 100
        : null;
  return share === null
    ? JSON.stringify(data).slice(0, 60)
    : `${'#'.repeat(Math.round(share * 20)).padEnd(20, '.')} ${Math.round(share * 100)} %`;
};

const MARKS: Readonly<Record<string, string>> = {
  succeeded: '+',
  failed: 'x',
  cancelled: '-',
  skipped: '-',
  upstream_failed: '-',
  running: '>',
  retrying: '~',
  awaiting_gate: '?',
  pending: '.',
};
const mark = (terminal: Terminal, status: string): string =>
  terminal.paint(COLOURS[status] ?? 'bold', MARKS[status] ?? '.');

const CALM: ReadonlySet<string> = new Set(['pending', 'succeeded', 'skipped', 'upstream_failed']);
type Stages = ReadonlyMap<string, { status: string; note: string }>;
const busiest = (stages: Stages, most: number) =>
  [...stages].filter(([, { status }]) => !CALM.has(status)).slice(0, most);
const sum = (stages: Stages): string => {
  const counts = new Map<string, number>();
  for (const { status } of stages.values()) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${count} ${status}`).join(', ');
};
