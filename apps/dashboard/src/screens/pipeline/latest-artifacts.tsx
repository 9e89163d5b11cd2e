import type { Artifact, Pipeline } from '@millrace/client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../../api.ts';
import { formatBytes } from '../../format/amounts.ts';
import { contentHref, DownloadLink } from '../../parts/artifacts/download-link.tsx';
import { mostUseful } from '../../parts/artifacts/preview-kind.ts';
import { Notice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Ago } from '../../ui/times.tsx';

const SHOWN = 6;

/**
 * Artifacts of the newest recent run that succeeded: the report first, then the latest, since a run ends with its main
 * result.
 */
export const LatestArtifacts = ({ pipeline }: { pipeline: Pipeline }) => {
  const run = pipeline.recent_runs.find(({ status }) => status === 'succeeded');
  const runId = run?.run_id ?? '';
  const { data, error } = useQuery({
    queryKey: ['artifacts', runId, 'latest'],
    // Keeps the previous run's artifacts until the new ones load, so that they match the run shown.
    queryFn: async ({ signal }) => ({
      runId,
      at: run?.finished_at ?? null,
      ...(await api.artifacts(runId, { limit: 100 }, signal)),
    }),
    placeholderData: keepPreviousData,
    enabled: run !== undefined,
  });
  if (!data) return error ? <Notice tone="warn" title="Could not load the latest artifacts" error={error} /> : null;
  const best = mostUseful(data.items, undefined);
  const others = data.items.filter((artifact) => artifact !== best).reverse();
  const artifacts = best === null ? others : [best, ...others];
  if (artifacts.length === 0) return null;
  return (
    <Panel title="Latest artifacts" actions={data.at === null ? null : <Ago at={data.at} />}>
      <ul>
        {artifacts.slice(0, SHOWN).map((artifact) => (
          <Line key={artifact.artifact_id} runId={data.runId} artifact={artifact} />
        ))}
      </ul>
      {artifacts.length > SHOWN ? (
        <p className="border-t border-line px-4 py-2">
          <Link
            to="/runs/$runId"
            params={{ runId: data.runId }}
            search={{ tab: 'artifacts' }}
            className="text-accent underline"
          >
            All artifacts of this run
          </Link>
        </p>
      ) : null}
    </Panel>
  );
};

const Line = ({ runId, artifact: { artifact_id, name, stage, size } }: { runId: string; artifact: Artifact }) => (
  <li className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-line px-4 py-2 first:border-t-0">
    <Link
      to="/runs/$runId"
      params={{ runId }}
      search={{ tab: 'artifacts', artifact: artifact_id }}
      className="min-w-0 text-accent underline-offset-2 wrap-anywhere hover:underline"
    >
      <bdi>{name}</bdi>
    </Link>
    <span className="text-quiet">{stage}</span>
    <span className="ml-auto inline-flex items-center gap-4">
      <span className="text-quiet">{formatBytes(size)}</span>
      <DownloadLink href={contentHref(runId, artifact_id)} label={`Download ${name}`}>
        Download
      </DownloadLink>
    </span>
  </li>
);
