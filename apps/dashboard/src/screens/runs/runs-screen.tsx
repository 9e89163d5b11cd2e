import { getRouteApi, Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Empty, Loading, Notice } from '../../ui/notice.tsx';
import { PageHead } from '../../ui/panel.tsx';
import { RunsFilters } from './runs-filters.tsx';
import { RunsTable } from './runs-table.tsx';
import { useRunList } from './use-run-list.ts';

const route = getRouteApi('/runs');

/** All runs, newest first; filters live in the address. */
export const Screen = (): ReactNode => {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [atTop, setAtTop] = useState(true);
  const { list, runs, fresh, accept } = useRunList(search, atTop);
  const filtered = Object.keys(search).length > 0;
  const searching = runs.length === 0 && list.hasNextPage;
  return (
    <>
      <PageHead title="Runs" />
      <RunsFilters search={search} onChange={(next, replace = false) => void navigate({ search: next, replace })} />
      {list.isError ? (
        <div className="mb-3">
          <Notice
            tone="bad"
            title={runs.length > 0 ? 'Could not load older runs' : 'Could not load the runs'}
            error={list.error}
          >
            <Button onClick={() => void (runs.length > 0 ? list.fetchNextPage() : list.refetch())}>Try again</Button>
          </Notice>
        </div>
      ) : null}
      {runs.length > 0 || searching ? (
        <RunsTable
          runs={runs}
          fresh={fresh}
          onAcceptFresh={accept}
          onAtTop={setAtTop}
          more={list.isError ? 'failed' : list.isFetchingNextPage ? 'reading' : list.hasNextPage ? 'there' : 'none'}
          onMore={() => void list.fetchNextPage()}
        />
      ) : list.isPending ? (
        <Loading what="the runs" />
      ) : list.isError ? null : filtered ? (
        <Empty title="No run matches these filters">
          <Link to="/runs" search={{}} className="text-accent underline">
            Clear the filters
          </Link>
        </Empty>
      ) : (
        <Empty title="No runs yet">
          <p>
            Every run shows up here, however it starts: from the{' '}
            <Link to="/" className="text-accent underline">
              overview
            </Link>
            , by a schedule, over HTTP, or with <code>millrace run</code>.
          </p>
        </Empty>
      )}
    </>
  );
};
