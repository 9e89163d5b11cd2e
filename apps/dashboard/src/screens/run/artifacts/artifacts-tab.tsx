/** Artifacts of the run: a list, and a preview of the selected one. */
import type { Run } from '@millrace/core/domain';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useEffect } from 'react';
import { api } from '../../../api.ts';
import type { LiveRun } from '../../../live/live-run.ts';
import { queryClient } from '../../../live/query-client.ts';
import { mostUseful } from '../../../parts/artifacts/preview-kind.ts';
import { Button } from '../../../ui/button.tsx';
import { Empty, Loading, Notice } from '../../../ui/notice.tsx';
import { ArtifactList } from './artifact-list.tsx';
import { ArtifactPreview } from './artifact-preview.tsx';

const route = getRouteApi('/runs/$runId');
const PAGE = 100;
/** Minimum interval between rereads of the list, ms. */
const REFRESH_MS = 2_000;

export const ArtifactsTab = ({ run, source }: { run: Run; source: LiveRun }) => {
  const { artifact: chosenId, stage } = route.useSearch();
  const navigate = route.useNavigate();
  const choose = useCallback(
    (artifact: string) => void navigate({ search: (search) => ({ ...search, artifact }), replace: true, resetScroll: false }),
    [navigate],
  );
  const list = useInfiniteQuery({
    queryKey: ['artifacts', run.runId],
    queryFn: ({ pageParam, signal }) => api.artifacts(run.runId, { attempts: 'all', limit: PAGE, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
  });
  useRefresh(run.runId, source);
  const artifacts = list.data?.pages.flatMap(({ items }) => items) ?? [];
  const suggested = chosenId === undefined ? mostUseful(artifacts, stage)?.artifact_id : undefined;
  // Stored in the address, so that it stays selected when more are stored.
  useEffect(() => {
    if (suggested !== undefined) choose(suggested);
  }, [suggested, choose]);
  if (list.isPending) return <Loading what="the artifacts" />;
  if (list.isError) return <Notice tone="bad" title="Could not load the artifacts" error={list.error} />;
  const chosen = artifacts.find(({ artifact_id }) => artifact_id === chosenId);
  if (artifacts.length === 0) {
    return (
      <Empty title="No artifacts">
        {run.finishedAt === null ? 'Artifacts appear here when the attempt that stored them ends.' : 'No stage of this run stored any.'}
      </Empty>
    );
  }
  return (
    <div className="space-y-4">
      <div className="space-y-2">
        <ArtifactList runId={run.runId} artifacts={artifacts} chosenId={chosenId} onChoose={choose} />
        {list.hasNextPage ? (
          <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            More artifacts
          </Button>
        ) : null}
      </div>
      {chosen ? (
        <ArtifactPreview key={chosen.artifact_id} runId={run.runId} artifact={chosen} />
      ) : chosenId === undefined ? (
        <Empty title="No artifact selected">Select an artifact to preview it here.</Empty>
      ) : (
        <Notice tone="warn" title={list.hasNextPage ? 'The linked artifact is not in the list yet' : 'The linked artifact is not in this run'} />
      )}
    </div>
  );
};

const SHOWN_AFTER: ReadonlySet<string> = new Set(['stage.artifact', 'stage.succeeded', 'stage.retrying', 'stage.failed']);

/** Artifacts are listed once their attempt has ended. */
const useRefresh = (runId: string, source: LiveRun): void =>
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = source.onEvents((events) => {
      if (!events.some(({ type }) => SHOWN_AFTER.has(type))) return;
      timer ??= setTimeout(() => {
        timer = undefined;
        void queryClient.invalidateQueries({ queryKey: ['artifacts', runId] });
      }, REFRESH_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [runId, source]);
