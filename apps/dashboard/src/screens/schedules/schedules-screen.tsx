import type { Schedule } from '@millrace/client';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useRef } from 'react';
import { api } from '../../api.ts';
import { formatCount } from '../../format/amounts.ts';
import { firstOf } from '../../live/first-of.ts';
import { Beyond } from '../../ui/beyond.tsx';
import { useRowKeys } from '../../shell/row-keys.ts';
import { Empty, Loading, Notice } from '../../ui/notice.tsx';
import { PageHead, Panel } from '../../ui/panel.tsx';
import { Table } from '../../ui/table.tsx';
import { Filters } from './filters.tsx';
import { ScheduleRow } from './schedule-row.tsx';
import type { SchedulesSearch } from './schedules-search.ts';
import { Snippet } from './snippet.tsx';

const route = getRouteApi('/schedules');

/** All schedules: next tick, last outcome, and whether paused. */
export const Screen = () => {
  const search = route.useSearch();
  const schedules = useQuery({ queryKey: ['schedules', 'list'], queryFn: ({ signal }) => firstOf((query) => api.schedules(query, signal)) });
  return (
    <>
      <PageHead
        title="Schedules"
        actions={
          <Link
            to="/schedules/~new"
            search={search.pipeline === undefined ? {} : { pipeline: search.pipeline }}
            className="inline-flex min-h-8 items-center rounded-md border border-line bg-panel px-3 py-1 font-medium hover:bg-raised"
          >
            New schedule
          </Link>
        }
      />
      {schedules.data ? (
        <List all={schedules.data.items} search={search} more={schedules.data.more} />
      ) : schedules.isError ? (
        <Notice tone="bad" title="Could not load the schedules" error={schedules.error} />
      ) : (
        <Loading what="the schedules" />
      )}
    </>
  );
};

/** Each row has a countdown: more rows would slow the page. */
const MOST_ROWS = 500;
const COLUMNS = ['Schedule', 'When', 'Next', 'Last tick', 'Overlap', 'State', { head: 'Actions', hidden: true }];

const List = ({ all, search, more }: { all: readonly Schedule[]; search: SchedulesSearch; more: boolean }) => {
  const ref = useRef<HTMLDivElement>(null);
  useRowKeys(ref, 'schedules');
  if (all.length === 0) return <Snippet />;
  const fitting = all.filter((schedule) => fits(schedule, search));
  const shown = fitting.slice(0, MOST_ROWS);
  return (
    <div ref={ref} className="space-y-4">
      <Filters pipelines={[...new Set(all.map(({ pipeline }) => pipeline))].sort()} search={search} />
      {shown.length === 0 ? (
        <Empty title="No schedule matches these filters">There are {all.length} in all.</Empty>
      ) : (
        <Panel
          title={
            fitting.length === all.length
              ? more
                ? `${all.length} schedules and more`
                : all.length === 1
                  ? 'One schedule'
                  : `${all.length} schedules`
              : `${fitting.length} of ${all.length}${more ? ' and more' : ''} schedules`
          }
        >
          <Table label="Schedules" columns={COLUMNS}>
            {shown.map((schedule) => (
              <ScheduleRow key={schedule.id} schedule={schedule} />
            ))}
          </Table>
          {fitting.length > shown.length ? <Beyond shown={shown.length} of={fitting.length} hint="Search for the others." /> : null}
        </Panel>
      )}
      {more ? <Notice tone="plain" title={`Only the first ${formatCount(all.length)} schedules are searched; there are more`} /> : null}
    </div>
  );
};

const fits = (schedule: Schedule, { pipeline, state, text }: SchedulesSearch): boolean =>
  (pipeline === undefined || schedule.pipeline === pipeline) &&
  (state === undefined || schedule.paused === (state === 'paused')) &&
  (text === undefined || `${schedule.id} ${schedule.pipeline} ${schedule.cron ?? ''} ${schedule.words}`.toLowerCase().includes(text.toLowerCase()));
