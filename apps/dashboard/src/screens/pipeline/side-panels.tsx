import type { Pipeline, RunSummary } from '@millrace/client';
import { Link } from '@tanstack/react-router';
import { formatSetting } from '../../format/amounts.ts';
import { Panel } from '../../ui/panel.tsx';
import { StatusMark } from '../../ui/status-mark.tsx';
import { Countdown, Elapsed, Instant } from '../../ui/times.tsx';

/** The newest few runs; the list has all of them. */
const SHOWN = 10;

export const RecentRuns = ({ pipeline }: { pipeline: Pipeline }) => (
  <Panel
    title="Recent runs"
    actions={
      <Link to="/runs" search={{ pipeline: pipeline.name }} className="text-accent underline">
        All runs
      </Link>
    }
  >
    {pipeline.recent_runs.length === 0 ? (
      <p className="p-4 text-quiet">No runs yet: start one, or wait for a schedule.</p>
    ) : (
      <ul>
        {pipeline.recent_runs.slice(0, SHOWN).map((run) => (
          <RecentRun key={run.run_id} run={run} />
        ))}
      </ul>
    )}
  </Panel>
);

const RecentRun = ({ run }: { run: RunSummary }) => (
  <li className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-line px-4 py-2 first:border-t-0">
    <Link to="/runs/$runId" params={{ runId: run.run_id }} className="hover:underline">
      <StatusMark status={run.status} />
    </Link>
    <Instant at={run.created_at} />
    <span className="text-quiet">{run.trigger}</span>
    <span className="ml-auto">
      {run.started_at === null ? (
        '–'
      ) : (
        <Elapsed from={Date.parse(run.started_at)} to={run.finished_at === null ? null : Date.parse(run.finished_at)} />
      )}
    </span>
  </li>
);

export const SchedulesPanel = ({ schedules }: Pick<Pipeline, 'schedules'>) => (
  <Panel title="Schedules">
    {schedules.length === 0 ? (
      <p className="p-4 text-quiet">No schedules: runs start only on request.</p>
    ) : (
      <ul>
        {schedules.map(({ id, cron, every_ms, timezone, paused, blocked, next_at }) => (
          <li
            key={id}
            className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 border-t border-line px-4 py-2 first:border-t-0"
          >
            <Link to="/schedules/$scheduleId" params={{ scheduleId: id }} className="text-accent underline">
              {cron === null ? `every ${formatSetting(every_ms ?? 0)}` : <code>{cron}</code>}{' '}
              <span className="text-quiet">({timezone})</span>
            </Link>
            {paused ? (
              <span className="font-medium text-ask">paused</span>
            ) : blocked !== null ? (
              <span className="font-medium text-bad">skipped: {blocked}</span>
            ) : next_at === null ? (
              <span className="text-faint">never again</span>
            ) : (
              <span>
                <Countdown to={next_at} />{' '}
                <span className="text-quiet">
                  (<Instant at={next_at} />)
                </span>
              </span>
            )}
          </li>
        ))}
      </ul>
    )}
  </Panel>
);

/** The pipeline's modes; renders nothing without any. */
export const ModesPanel = ({ modes }: Pick<Pipeline, 'modes'>) => {
  const named = Object.entries(modes);
  if (named.length === 0) return null;
  return (
    <Panel title="Modes">
      <ul>
        {named.map(([name, { params, stages }]) => (
          <li key={name} className="border-t border-line px-4 py-2 first:border-t-0">
            <p className="font-medium">{name}</p>
            {Object.keys(params).length > 0 ? <code className="block">{JSON.stringify(params)}</code> : null}
            {stages === null ? null : <p className="text-quiet">only {stages.join(', ')}</p>}
          </li>
        ))}
      </ul>
    </Panel>
  );
};
