import type { Pipeline } from '@millrace/client';
import { formatShare } from '../../format/amounts.ts';
import { formatDuration, formatSetting } from '../../format/duration.ts';
import { Ago } from '../../ui/times.tsx';

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
