import type { ListedRun } from '@millrace/client';
import { headlineOf, shortRunId } from '@millrace/core/domain';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { formatDuration } from '../../format/duration.ts';
import { StatusMark } from '../../ui/status.tsx';
import { Elapsed, Instant } from '../../ui/times.tsx';

/** Height of all rows, px: longer content is cut and shown in the title. */
export const ROW_HEIGHT = 38;

/** A run in the list; the whole row links to it. */
export const RunRow = memo(({ run, index }: { run: ListedRun; index: number }) => {
  const { run_id, status, pipeline, created_at, started_at, finished_at, error } = run;
  return (
    <tr
      data-index={index}
      aria-rowindex={index + 2}
      className="relative border-t border-line hover:bg-raised has-[a:focus-visible]:bg-raised"
      style={{ height: ROW_HEIGHT }}
    >
      <td className="px-3">
        <StatusMark status={status} />
      </td>
      <td className="truncate px-3" title={pipeline}>
        {pipeline}
      </td>
      <th scope="row" className="truncate px-3 font-mono font-normal" title={run_id}>
        <Link
          to="/runs/$runId"
          params={{ runId: run_id }}
          preload={false}
          aria-label={`Run …${shortRunId(run_id)} of ${pipeline}`}
          className="text-accent after:absolute after:inset-0"
        >
          …{shortRunId(run_id)}
        </Link>
      </th>
      <td className="truncate px-3" title={triggerOf(run)}>
        {triggerOf(run)}
      </td>
      <td className="truncate px-3" title={presetsOf(run)}>
        {presetsOf(run)}
      </td>
      <td className="px-3">
        <Instant at={created_at} />
      </td>
      <td className="px-3">{started_at === null ? <Waiting run={run} /> : formatDuration(Date.parse(started_at) - Date.parse(created_at))}</td>
      <td className="px-3">
        {started_at === null ? '–' : <Elapsed from={Date.parse(started_at)} to={finished_at === null ? null : Date.parse(finished_at)} />}
      </td>
      <td className="truncate px-3 text-bad" title={error?.message ?? ''}>
        {error === null ? '' : `${error.stage === null ? '' : `${error.stage}: `}${headlineOf(error)}`}
      </td>
    </tr>
  );
});

/** Not started: still waiting, or ended before it could. */
const Waiting = ({ run }: { run: ListedRun }) => (
  <Elapsed from={Date.parse(run.created_at)} to={run.finished_at === null ? null : Date.parse(run.finished_at)} />
);

const triggerOf = ({ trigger }: ListedRun): string => (trigger.by === undefined ? trigger.kind : `${trigger.kind} by ${trigger.by}`);

const presetsOf = ({ mode, labels }: ListedRun): string =>
  [mode ?? '', ...Object.entries(labels).map(([key, value]) => `${key}=${value}`)].filter((part) => part !== '').join(' · ');
