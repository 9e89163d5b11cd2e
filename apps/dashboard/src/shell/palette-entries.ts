import type { ListedRun, Pipeline, Schedule } from '@millrace/client';
import type { UseNavigateResult } from '@tanstack/react-router';
import { setZone } from '../format/zoned-instant.ts';
import { signOut } from '../session/session-gate.tsx';
import type { Text } from './palette-score.ts';
import { setTheme } from './theme.ts';

export interface Entry {
  readonly id: string;
  /** "Go to", "Pipeline", "Run", … */
  readonly kind: string;
  readonly label: string;
  /** More searchable text. */
  readonly hint: string;
  readonly act: () => void;
}
export interface Known {
  readonly pipelines: readonly Pipeline[];
  readonly runs: readonly ListedRun[];
  readonly schedules: readonly Schedule[];
}

/** All destinations and actions, screens first. */
export const entriesOf = (
  { pipelines, runs, schedules }: Known,
  navigate: UseNavigateResult<string>,
): readonly Entry[] => [
  ...SCREENS.map(({ to, label }) => entry('Go to', label, '', () => navigate({ to }))),
  ...pipelines.flatMap(({ name, description }) => [
    entry('Pipeline', name, description, () => navigate({ to: '/pipelines/$pipeline', params: { pipeline: name } })),
    entry('Start', name, 'a run of this pipeline', () =>
      navigate({ to: '/pipelines/$pipeline/start', params: { pipeline: name } }),
    ),
  ]),
  ...schedules.map(({ id, pipeline }) =>
    entry('Schedule', id, `of ${pipeline}`, () =>
      navigate({ to: '/schedules/$scheduleId', params: { scheduleId: id }, search: {} }),
    ),
  ),
  ...runs.map(({ run_id, pipeline, status }) =>
    entry('Run', run_id, `${pipeline}, ${status}`, () => openRun(navigate, run_id)),
  ),
  entry('Theme', 'Light', '', () => setTheme('light')),
  entry('Theme', 'Dark', '', () => setTheme('dark')),
  entry('Theme', 'Same as system', '', () => setTheme('system')),
  entry('Times', 'Local', 'time zone', () => setZone('local')),
  entry('Times', 'UTC', 'time zone', () => setZone('utc')),
  entry('Session', 'Sign out', '', signOut),
];

/** Entry for a run by id, recent or not. */
export const openRunEntry = (runId: string, navigate: UseNavigateResult<string>): Entry =>
  entry('Run', runId, 'open the run with this id', () => openRun(navigate, runId));

export const textOf = ({ kind, label, hint }: Entry): Text => ({ name: `${label} ${kind}`, more: hint });

const SCREENS = [
  { to: '/', label: 'Overview' },
  { to: '/runs', label: 'Runs' },
  { to: '/approvals', label: 'Approvals: gates that wait for a decision' },
  { to: '/schedules', label: 'Schedules' },
  { to: '/system', label: 'System: queues, workers, locks, Redis' },
] as const;

const entry = (kind: string, label: string, hint: string, act: () => unknown): Entry => ({
  id: `${kind} ${label}`,
  kind,
  label,
  hint,
  act: () => void act(),
});

const openRun = (navigate: UseNavigateResult<string>, runId: string): Promise<void> =>
  navigate({ to: '/runs/$runId', params: { runId }, search: {} });
