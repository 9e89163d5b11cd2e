import { ApiError, type Pipeline } from '@millrace/client';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { api } from '../../api.ts';
import { formatSetting } from '../../format/amounts.ts';
import { PipelineAttention } from '../../parts/attention/attention.tsx';
import { StopButton } from '../../parts/pipeline/cancel-dialog.tsx';
import { EventsFeed } from '../../parts/pipeline/events-feed.tsx';
import { LiveRuns, useLiveRuns } from '../../parts/pipeline/live-run-lines.tsx';
import { PauseButton, PausedNotice } from '../../parts/pipeline/pause-button.tsx';
import { ANOTHER_START, Figures, NextTick, PipelineGone } from '../../parts/pipeline/pipeline-facts.tsx';
import { StartButton } from '../../parts/pipeline/start-button.tsx';
import { Loading, Notice } from '../../ui/notice.tsx';
import { PageHead, Panel } from '../../ui/panel.tsx';
import { RunStrip } from '../../ui/run-strip.tsx';
import { StatusMark } from '../../ui/status-mark.tsx';
import { LatestArtifacts } from './latest-artifacts.tsx';
import { ModesPanel, RecentRuns, SchedulesPanel } from './side-panels.tsx';
import { StagesPanel } from './stages-panel.tsx';

const route = getRouteApi('/pipelines/$pipeline');

/** One pipeline: live runs, health, artifacts, schedules and stages. */
export const Screen = (): ReactNode => {
  const { pipeline: name } = route.useParams();
  const { data, error, isError } = useQuery({
    queryKey: ['pipeline', name],
    queryFn: ({ signal }) => api.pipeline(name, {}, signal),
  });
  if (error instanceof ApiError && error.status === 404) return <PipelineGone name={name} error={error} />;
  if (data) return <Shown pipeline={data} />;
  return (
    <>
      <PageHead title={name} />
      {isError ? (
        <Notice tone="bad" title="Could not load the pipeline" error={error} />
      ) : (
        <Loading what="the pipeline" />
      )}
    </>
  );
};

const Shown = ({ pipeline }: { pipeline: Pipeline }) => (
  <>
    <PageHead
      title={pipeline.name}
      beside={<StatusMark status={pipeline.state} />}
      actions={
        <>
          <PauseButton pipeline={pipeline.name} pause={pipeline.pause} />
          <StopButton pipeline={pipeline} />
          <StartButton pipeline={pipeline} />
        </>
      }
    />
    <WhatIsBroken pipeline={pipeline} />
    <div className="space-y-4">
      {pipeline.pause === null ? null : <PausedNotice name={pipeline.name} pause={pipeline.pause} />}
      {pipeline.definition_problem === null ? null : (
        <Notice tone="bad" title="This definition no longer loads from a file">
          <p className="font-mono text-xs text-ink">{pipeline.definition_problem.message}</p>
          <p>You see the last registered version. Fix or restore the file, then restart Millrace.</p>
        </Notice>
      )}
      {pipeline.description === '' ? null : <p className="max-w-prose text-quiet">{pipeline.description}</p>}
      <Panel title="Health">
        <div className="flex flex-wrap items-end gap-x-8 gap-y-3 p-4">
          <RunStrip pipeline={pipeline.name} runs={pipeline.recent_runs} />
          <Figures pipeline={pipeline} />
          <NextTick schedules={pipeline.schedules} />
        </div>
        <LiveNow pipeline={pipeline} />
        <p className="border-t border-line px-4 py-2 text-quiet">
          Version <code>{pipeline.version}</code> · when one is live, another start {ANOTHER_START[pipeline.overlap]}
          {pipeline.timeout_ms === null ? '' : ` · a run may take ${formatSetting(pipeline.timeout_ms)}`}
        </p>
      </Panel>
      <div className="grid grid-cols-1 items-start gap-4 lg:grid-cols-2">
        <div className="space-y-4">
          <LatestArtifacts key={pipeline.name} pipeline={pipeline} />
          <RecentRuns pipeline={pipeline} />
        </div>
        <div className="space-y-4">
          <EventsFeed key={pipeline.name} pipeline={pipeline.name} />
          <SchedulesPanel schedules={pipeline.schedules} />
          <ModesPanel modes={pipeline.modes} />
        </div>
      </div>
      <StagesPanel pipeline={pipeline} />
    </div>
  </>
);

/** At the top: whoever comes because of a problem sees it first. */
const WhatIsBroken = ({ pipeline }: { pipeline: Pipeline }) => {
  const live = useLiveRuns(pipeline.name);
  const failed = pipeline.recent_runs.find(({ status }) => status === 'failed' || status === 'succeeded');
  const isFailing = failed?.status === 'failed';
  const { data } = useQuery({
    queryKey: ['run', 'headline', failed?.run_id],
    queryFn: ({ signal }) => api.runs({ id: failed!.run_id, stages: 'none', limit: 1 }, signal),
    enabled: isFailing,
  });
  const error = isFailing ? data?.items[0]?.error : null;
  const headline = error ? `${error.stage === null ? '' : `${error.stage}: `}${error.message.split('\n', 1)[0]}` : null;
  return <PipelineAttention pipeline={pipeline} live={live} headline={headline} />;
};

const LiveNow = ({ pipeline }: { pipeline: Pipeline }) => {
  const runs = useLiveRuns(pipeline.name);
  return runs.length === 0 ? null : (
    <div className="space-y-2 px-4 pb-4">
      <LiveRuns pipeline={pipeline} runs={runs} />
    </div>
  );
};
