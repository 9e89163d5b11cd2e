/** Artifacts of the run: a list, and a preview of the selected one. */
import type { Artifact } from '@millrace/client';
import { attemptLabel, type Run } from '@millrace/core/domain';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type KeyboardEvent, memo, useCallback, useEffect, useRef } from 'react';
import { api } from '../../../api.ts';
import { formatBytes } from '../../../format/amounts.ts';
import type { LiveRun } from '../../../live/live-run.ts';
import { queryClient } from '../../../live/query-client.ts';
import { contentHref, DownloadLink } from '../../../parts/artifacts/download-link.tsx';
import { mostUseful } from '../../../parts/artifacts/preview-kind.ts';
import { Button } from '../../../ui/button.tsx';
import { CopyButton } from '../../../ui/copy-button.tsx';
import { Empty, Loading, Notice } from '../../../ui/notice.tsx';
import { Instant } from '../../../ui/times.tsx';
import { ArtifactPreview } from '../../../parts/artifacts/artifact-preview.tsx';

const route = getRouteApi('/runs/$runId');
const PAGE = 100;
/** Minimum interval between rereads of the list, ms. */
const REFRESH_MS = 2_000;

export const ArtifactsTab = ({ run, source }: { run: Run; source: LiveRun }) => {
  const { artifact: chosenId, stage } = route.useSearch();
  const navigate = route.useNavigate();
  const choose = useCallback(
    (artifact: string) =>
      void navigate({ search: (search) => ({ ...search, artifact }), replace: true, resetScroll: false }),
    [navigate],
  );
  const list = useInfiniteQuery({
    queryKey: ['artifacts', run.runId],
    queryFn: ({ pageParam, signal }) =>
      api.artifacts(run.runId, { attempts: 'all', limit: PAGE, cursor: pageParam }, signal),
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
        {run.finishedAt === null
          ? 'Artifacts appear here when the attempt that stored them ends.'
          : 'No stage of this run stored any.'}
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
        <Notice
          tone="warn"
          title={
            list.hasNextPage ? 'The linked artifact is not in the list yet' : 'The linked artifact is not in this run'
          }
        />
      )}
    </div>
  );
};

const SHOWN_AFTER: ReadonlySet<string> = new Set([
  'stage.artifact',
  'stage.succeeded',
  'stage.retrying',
  'stage.failed',
]);

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

interface ArtifactListProps {
  readonly runId: string;
  readonly artifacts: readonly Artifact[];
  readonly chosenId: string | undefined;
  readonly onChoose: (artifactId: string) => void;
}

/** Arrow keys move between names. */
const ArtifactList = ({ runId, artifacts, chosenId, onChoose }: ArtifactListProps) => {
  const box = useRef<HTMLDivElement>(null);
  // The default selection may be at the end.
  useEffect(() => {
    const chosen = box.current?.querySelector<HTMLElement>('[aria-pressed="true"]')?.closest('tr');
    if (box.current && chosen)
      box.current.scrollTop = Math.max(
        box.current.scrollTop,
        chosen.offsetTop + chosen.offsetHeight - box.current.clientHeight,
      );
  }, [chosenId]);
  const step = (event: KeyboardEvent<HTMLElement>): void => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined || !(event.target instanceof HTMLElement) || event.target.dataset['name'] === undefined)
      return;
    const names = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-name]')];
    names[names.indexOf(event.target) + by]?.focus();
    event.preventDefault();
  };
  return (
    <div
      role="region"
      aria-label="Artifacts"
      tabIndex={0}
      ref={box}
      className="max-h-96 overflow-auto rounded-lg border border-line bg-panel"
    >
      <table className="w-full min-w-[56rem] text-left">
        <thead className="sticky top-0 bg-raised text-quiet">
          <tr>
            {['Name', 'Stage', 'Size', 'Type', 'SHA-256', 'Stored'].map((name) => (
              <th key={name} scope="col" className={`px-3 py-1.5 font-medium ${name === 'Size' ? 'text-right' : ''}`}>
                {name}
              </th>
            ))}
            <td />
          </tr>
        </thead>
        <tbody onKeyDown={step}>
          {artifacts.map((artifact) => (
            <Row
              key={artifact.artifact_id}
              runId={runId}
              artifact={artifact}
              chosen={artifact.artifact_id === chosenId}
              onChoose={onChoose}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
};

const Row = memo(
  ({
    runId,
    artifact,
    chosen,
    onChoose,
  }: {
    runId: string;
    artifact: Artifact;
    chosen: boolean;
    onChoose: (artifactId: string) => void;
  }) => (
    <tr className={`border-t border-line ${chosen ? 'bg-raised' : ''}`}>
      <th scope="row" className="w-2/5 min-w-52 px-3 py-1.5 font-medium">
        <button
          type="button"
          data-name=""
          aria-pressed={chosen}
          onClick={() => onChoose(artifact.artifact_id)}
          className="text-left text-accent underline-offset-2 wrap-anywhere hover:underline"
        >
          <bdi>{artifact.name}</bdi>
        </button>
      </th>
      <td className="px-3 whitespace-nowrap">
        {artifact.stage}
        {attemptLabel(artifact) === '1' ? null : <span className="text-faint"> #{attemptLabel(artifact)}</span>}
      </td>
      <td className="px-3 text-right whitespace-nowrap" title={`${artifact.size} bytes`}>
        {formatBytes(artifact.size)}
      </td>
      <td className="max-w-40 truncate px-3 text-quiet" title={artifact.content_type}>
        {artifact.content_type}
      </td>
      <td className="px-3 font-mono whitespace-nowrap" title={artifact.sha256}>
        {artifact.sha256.slice(0, 8)}
        <CopyButton text={() => artifact.sha256} what={`the SHA-256 of ${artifact.name}`} />
      </td>
      <td className="px-3">
        <Instant at={artifact.stored_at} />
      </td>
      <td className="px-3 text-right">
        <DownloadLink href={contentHref(runId, artifact.artifact_id)} label={`Download ${artifact.name}`}>
          Download
        </DownloadLink>
      </td>
    </tr>
  ),
);
