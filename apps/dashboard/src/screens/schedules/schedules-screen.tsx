import type { Schedule } from '@millrace/client';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { api } from '../../api.ts';
import { formatCount } from '../../format/amounts.ts';
import { firstOf } from '../../live/first-of.ts';
import { useRowKeys, useShortcut } from '../../shell/shortcuts.ts';
import { FIELD_LOOK } from '../../ui/field.tsx';
import { Empty, Loading, Notice } from '../../ui/notice.tsx';
import { PageHead, Panel } from '../../ui/panel.tsx';
import { Beyond, Cell, Table } from '../../ui/table.tsx';
import { Countdown, Instant } from '../../ui/times.tsx';
import { TickOutcome } from './ledger.tsx';
import { overlapWords } from './schedule-draft.ts';
import { TriggerButton } from './schedule-screen.tsx';
import { BlockedMark, PauseButton, PausedMark, Recurrence } from './schedule-state.tsx';
import { readSchedulesSearch, type SchedulesSearch } from './schedules-search.ts';

const route = getRouteApi('/schedules');

/** All schedules: next tick, last outcome, and whether paused. */
export const Screen = () => {
  const search = route.useSearch();
  const schedules = useQuery({
    queryKey: ['schedules', 'list'],
    queryFn: ({ signal }) => firstOf((query) => api.schedules(query, signal)),
  });
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
          {fitting.length > shown.length ? (
            <Beyond shown={shown.length} of={fitting.length} hint="Search for the others." />
          ) : null}
        </Panel>
      )}
      {more ? (
        <Notice
          tone="plain"
          title={`Only the first ${formatCount(all.length)} schedules are searched; there are more`}
        />
      ) : null}
    </div>
  );
};

const fits = (schedule: Schedule, { pipeline, state, text }: SchedulesSearch): boolean =>
  (pipeline === undefined || schedule.pipeline === pipeline) &&
  (state === undefined || schedule.paused === (state === 'paused')) &&
  (text === undefined ||
    `${schedule.id} ${schedule.pipeline} ${schedule.cron ?? ''} ${schedule.words}`
      .toLowerCase()
      .includes(text.toLowerCase()));

/** The filters are stored in the address. */
const Filters = ({ pipelines, search }: { pipelines: readonly string[]; search: SchedulesSearch }) => {
  const navigate = useNavigate();
  const text = useRef<HTMLInputElement>(null);
  useShortcut('/', 'Search the schedules', () => text.current?.focus());
  const choose = (name: keyof SchedulesSearch, value: string): void =>
    void navigate({ to: '/schedules', search: readSchedulesSearch({ ...search, [name]: value }), replace: true });
  return (
    <search className="flex flex-wrap items-end gap-3">
      <label className="grid w-full gap-1 text-quiet sm:w-60">
        Search
        <input
          ref={text}
          type="search"
          value={search.text ?? ''}
          onChange={(event) => choose('text', event.target.value)}
          onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
          className={FIELD_LOOK}
        />
      </label>
      <label className="grid gap-1 text-quiet">
        Pipeline
        <select
          value={search.pipeline ?? ''}
          onChange={(event) => choose('pipeline', event.target.value)}
          className={`max-w-56 ${FIELD_LOOK}`}
        >
          <option value="">all</option>
          {pipelines.map((pipeline) => (
            <option key={pipeline}>{pipeline}</option>
          ))}
        </select>
      </label>
      <label className="grid gap-1 text-quiet">
        State
        <select
          value={search.state ?? ''}
          onChange={(event) => choose('state', event.target.value)}
          className={FIELD_LOOK}
        >
          <option value="">all</option>
          <option value="active">active</option>
          <option value="paused">paused</option>
        </select>
      </label>
    </search>
  );
};

const ScheduleRow = ({ schedule }: { schedule: Schedule }) => (
  <tr>
    <Cell className="min-w-32">
      <Link
        data-row
        to="/schedules/$scheduleId"
        params={{ scheduleId: schedule.id }}
        search={{}}
        className="font-medium text-accent underline-offset-2 hover:underline"
      >
        {schedule.id}
      </Link>
      {schedule.pipeline === schedule.id ? null : (
        <div>
          <Link
            to="/pipelines/$pipeline"
            params={{ pipeline: schedule.pipeline }}
            className="text-quiet hover:underline"
          >
            {schedule.pipeline}
          </Link>
        </div>
      )}
    </Cell>
    <Cell className="min-w-48">
      <Recurrence schedule={schedule} />
    </Cell>
    <Cell className="whitespace-nowrap">
      {schedule.next_at === null ? (
        <span className="text-quiet">
          {schedule.paused
            ? 'when resumed'
            : schedule.blocked === null
              ? 'never again'
              : 'when a file defines its pipeline'}
        </span>
      ) : (
        <>
          <Countdown to={schedule.next_at} />
          <div className="text-quiet">
            <Instant at={schedule.next_at} />
          </div>
        </>
      )}
    </Cell>
    <Cell className="min-w-44">
      {schedule.last_tick === null ? (
        <span className="text-quiet">none yet</span>
      ) : (
        <TickOutcome tick={schedule.last_tick} />
      )}
    </Cell>
    <Cell className="whitespace-nowrap">{overlapWords(schedule.overlap)}</Cell>
    <Cell className="min-w-44">
      {schedule.paused ? (
        <PausedMark schedule={schedule} />
      ) : schedule.blocked === null ? (
        <span className="text-good">active</span>
      ) : (
        <BlockedMark why={schedule.blocked} />
      )}
    </Cell>
    <Cell>
      <div className="flex justify-end gap-2">
        <PauseButton schedule={schedule} />
        <TriggerButton schedule={schedule} />
      </div>
    </Cell>
  </tr>
);

/** Shows how a definition declares a schedule. */
const Snippet = () => (
  <Empty title="No schedules yet">
    <p>
      A schedule starts a pipeline at set times. Declare it in the pipeline's file, or create one with “New schedule”.
    </p>
    <div className="mt-4 grid gap-3 text-left md:grid-cols-2">
      <Code title="YAML">{`schedules:
  - cron: "*/15 * * * *"
    timezone: Europe/Berlin
    overlap: skip`}</Code>
      <Code title="TypeScript">{`definePipeline('prices', {
  schedules: [
    { cron: '*/15 * * * *', timezone: 'Europe/Berlin' },
  ],
})`}</Code>
    </div>
  </Empty>
);

const Code = ({ title, children }: { title: string; children: string }) => (
  <figure className="min-w-0">
    <figcaption className="text-faint">{title}</figcaption>
    <pre
      tabIndex={0}
      aria-label={title}
      className="overflow-x-auto rounded-md bg-raised p-3 font-mono text-xs text-ink"
    >
      {children}
    </pre>
  </figure>
);
