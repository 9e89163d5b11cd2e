import type { Tick } from '@millrace/client';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../../api.ts';
import { formatDuration } from '../../format/amounts.ts';
import { Button } from '../../ui/button.tsx';
import { Loading, Notice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Cell, Table } from '../../ui/table.tsx';
import { Ago, Instant } from '../../ui/times.tsx';

/** The outcome of every tick: none is dropped silently. */
export const Ledger = ({ id }: { id: string }) => {
  const ticks = useInfiniteQuery({
    queryKey: ['ticks', id],
    queryFn: ({ pageParam, signal }) => api.ticks(id, { limit: 50, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
  const items = ticks.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Panel title="Past ticks">
      {ticks.isPending ? (
        <Loading what="the ticks" />
      ) : items.length > 0 ? (
        <Table label="Past ticks" columns={['Tick', 'Outcome', 'Reason, run', { head: 'Delay', number: true }]}>
          {items.map((tick) => (
            <tr key={tick.instant}>
              <Cell>
                <Instant at={tick.instant} />
              </Cell>
              <Cell>
                <OutcomeMark outcome={tick.outcome} />
              </Cell>
              <Cell className="min-w-56">
                <TickReason tick={tick} />
              </Cell>
              <Cell number>{formatDuration(Date.parse(tick.handled_at) - Date.parse(tick.instant))}</Cell>
            </tr>
          ))}
        </Table>
      ) : ticks.isError ? null : (
        <p className="p-4 text-quiet">
          No ticks yet. Each is listed here with its outcome: fired, skipped, missed or caught up.
        </p>
      )}
      {ticks.isError ? <Notice tone="bad" title="Could not load the ticks" error={ticks.error} /> : null}
      {ticks.hasNextPage ? (
        <div className="border-t border-line p-3 text-center">
          <Button busy={ticks.isFetchingNextPage} onClick={() => void ticks.fetchNextPage()}>
            Older ticks
          </Button>
        </div>
      ) : null}
    </Panel>
  );
};

const SHOWN = {
  fired: { sign: '▶', tone: 'text-good', word: 'fired' },
  caught_up: { sign: '↻', tone: 'text-busy', word: 'caught up' },
  skipped: { sign: '»', tone: 'text-off', word: 'skipped' },
  missed: { sign: '!', tone: 'text-warn', word: 'missed' },
} as const;

const OutcomeMark = ({ outcome }: { outcome: Tick['outcome'] }) => (
  <span className={`inline-flex items-center gap-1.5 font-medium whitespace-nowrap ${SHOWN[outcome].tone}`}>
    <span aria-hidden="true" className="inline-block w-3 text-center">
      {SHOWN[outcome].sign}
    </span>
    {SHOWN[outcome].word}
  </span>
);

/** Outcome and reason of a tick, and the run it started or that blocked it. */
export const TickOutcome = ({ tick }: { tick: Tick }) => (
  <>
    <div className="flex flex-wrap gap-x-2">
      <OutcomeMark outcome={tick.outcome} />
      <span className="text-quiet">
        <Ago at={tick.instant} />
      </span>
    </div>
    <TickReason tick={tick} />
  </>
);

const TickReason = ({ tick }: { tick: Tick }) => (
  <div className="text-quiet">
    {tick.reason === null ? null : <span>{tick.reason === 'overlap' ? 'a run was live' : tick.reason} </span>}
    {tick.run_id === null ? null : (
      <Link
        to="/runs/$runId"
        params={{ runId: tick.run_id }}
        search={{}}
        title={tick.run_id}
        className="text-accent underline"
      >
        {tick.reason === 'overlap' ? 'that run' : tick.outcome === 'skipped' ? 'the run' : 'its run'}
      </Link>
    )}
  </div>
);
