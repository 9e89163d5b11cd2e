import { ApiError } from '@millrace/client';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { api } from '../../api.ts';
import { ANOTHER_START, PipelineGone } from '../../parts/pipeline/pipeline-facts.tsx';
import { Loading, Notice } from '../../ui/notice.tsx';
import { PageHead } from '../../ui/panel.tsx';
import { StartForm } from './start-form.tsx';

const route = getRouteApi('/pipelines/$pipeline/start');

/** Starts a pipeline, with a form made from the params schema; `?from=<run_id>` prefills it from that run. */
export const Screen = (): ReactNode => {
  const { pipeline: name } = route.useParams();
  const { from }: { readonly from?: unknown } = useSearch({ strict: false });
  const pipeline = useQuery({ queryKey: ['pipeline', name], queryFn: ({ signal }) => api.pipeline(name, {}, signal) });
  const source = useQuery({
    queryKey: ['start-from', from],
    queryFn: ({ signal }) => api.run(String(from), { limit: 1, outputs: 'none' }, signal),
    enabled: typeof from === 'string',
    staleTime: Infinity,
  });
  const head = (
    <PageHead
      title={`Start ${name}`}
      beside={
        <Link to="/pipelines/$pipeline" params={{ pipeline: name }} className="text-accent underline">
          The pipeline
        </Link>
      }
    />
  );
  if (pipeline.error instanceof ApiError && pipeline.error.status === 404)
    return <PipelineGone name={name} error={pipeline.error} />;
  if (pipeline.data === undefined)
    return (
      <>
        {head}
        {pipeline.isError ? (
          <Notice tone="bad" title="Could not load the pipeline" error={pipeline.error} />
        ) : (
          <Loading what="the pipeline" />
        )}
      </>
    );
  if (source.isLoading)
    return (
      <>
        {head}
        <Loading what="the run to start from" />
      </>
    );
  return (
    <>
      {head}
      {pipeline.data.state === 'idle' || pipeline.data.overlap === 'allow' ? null : (
        <div className="mb-3">
          <Notice tone="plain" title={`A run is live: another start ${ANOTHER_START[pipeline.data.overlap]}`} />
        </div>
      )}
      {source.isError ? (
        <Notice tone="warn" title={`Could not load run ${String(from)}: the form starts empty`} error={source.error} />
      ) : null}
      <StartForm
        key={source.data?.run_id ?? name}
        pipeline={pipeline.data}
        from={source.data?.pipeline === name ? source.data : null}
      />
    </>
  );
};
