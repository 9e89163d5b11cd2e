import type { Run } from '@millrace/core/domain';
import { memo, useState } from 'react';
import { formatCount } from '../../../format/amounts.ts';
import type { LiveRun } from '../../../live/live-run.ts';
import { Button } from '../../../ui/button.tsx';
import { Notice } from '../../../ui/notice.tsx';
import { Panel } from '../../../ui/panel.tsx';
import type { WantedEvents } from '../events/event-scan.ts';
import { useEventScan } from '../events/use-event-scan.ts';
import { useFirstKept } from '../first-kept.tsx';
import { columnsOf, formatValue, type MetricSeries, toSeries } from './metric-series.ts';

/** Newest events searched without asking. */
const UNASKED = 20_000;
/** Number of points that make a sparkline worth showing. */
const DRAWN = 4;

export const MetricsPanel = ({ run, source }: { run: Run; source: LiveRun }) => {
  const [after, setAfter] = useState(() => Math.max(0, run.lastSeq - UNASKED));
  const scan = useEventScan(run.runId, run.lastSeq, source, METRICS, after);
  const series = toSeries(scan.found);
  const whole = useFirstKept(run).firstKept === 1;
  const looking = scan.looked < run.lastSeq;
  return (
    <Panel
      title="Metrics"
      actions={
        <span className="text-quiet">
          {looking
            ? `searched ${formatCount(scan.looked - after)} of ${formatCount(run.lastSeq - after)} events`
            : `${formatCount(scan.found.length)} ${scan.found.length === 1 ? 'point' : 'points'}`}
        </span>
      }
    >
      {scan.error === null ? null : (
        <Notice tone="bad" title="Could not load all metrics" error={scan.error}>
          <Button onClick={() => scan.retry()}>Go on</Button>
        </Notice>
      )}
      {after > 0 ? (
        <p className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-2 text-quiet">
          From the newest {formatCount(UNASKED)} events.{' '}
          <Button onClick={() => setAfter(0)}>Search all {formatCount(run.lastSeq)}</Button>
        </p>
      ) : null}
      {series.length === 0 ? (
        <p className="p-4 text-quiet">
          {looking
            ? 'Looking…'
            : whole
              ? 'No metrics yet. Numbers that stages report appear here live.'
              : 'Retention has left no events with metrics.'}
        </p>
      ) : (
        <div role="region" aria-label="Metrics table" tabIndex={0} className="overflow-x-auto">
          <table className="w-full min-w-[36rem] text-left">
            <thead className="bg-raised text-quiet">
              <tr>
                {['Metric', 'Stage', 'Latest', 'Min', 'Max', 'Points', 'Trend'].map((name) => (
                  <th
                    key={name}
                    scope="col"
                    className={`px-3 py-1.5 font-medium ${['Latest', 'Min', 'Max', 'Points'].includes(name) ? 'text-right' : ''}`}
                  >
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {series.map((one) => (
                <Row key={JSON.stringify([one.stage, one.name])} series={one} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
};

const METRICS: WantedEvents = { types: ['stage.metric'] };

const Row = memo(
  ({ series: { stage, name, unit, times, values } }: { series: MetricSeries }) => {
    const least = values.reduce((low, value) => Math.min(low, value), Infinity);
    const most = values.reduce((high, value) => Math.max(high, value), -Infinity);
    return (
      <tr className="border-t border-line">
        <th scope="row" className="px-3 py-1.5 font-medium">
          <bdi>{name}</bdi>
        </th>
        <td className="px-3">{stage}</td>
        <td className="px-3 text-right font-semibold whitespace-nowrap">
          {formatValue(values.at(-1)!)} <bdi className="text-quiet">{unit}</bdi>
        </td>
        <td className="px-3 text-right whitespace-nowrap text-quiet">{formatValue(least)}</td>
        <td className="px-3 text-right whitespace-nowrap text-quiet">{formatValue(most)}</td>
        <td className="px-3 text-right">{formatCount(values.length)}</td>
        <td className="px-3 py-1">
          {values.length < DRAWN ? null : (
            <Sparkline
              times={times}
              values={values}
              label={`${name}: ${values.length} points from ${formatValue(least)} to ${formatValue(most)}`}
            />
          )}
        </td>
      </tr>
    );
  },
  ({ series: before }, { series: after }) =>
    before.values.length === after.values.length && before.times.at(-1) === after.times.at(-1),
);

const WIDTH = 180;
const HEIGHT = 32;
/** Padding for the stroke width. */
const EDGE = 2;

/** A series as a line over time; with many points, each pixel shows minimum and maximum. */
const Sparkline = ({
  times,
  values,
  label,
}: {
  times: readonly number[];
  values: readonly number[];
  label: string;
}) => {
  const points = columnsOf(times, values, WIDTH - 2 * EDGE)
    .map(
      ({ x, y }) =>
        `${(EDGE + x * (WIDTH - 2 * EDGE)).toFixed(1)},${(HEIGHT - EDGE - y * (HEIGHT - 2 * EDGE)).toFixed(1)}`,
    )
    .join(' ');
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      className="text-accent"
    >
      <polyline points={points} fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" />
    </svg>
  );
};
