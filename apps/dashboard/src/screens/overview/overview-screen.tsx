import type { ListedRun, Pipeline } from '@millrace/client';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { memo, type ReactNode, useMemo, useState } from 'react';
import { api } from '../../api.ts';
import { Attention } from '../../parts/attention/attention.tsx';
import { StopButton } from '../../parts/pipeline/cancel-dialog.tsx';
import { EventsFeed } from '../../parts/pipeline/events-feed.tsx';
import { LiveRuns, useLiveRuns } from '../../parts/pipeline/live-run-lines.tsx';
import { PauseButton } from '../../parts/pipeline/pause-button.tsx';
import { Figures, NextTick } from '../../parts/pipeline/pipeline-facts.tsx';
import { StartButton } from '../../parts/pipeline/start-button.tsx';
import { FIELD_LOOK } from '../../ui/field.tsx';
import { Loading, Notice } from '../../ui/notice.tsx';
import { PageHead, Panel } from '../../ui/panel.tsx';
import { RunStrip } from '../../ui/run-strip.tsx';
import { StatusMark } from '../../ui/status-mark.tsx';
import { SystemStrip, useHealth } from './system-strip.tsx';

/** The page people keep open: what needs attention, every pipeline, and the latest events. */
export const Screen = (): ReactNode => {
  const { data, error, isError } = useQuery({
    queryKey: ['pipelines'],
    queryFn: ({ signal }) => api.pipelines({ limit: 500 }, signal),
  });
  const { data: health } = useHealth();
  const live = useLiveRuns();
  const liveOf = useLiveByPipeline(live);
  const [filter, setFilter] = useState('');
  const pipelines = data?.items ?? [];
  const wanted = filter.trim().toLowerCase();
  const shown =
    wanted === ''
      ? pipelines
      : pipelines.filter(({ name, description }) => `${name} ${description}`.toLowerCase().includes(wanted));
  return (
    <>
      <PageHead
        title="Overview"
        actions={
          health === undefined ? null : (
            <PauseButton
              pipeline={null}
              pause={health.system.pauses.find(({ pipeline }) => pipeline === null) ?? null}
            />
          )
        }
      />
      {data === undefined ? (
        isError ? (
          <Notice tone="bad" title="Could not load the pipelines" error={error} />
        ) : (
          <Loading what="the pipelines" />
        )
      ) : (
        <>
          {pipelines.length === 0 && (health?.definition_problems.length ?? 0) === 0 ? null : (
            <Attention pipelines={pipelines} live={live} health={health ?? null} />
          )}
          <SystemStrip />
          <div className="grid grid-cols-1 items-start gap-4 xl:grid-cols-[minmax(0,1fr)_24rem]">
            {pipelines.length === 0 ? (
              <FirstSteps />
            ) : (
              <Panel
                title={`Pipelines (${pipelines.length})`}
                actions={pipelines.length > FEW ? <Filter text={filter} onChange={setFilter} /> : null}
                className="min-w-0"
              >
                {shown.length === 0 ? <p className="p-4 text-quiet">No pipeline matches the filter.</p> : null}
                <ul>
                  {shown.map((pipeline) => (
                    <PipelineRow key={pipeline.name} pipeline={pipeline} live={liveOf.get(pipeline.name) ?? NONE} />
                  ))}
                </ul>
                {data.next_cursor === null ? null : (
                  <p className="border-t border-line p-4 text-quiet">Showing the first {pipelines.length}.</p>
                )}
              </Panel>
            )}
            <EventsFeed />
          </div>
        </>
      )}
    </>
  );
};

/** Up to this many pipelines need no filter. */
const FEW = 5;
const NONE: readonly ListedRun[] = [];

const Filter = ({ text, onChange }: { text: string; onChange: (text: string) => void }) => (
  <input
    type="search"
    aria-label="Filter the pipelines"
    placeholder="Filter"
    value={text}
    onChange={(event) => onChange(event.target.value)}
    className={`${FIELD_LOOK} w-44 placeholder:text-faint`}
  />
);

const useLiveByPipeline = (live: readonly ListedRun[]): ReadonlyMap<string, readonly ListedRun[]> =>
  useMemo(() => {
    const by = new Map<string, ListedRun[]>();
    for (const run of live) by.set(run.pipeline, [...(by.get(run.pipeline) ?? []), run]);
    return by;
  }, [live]);

/** A pipeline at a glance: live runs, recent results and next tick. `live`: its live runs, newest first. */
const PipelineRow = memo(({ pipeline, live }: { pipeline: Pipeline; live: readonly ListedRun[] }) => {
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

/** Shown without any pipelines: how to create the first one. */
const FirstSteps = () => (
  <Panel title="No pipelines yet: create your first in three steps">
    <ol className="list-decimal space-y-4 p-4 pl-9">
      <li>
        Write a file such as <code>pipelines/hello.pipeline.yaml</code>:
        <pre
          tabIndex={0}
          aria-label="A first pipeline"
          className="mt-2 overflow-x-auto rounded bg-raised p-3 font-mono"
        >
          {EXAMPLE}
        </pre>
      </li>
      <li>
        Save it where Millrace looks: the folders or globs in <code>MILLRACE_PIPELINES</code>, <code>pipelines/</code>{' '}
        by default.
      </li>
      <li>
        Restart Millrace, then start the pipeline:
        <pre tabIndex={0} aria-label="Commands" className="mt-2 overflow-x-auto rounded bg-raised p-3 font-mono">
          {'npx millrace up\nnpx millrace run hello --wait'}
        </pre>
      </li>
    </ol>
  </Panel>
);

const EXAMPLE = `name: hello
stages:
  greet: { run: { command: [echo, "hello"] } }
  part: { depends_on: [greet], run: { command: [echo, "goodbye"] } }`;
