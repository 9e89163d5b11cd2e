import type { ListedRun } from '@millrace/client';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo, useState } from 'react';
import { api } from '../../api.ts';
import { Attention } from '../../parts/attention/attention.tsx';
import { EventsFeed } from '../../parts/pipeline/events-feed.tsx';
import { useLiveRuns } from '../../parts/pipeline/live-runs.tsx';
import { FIELD_LOOK } from '../../ui/field-look.ts';
import { Loading, Notice } from '../../ui/notice.tsx';
import { PageHead, Panel } from '../../ui/panel.tsx';
import { FirstSteps } from './first-steps.tsx';
import { PipelineRow } from './pipeline-row.tsx';
import { SystemStrip } from './system-strip.tsx';
import { useHealth } from './use-health.ts';

/** The page people keep open: what needs attention, every pipeline, and the latest events. */
export const Screen = (): ReactNode => {
  const { data, error, isError } = useQuery({ queryKey: ['pipelines'], queryFn: ({ signal }) => api.pipelines({ limit: 500 }, signal) });
  const { data: health } = useHealth();
  const live = useLiveRuns();
  const liveOf = useLiveByPipeline(live);
  const [filter, setFilter] = useState('');
  const pipelines = data?.items ?? [];
  const wanted = filter.trim().toLowerCase();
  const shown = wanted === '' ? pipelines : pipelines.filter(({ name, description }) => `${name} ${description}`.toLowerCase().includes(wanted));
  return (
    <>
      <PageHead title="Overview" />
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
                {data.next_cursor === null ? null : <p className="border-t border-line p-4 text-quiet">Showing the first {pipelines.length}.</p>}
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
