import type { Worker } from '@millrace/client';
import { workerSlots } from '@millrace/core/domain';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../../api.ts';
import { firstOf } from '../../live/first-of.ts';
import { useNow } from '../../live/server-clock.ts';
import { useTrouble } from '../../live/trouble.ts';
import { Panel } from '../../ui/panel.tsx';
import { Beyond, Cell, Table } from '../../ui/table.tsx';
import { Elapsed } from '../../ui/times.tsx';
import { Read, REREAD_MS } from './panel-data.tsx';

export const Workers = () => {
  const workers = useQuery({
    queryKey: ['workers'],
    queryFn: ({ signal }) => firstOf((query) => api.workers(query, signal)),
    refetchInterval: REREAD_MS,
  });
  return (
    <Panel title="Workers">
      <Read query={workers} what="the workers">
        {({ items, more }) =>
          items.length === 0 ? (
            <p className="p-4 text-quiet">
              No workers are running, so no stage can run. <code>millrace up</code> starts one with everything else;{' '}
              <code>millrace worker</code> starts one on its own, on any machine that can reach Redis.
            </p>
          ) : (
            <>
              <Table label="Workers" columns={['Worker', 'Machine', 'Queues', 'Slots', 'Holds', 'Lease']}>
                {items.map((worker) => (
                  <Row key={worker.worker} worker={worker} />
                ))}
              </Table>
              {more ? <Beyond shown={items.length} /> : null}
            </>
          )
        }
      </Read>
    </Panel>
  );
};

const Row = ({ worker }: { worker: Worker }) => (
  <tr>
    <th scope="row" className="px-4 py-2 text-left align-top font-mono text-xs font-medium whitespace-nowrap">
      {worker.worker}
    </th>
    <Cell>
      {worker.host} <span className="text-faint">pid {worker.pid}</span>
      <div className="text-quiet">
        up for <Elapsed from={Date.parse(worker.registered_at)} to={null} />
      </div>
    </Cell>
    <Cell>{worker.queues.join(', ')}</Cell>
    <Cell className="min-w-28">
      <Slots used={worker.holds.length} of={workerSlots(worker)} />
    </Cell>
    <Cell className="min-w-56">
      {worker.holds.length === 0 ? <span className="text-quiet">nothing</span> : null}
      <ul>
        {worker.holds.map(({ run_id, stage, since }) => (
          <li key={`${run_id} ${stage}`}>
            <Link
              to="/runs/$runId"
              params={{ runId: run_id }}
              search={{ stage }}
              title={run_id}
              className="text-accent underline"
            >
              {stage}
            </Link>{' '}
            <span className="text-quiet">
              for <Elapsed from={Date.parse(since)} to={null} />
            </span>
          </li>
        ))}
      </ul>
    </Cell>
    <Cell className="whitespace-nowrap">
      <Lease until={Date.parse(worker.lease_until)} />
    </Cell>
  </tr>
);

const Slots = ({ used, of }: { used: number; of: number }) => (
  <>
    {used} of {of}
    <div aria-hidden="true" className="mt-1 h-1.5 w-24 overflow-hidden rounded-full bg-raised">
      <div className="h-full bg-busy" style={{ width: `${Math.min(100, (used / Math.max(1, of)) * 100)}%` }} />
    </div>
  </>
);

/** Workers renew their lease while alive; their stages are requeued when it expires. */
const Lease = ({ until }: { until: number }) => {
  const left = Math.ceil((until - useNow()) / 1_000);
  // May have been renewed since: this page gets no event for it.
  if (useTrouble() !== null) return <span className="text-quiet">not known now</span>;
  return left < 0 ? (
    <span className="font-medium text-warn">! overdue for {-left} s</span>
  ) : (
    <span className="text-quiet">{left} s left</span>
  );
};
