/** What needs attention, worst first: the main purpose of the overview. */
import type { Health, ListedRun, Pipeline, RunSummary } from '@millrace/client';
import { isTerminalRun, sayLacking, sayPause, sayStranded } from '@millrace/core/domain';
import { formatDuration, formatSetting } from '../../format/amounts.ts';

export interface Concern {
  readonly key: string;
  readonly tone: 'bad' | 'warn';
  /** What it is about: a pipeline, a queue. */
  readonly of: string;
  readonly says: string;
  /** Where it links to: exactly one of them. */
  readonly runId?: string;
  readonly pipeline?: string;
  readonly scheduleId?: string;
  /** The pipeline whose gates wait. */
  readonly gatesOf?: string;
  readonly system?: true;
}

export interface Deployment {
  readonly pipelines: readonly Pipeline[];
  readonly live: readonly Pick<ListedRun, 'run_id' | 'pipeline' | 'status' | 'started_at'>[];
  readonly health: {
    readonly concerns: readonly string[];
    readonly pipelines: readonly { readonly pipeline: string; readonly status: string }[];
    readonly system: { readonly pauses: Health['system']['pauses'] };
  } | null;
}

/** `now`: server time, ms since the epoch. */
export const concernsOf = ({ pipelines, live, health }: Deployment, now: number): readonly Concern[] => {
  const byName = new Map(pipelines.map((pipeline) => [pipeline.name, pipeline]));
  const concerns = [
    ...(health === null ? [] : systemOf(health, pipelines)),
    ...(health === null ? [] : health.system.pauses.map((pause) => paused(pause, now))),
    ...pipelines.flatMap((pipeline) => stranded(pipeline, now)),
    ...pipelines.flatMap(failing),
    ...live.flatMap((run) => slow(run, byName.get(run.pipeline), now)),
    ...live
      .filter(({ status }) => status === 'retrying')
      .map(
        ({ run_id, pipeline }): Concern => ({
          key: `retrying/${run_id}`,
          tone: 'warn',
          of: pipeline,
          says: 'an attempt failed and will be retried',
          runId: run_id,
        }),
      ),
    ...pipelines.flatMap(asking),
    ...pipelines.flatMap(stale),
    ...pipelines.flatMap(schedules),
  ];
  return [...concerns.filter(({ tone }) => tone === 'bad'), ...concerns.filter(({ tone }) => tone === 'warn')];
};

/** Concerns of the whole deployment as the API words them; those about pipelines are given in detail below. */
const systemOf = (
  { concerns, pipelines, system: { pauses } }: NonNullable<Deployment['health']>,
  shown: readonly Pipeline[],
): readonly Concern[] => {
  const told = new Set([
    ...pipelines.map(({ pipeline, status }) => `pipeline ${pipeline} is ${status}`),
    ...shown.flatMap((pipeline) => pipeline.stranded.map(sayStranded)),
    ...pauses.map(sayPause),
  ]);
  return concerns
    .filter((says) => !told.has(says))
    .map((says) => ({ key: `system/${says}`, tone: 'bad', of: 'system', says, system: true }));
};

const paused = ({ pipeline, by, reason, since }: Health['system']['pauses'][number], now: number): Concern => ({
  key: `paused/${pipeline}`,
  tone: 'warn',
  of: pipeline ?? 'system',
  says: `${pipeline === null ? 'the whole deployment is ' : ''}paused${by === null ? '' : ` by ${by}`} for ${formatDuration(now - Date.parse(since))}${reason === null ? '' : `: ${reason}`}`,
  ...(pipeline === null ? { system: true } : { pipeline }),
});

const stranded = ({ name, stranded: groups }: Pipeline, now: number): readonly Concern[] =>
  groups.map(({ queue, version, stages, since }) => ({
    key: `stranded/${name}/${queue}/${version}`,
    tone: 'bad',
    of: name,
    says: `${sayLacking(name, version)}: ${stages === 1 ? 'one stage has been waiting' : `${stages} stages have been waiting`} for ${formatDuration(now - Date.parse(since))}; start one, or cancel the runs`,
    pipeline: name,
  }));

const asking = ({ name, pending_gates: gates }: Pipeline): readonly Concern[] =>
  gates === 0
    ? []
    : [
        {
          key: `gates/${name}`,
          tone: 'warn',
          of: name,
          says: gates === 1 ? 'a gate waits for a decision' : `${gates} gates wait for a decision`,
          gatesOf: name,
        },
      ];

const failing = ({ name, recent_runs }: Pipeline): readonly Concern[] => {
  // A cancelled run says nothing about the pipeline.
  const ended = recent_runs.filter(({ status }) => status === 'failed' || status === 'succeeded');
  const since = ended.findIndex(({ status }) => status === 'succeeded');
  const failed: readonly RunSummary[] = since < 0 ? ended : ended.slice(0, since);
  if (failed.length === 0) return [];
  return [
    {
      key: `failing/${name}`,
      tone: 'bad',
      of: name,
      says: failed.length === 1 ? 'the last run failed' : `the last ${failed.length} runs failed`,
      runId: failed[0]!.run_id,
    },
  ];
};

/** Over twice the p95, and by more than a moment: short durations vary a lot. */
const BEYOND = 2;
const A_MOMENT_MS = 10_000;

const slow = (run: Deployment['live'][number], pipeline: Pipeline | undefined, now: number): readonly Concern[] => {
  const p95 = pipeline?.duration_p95_ms ?? null;
  if (p95 === null || run.started_at === null || isTerminalRun(run.status) || run.status === 'awaiting_gate') return [];
  const elapsed = now - Date.parse(run.started_at);
  if (elapsed < BEYOND * p95 || elapsed - p95 < A_MOMENT_MS) return [];
  return [
    {
      key: `slow/${run.run_id}`,
      tone: 'warn',
      of: run.pipeline,
      says: `has been running for ${formatDuration(elapsed)}; 19 of 20 runs finish within ${formatDuration(p95)}`,
      runId: run.run_id,
    },
  ];
};

const stale = ({
  name,
  freshness: { stale: isStale, last_success_at, expected_every_ms },
}: Pipeline): readonly Concern[] =>
  isStale && last_success_at !== null
    ? [
        {
          key: `stale/${name}`,
          tone: 'warn',
          of: name,
          says: `stale: expected to succeed every ${formatSetting(expected_every_ms ?? 0)}, and two successes are overdue`,
          pipeline: name,
        },
      ]
    : [];

const schedules = ({ name, schedules: own }: Pipeline): readonly Concern[] =>
  own.flatMap(({ id, paused, last_tick }): readonly Concern[] => {
    // A paused schedule was paused on purpose.
    if (paused || last_tick?.outcome !== 'missed') return [];
    return [
      {
        tone: 'warn',
        of: name,
        scheduleId: id,
        key: `missed/${id}`,
        says: `its schedule missed its last tick${last_tick.reason === null ? '' : `: ${last_tick.reason}`}`,
      },
    ];
  });
