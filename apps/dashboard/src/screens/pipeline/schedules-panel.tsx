import type { Pipeline } from '@millrace/client';
import { Link } from '@tanstack/react-router';
import { formatSetting } from '../../format/duration.ts';
import { Panel } from '../../ui/panel.tsx';
import { Countdown, Instant } from '../../ui/times.tsx';

export const SchedulesPanel = ({ schedules }: Pick<Pipeline, 'schedules'>) => (
  <Panel title="Schedules">
    {schedules.length === 0 ? (
      <p className="p-4 text-quiet">No schedules: runs start only on request.</p>
    ) : (
      <ul>
        {schedules.map(({ id, cron, every_ms, timezone, paused, blocked, next_at }) => (
          <li key={id} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 border-t border-line px-4 py-2 first:border-t-0">
            <Link to="/schedules/$scheduleId" params={{ scheduleId: id }} className="text-accent underline">
              {cron === null ? `every ${formatSetting(every_ms ?? 0)}` : <code>{cron}</code>} <span className="text-quiet">({timezone})</span>
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
