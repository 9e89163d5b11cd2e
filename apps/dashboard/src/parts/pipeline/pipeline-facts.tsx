import type { Pipeline, Schedule } from '@millrace/client';
import { Link } from '@tanstack/react-router';
import { formatDuration, formatSetting, formatShare } from '../../format/amounts.ts';
import { Empty, Notice } from '../../ui/notice.tsx';
import { PageHead } from '../../ui/panel.tsx';
import { Ago, Countdown, Instant } from '../../ui/times.tsx';

/** Recent key figures of the pipeline. */
export const Figures = ({ pipeline }: { pipeline: Pipeline }) => {
  const { success_rate, duration_p50_ms, duration_p95_ms, freshness } = pipeline;
  return (
    <dl className="grid grid-cols-[3.5rem_4.75rem_4.75rem_auto] gap-x-4 gap-y-1">
      <Figure name="Success" title="Success rate of the last 100 runs that succeeded or failed">
        {success_rate === null ? '–' : formatShare(success_rate)}
      </Figure>
      <Figure name="p50" title="Median duration of successful runs">
        {duration_p50_ms === null ? '–' : formatDuration(duration_p50_ms)}
      </Figure>
      <Figure name="p95" title="19 of 20 successful runs finish within this time">
        {duration_p95_ms === null ? '–' : formatDuration(duration_p95_ms)}
      </Figure>
      <Figure name="Last success" title={staleTitle(pipeline)}>
        {freshness.last_success_at === null ? 'none yet' : <Ago at={freshness.last_success_at} />}
        {freshness.stale ? <span className="ml-1 font-medium text-warn">stale</span> : null}
      </Figure>
    </dl>
  );
};

const Figure = ({ name, title, children }: { name: string; title: string; children: React.ReactNode }) => (
  <div title={title}>
    <dt className="text-xs text-faint">{name}</dt>
    <dd className="whitespace-nowrap">{children}</dd>
  </div>
);

const staleTitle = ({ freshness: { expected_every_ms } }: Pipeline): string =>
  expected_every_ms === null
    ? 'Time of the last successful run'
    : `Expected to succeed every ${formatSetting(expected_every_ms)}; stale after two such intervals without a success`;

/** Next tick of the pipeline's schedules; paused ones are marked. */
export const NextTick = ({ schedules }: Pick<Pipeline, 'schedules'>) => {
  if (schedules.length === 0) return <span className="text-faint">no schedule</span>;
  const next = soonest(schedules);
  const paused = schedules.filter((schedule) => schedule.paused);
  const blocked = schedules.filter((schedule) => !schedule.paused && schedule.blocked !== null);
  return (
    <span className="inline-flex flex-wrap items-center gap-x-3">
      {next === null ? null : (
        <Link to="/schedules/$scheduleId" params={{ scheduleId: next.id }} className="hover:underline">
          next <Countdown to={next.next_at!} />{' '}
          <span className="text-quiet">
            (<Instant at={next.next_at!} />)
          </span>
        </Link>
      )}
      {blocked.map(({ id }) => (
        <Link
          key={id}
          to="/schedules/$scheduleId"
          params={{ scheduleId: id }}
          className="font-medium text-bad hover:underline"
        >
          {schedules.length === 1 ? 'ticks are skipped' : `ticks of ${id} are skipped`}
        </Link>
      ))}
      {paused.map(({ id }) => (
        <Link
          key={id}
          to="/schedules/$scheduleId"
          params={{ scheduleId: id }}
          className="font-medium text-ask hover:underline"
        >
          {schedules.length === 1 ? 'schedule paused' : `schedule ${id} paused`}
        </Link>
      ))}
    </span>
  );
};

const soonest = (schedules: readonly Schedule[]): Schedule | null =>
  schedules.reduce<Schedule | null>(
    (best, one) => (one.next_at !== null && (best === null || one.next_at < best.next_at!) ? one : best),
    null,
  );

/** What happens to another start while a run is live, by overlap policy: "another start …". */
export const ANOTHER_START = {
  skip: 'is refused',
  queue: 'waits for it',
  cancel_running: 'cancels it',
  allow: 'runs alongside it',
} as const;

/** An unknown or removed pipeline: its runs are kept and can still be viewed. */
export const PipelineGone = ({ name, error }: { name: string; error: unknown }) => (
  <>
    <PageHead title={name} />
    <div className="space-y-4">
      <Notice tone="warn" title="This pipeline is not defined" error={error} />
      <Empty title="No pipeline file defines it">
        <p>Add the file that defines it and restart Millrace to bring it back. Its runs are kept.</p>
        <p className="mt-2">
          <Link to="/runs" search={{ pipeline: name }} className="text-accent underline">
            Runs of {name}
          </Link>{' '}
          ·{' '}
          <Link to="/" className="text-accent underline">
            To the overview
          </Link>
        </p>
      </Empty>
    </div>
  </>
);
