import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../../api.ts';
import { firstOf } from '../../live/first-of.ts';
import { Panel } from '../../ui/panel.tsx';
import { Beyond, Cell, Table } from '../../ui/table.tsx';
import { Elapsed } from '../../ui/times.tsx';
import { Read, REREAD_MS } from './panel-data.tsx';

/** The run that holds each pipeline's overlap lock, and the runs queued behind it. */
export const Locks = () => {
  const locks = useQuery({
    queryKey: ['locks'],
    queryFn: ({ signal }) => firstOf((query) => api.locks(query, signal)),
    refetchInterval: REREAD_MS,
  });
  return (
    <Panel title="Locks">
      <Read query={locks} what="the locks">
        {({ items, more }) =>
          items.length === 0 ? (
            <p className="p-4 text-quiet">
              No locks held. A run of a pipeline that forbids overlap holds one until it ends.
            </p>
          ) : (
            <>
              <Table label="Locks" columns={['Pipeline', 'Held by', 'Age', 'Fence', 'Queued runs']}>
                {items.map((lock) => (
                  <tr key={lock.lock}>
                    <th scope="row" className="px-4 py-2 text-left align-top font-medium">
                      <Link to="/pipelines/$pipeline" params={{ pipeline: lock.pipeline }} className="hover:underline">
                        {lock.pipeline}
                      </Link>
                    </th>
                    <Cell>
                      <RunLink runId={lock.holder} />
                    </Cell>
                    <Cell className="whitespace-nowrap">
                      <Elapsed from={Date.parse(lock.since)} to={null} />
                    </Cell>
                    <Cell>{lock.fence}</Cell>
                    <Cell>
                      {lock.queued.length === 0 ? (
                        <span className="text-quiet">none</span>
                      ) : (
                        <Waiting runs={lock.queued} />
                      )}
                    </Cell>
                  </tr>
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

const LISTED = 5;

const Waiting = ({ runs }: { runs: readonly string[] }) => (
  <ol className="list-decimal pl-4">
    {runs.slice(0, LISTED).map((runId) => (
      <li key={runId}>
        <RunLink runId={runId} />
      </li>
    ))}
    {runs.length > LISTED ? <li>and {runs.length - LISTED} more</li> : null}
  </ol>
);

const RunLink = ({ runId }: { runId: string }) => (
  <Link
    to="/runs/$runId"
    params={{ runId }}
    search={{}}
    className="font-mono text-xs whitespace-nowrap text-accent underline"
  >
    {runId}
  </Link>
);
