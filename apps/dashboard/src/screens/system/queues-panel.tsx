import type { Queue } from '@millrace/client';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState } from 'react';
import { BASE_PATH } from '../../served-below.ts';
import { api } from '../../api.ts';
import { formatCount } from '../../format/amounts.ts';
import { firstOf } from '../../live/first-of.ts';
import { useRefusal } from '../../session/session-gate.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Beyond, Cell, Table } from '../../ui/table.tsx';
import { Read, REREAD_MS } from './panel-data.tsx';
import { type Sample, withSample } from './queue-samples.ts';

const History = lazy(async () => ({ default: (await import('./queue-history.tsx')).QueueHistory }));

const COLUMNS = [
  'Queue',
  { head: 'Waiting', number: true },
  { head: 'Active', number: true },
  { head: 'Delayed', number: true },
  { head: 'Workers', number: true },
  'State',
];

export const Queues = () => {
  const queues = useQuery({
    queryKey: ['queues'],
    queryFn: ({ signal }) => firstOf((query) => api.queues(query, signal)),
    refetchInterval: REREAD_MS,
  });
  const samples = useSamples(queues.data?.items, queues.dataUpdatedAt);
  const mayOpen = useRefusal('admin') === null;
  return (
    <Panel
      title="Queues"
      actions={
        mayOpen ? (
          <a href={`${BASE_PATH}/admin/queues`} target="_blank" rel="noreferrer" className="text-accent underline">
            Bull Board
          </a>
        ) : null
      }
    >
      <Read query={queues} what="the queues">
        {({ items, more }) =>
          items.length === 0 ? (
            <p className="p-4 text-quiet">No queues yet: one appears when a pipeline names it or a worker serves it.</p>
          ) : (
            <>
              <Table label="Queues" columns={COLUMNS}>
                {items.map((queue) => (
                  <Row key={queue.queue} queue={queue} />
                ))}
              </Table>
              {more ? <Beyond shown={items.length} /> : null}
              <div className="h-52 border-t border-line p-3">
                <Suspense>
                  <History samples={samples} />
                </Suspense>
              </div>
            </>
          )
        }
      </Read>
    </Panel>
  );
};

const Row = ({ queue }: { queue: Queue }) => (
  <tr>
    <th scope="row" className="px-4 py-2 text-left align-top font-medium whitespace-nowrap">
      {queue.queue}
    </th>
    <Cell number>{formatCount(queue.waiting)}</Cell>
    <Cell number>{formatCount(queue.active)}</Cell>
    <Cell number>{formatCount(queue.delayed)}</Cell>
    <Cell number>{formatCount(queue.workers)}</Cell>
    <Cell className="min-w-40">
      {queue.paused ? <span className="font-medium text-ask">❚❚ paused </span> : null}
      {queue.workers === 0 && queue.waiting + queue.delayed > 0 ? (
        <span className="font-medium text-warn">! no worker serves this queue</span>
      ) : null}
      {queue.paused || queue.workers === 0 ? null : <span className="text-good">served</span>}
      {!queue.paused && queue.workers === 0 && queue.waiting + queue.delayed === 0 ? (
        <span className="text-quiet">no worker, nothing waiting</span>
      ) : null}
    </Cell>
  </tr>
);

/** Outlives the screen: returning within ten minutes shows all samples. */
let kept: readonly Sample[] = [];

/** Adds a sample for every reading of the queues. */
const useSamples = (queues: readonly Queue[] | undefined, readAt: number): readonly Sample[] => {
  const [shown, setShown] = useState(kept);
  useEffect(() => {
    if (!queues || readAt === 0) return;
    const sum = (of: (queue: Queue) => number): number => queues.reduce((total, queue) => total + of(queue), 0);
    kept = withSample(kept, {
      at: readAt,
      waiting: sum(({ waiting }) => waiting),
      active: sum(({ active }) => active),
    });
    setShown(kept);
  }, [queues, readAt]);
  return shown;
};
