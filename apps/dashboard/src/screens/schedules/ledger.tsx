import { useInfiniteQuery } from '@tanstack/react-query';
import { api } from '../../api.ts';
import { formatDuration } from '../../format/duration.ts';
import { Button } from '../../ui/button.tsx';
import { Loading, Notice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Cell, Table } from '../../ui/table.tsx';
import { Instant } from '../../ui/times.tsx';
import { OutcomeMark, TickReason } from './tick-outcome.tsx';

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
        <p className="p-4 text-quiet">No ticks yet. Each is listed here with its outcome: fired, skipped, missed or caught up.</p>
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
