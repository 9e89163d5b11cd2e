import type { ListedRun } from '@millrace/client';
import { headlineOf, shortRunId } from '@millrace/core/domain';
import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useRef } from 'react';
import { formatDuration } from '../../format/amounts.ts';
import { useShortcut } from '../../shell/shortcuts.ts';
import { Button } from '../../ui/button.tsx';
import { StatusMark } from '../../ui/status-mark.tsx';
import { Elapsed, Instant } from '../../ui/times.tsx';

interface TableProps {
  readonly runs: readonly ListedRun[];
  /** How many newer runs are held back. */
  readonly fresh: number;
  readonly onAcceptFresh: () => void;
  readonly onAtTop: (atTop: boolean) => void;
  readonly more: 'none' | 'there' | 'reading' | 'failed';
  readonly onMore: () => void;
}

/** Rows before the end at which the next page loads. */
const AHEAD = 40;
const COLUMNS = [
  ['Status', 'w-36'],
  ['Pipeline', 'w-44'],
  ['Run', 'w-36'],
  ['Trigger', 'w-40'],
  ['Mode and labels', 'w-52'],
  ['Created', 'w-36'],
  ['In queue', 'w-24'],
  ['Duration', 'w-28'],
  ['Error', 'w-72'],
] as const;

/** A virtual table: ten thousand rows cost no more than fifty. j and k move through them. */
export const RunsTable = ({ runs, fresh, onAcceptFresh, onAtTop, more, onMore }: TableProps) => {
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: runs.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    getItemKey: (index) => runs[index]!.run_id,
  });
  const rows = virtual.getVirtualItems();
  const last = rows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more === 'there' && last >= runs.length - AHEAD) onMore();
  }, [more, last, runs.length, onMore]);

  const toTop = (): void => {
    onAcceptFresh();
    box.current?.scrollTo({ top: 0 });
  };
  const goTo = (index: number): void => {
    const to = Math.min(runs.length - 1, Math.max(0, index));
    virtual.scrollToIndex(to);
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`tr[data-index="${to}"] a`)?.focus());
  };
  const step = (by: number): void => {
    const at = document.activeElement?.closest('tr')?.dataset['index'];
    goTo(
      at === undefined ? (rows.find(({ start }) => start >= (virtual.scrollOffset ?? 0))?.index ?? 0) : Number(at) + by,
    );
  };
  useShortcut('j', 'Next run', () => step(1));
  useShortcut('k', 'Previous run', () => step(-1));
  return (
    <div className="relative">
      <p role="status" className="absolute inset-x-0 top-11 z-10 flex justify-center">
        {fresh > 0 ? (
          <Button kind="primary" className="shadow-lg" onClick={toTop}>
            {fresh === 1 ? '1 new run' : `${fresh} new runs`} ↑
          </Button>
        ) : null}
      </p>
      <div
        ref={box}
        tabIndex={0}
        role="region"
        aria-label="Runs, newest first"
        data-scroll-restoration-id="runs"
        onScroll={({ currentTarget }) => onAtTop(currentTarget.scrollTop < ROW_HEIGHT)}
        className="max-h-[calc(100dvh-13rem)] min-h-64 overflow-auto rounded-lg border border-line bg-panel [overflow-anchor:none]"
      >
        <table
          className="w-full min-w-[88rem] table-fixed text-left"
          aria-rowcount={more === 'none' ? runs.length + 1 : -1}
        >
          <thead className="sticky top-0 z-[5] bg-panel text-quiet shadow-[0_1px_0_var(--line)]">
            <tr aria-rowindex={1}>
              {COLUMNS.map(([name, width]) => (
                <th key={name} scope="col" className={`${width} px-3 py-2 font-medium`}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <Gap height={rows[0]?.start ?? 0} />
            {rows.map(({ index, key }) => (
              <RunRow key={key} run={runs[index]!} index={index} />
            ))}
            <Gap height={virtual.getTotalSize() - (rows.at(-1)?.end ?? 0)} />
          </tbody>
        </table>
        <p role="status" className="sticky left-0 w-fit px-3 py-2 text-quiet">
          {more === 'none'
            ? runs.length === 1
              ? 'One run'
              : `${runs.length.toLocaleString('en-GB')} runs in all`
            : more === 'failed'
              ? ''
              : 'Loading older runs…'}
        </p>
      </div>
    </div>
  );
};

/** Spacer for rows that are not drawn. */
const Gap = ({ height }: { height: number }) =>
  height <= 0 ? null : (
    <tr aria-hidden="true">
      <td colSpan={COLUMNS.length} style={{ height, padding: 0 }} />
    </tr>
  );

/** Height of all rows, px: longer content is cut and shown in the title. */
const ROW_HEIGHT = 38;

/** A run in the list; the whole row links to it. */
const RunRow = memo(({ run, index }: { run: ListedRun; index: number }) => {
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
      <td className="px-3">
        {started_at === null ? <Waiting run={run} /> : formatDuration(Date.parse(started_at) - Date.parse(created_at))}
      </td>
      <td className="px-3">
        {started_at === null ? (
          '–'
        ) : (
          <Elapsed from={Date.parse(started_at)} to={finished_at === null ? null : Date.parse(finished_at)} />
        )}
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

const triggerOf = ({ trigger }: ListedRun): string =>
  trigger.by === undefined ? trigger.kind : `${trigger.kind} by ${trigger.by}`;

const presetsOf = ({ mode, labels }: ListedRun): string =>
  [mode ?? '', ...Object.entries(labels).map(([key, value]) => `${key}=${value}`)]
    .filter((part) => part !== '')
    .join(' · ');
