import type { ListedRun, Pipeline } from '@millrace/client';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { StopButton } from '../../parts/pipeline/cancel-run.tsx';
import { LiveRuns } from '../../parts/pipeline/live-runs.tsx';
import { Figures, NextTick } from '../../parts/pipeline/pipeline-facts.tsx';
import { StartButton } from '../../parts/pipeline/start-button.tsx';
import { RunStrip } from '../../ui/run-strip.tsx';
import { StatusMark } from '../../ui/status.tsx';

/** A pipeline at a glance: live runs, recent results and next tick. `live`: its live runs, newest first. */
export const PipelineRow = memo(({ pipeline, live }: { pipeline: Pipeline; live: readonly ListedRun[] }) => {
  return (
    <li className="@container space-y-2 border-t border-line px-4 py-3 first:border-t-0">
      {/* On one line only if everything fits: the panel is narrower than the window, by an amount that depends on its
    neighbours. */}
      <div className="flex flex-wrap items-start gap-x-6 gap-y-2 @min-[66rem]:grid @min-[66rem]:grid-cols-[minmax(8rem,1fr)_18.75rem_minmax(21rem,1.2fr)_max-content]">
        <div className="min-w-0 flex-1 basis-44">
          <h3 className="text-base font-semibold">
            <Link to="/pipelines/$pipeline" params={{ pipeline: pipeline.name }} className="hover:underline">
              {pipeline.name}
            </Link>
          </h3>
          <StatusMark status={pipeline.state} />
        </div>
        <div className="ml-auto flex items-start justify-end gap-1 @min-[66rem]:col-start-4 @min-[66rem]:row-start-1">
          <StopButton pipeline={pipeline} />
          <StartButton pipeline={pipeline} />
        </div>
        {/* Ends the line. */}
        <div className="basis-full @min-[66rem]:hidden" />
        <RunStrip pipeline={pipeline.name} runs={pipeline.recent_runs} />
        <div className="min-w-0 basis-[21rem] space-y-1">
          <Figures pipeline={pipeline} />
          <NextTick schedules={pipeline.schedules} />
        </div>
      </div>
      <LiveRuns pipeline={pipeline} runs={live} />
    </li>
  );
});
