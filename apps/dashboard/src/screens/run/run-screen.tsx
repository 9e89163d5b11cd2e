/** One run: heading, reasons and tabs. */
import { ApiError } from '@millrace/client';
import { type Run, shortRunId } from '@millrace/core/domain';
import { getRouteApi, Link } from '@tanstack/react-router';
import { lazy, Suspense, useCallback } from 'react';
import { type LiveRun, type Progress, useLiveRun } from '../../live/live-run.ts';
import { Empty, Loading, Notice } from '../../ui/notice.tsx';
import { PageHead } from '../../ui/panel.tsx';
import { BeginningGone, useFirstKept } from './first-kept.tsx';
import { RunHead } from './head/run-head.tsx';
import { RUN_TABS, type RunTab } from './run-search.ts';

const route = getRouteApi('/runs/$runId');

const GraphTab = lazy(() => import('./graph/graph-tab.tsx').then((module) => ({ default: module.GraphTab })));
const TimelineTab = lazy(() =>
  import('./timeline/timeline-tab.tsx').then((module) => ({ default: module.TimelineTab })),
);
const EventsTab = lazy(() => import('./events/events-tab.tsx').then((module) => ({ default: module.EventsTab })));
const LogsTab = lazy(() => import('./logs/logs-tab.tsx').then((module) => ({ default: module.LogsTab })));
const ArtifactsTab = lazy(() =>
  import('./artifacts/artifacts-tab.tsx').then((module) => ({ default: module.ArtifactsTab })),
);
const StageDrawer = lazy(() => import('./stage/stage-drawer.tsx').then((module) => ({ default: module.StageDrawer })));
const DetailsTab = lazy(() => import('./details/details-tab.tsx').then((module) => ({ default: module.DetailsTab })));

export const Screen = () => {
  const { runId } = route.useParams();
  const { state, source } = useLiveRun(runId);
  if (state.phase === 'refused') return <Refused runId={runId} error={state.error} />;
  if (state.phase === 'ready' && source !== null)
    return <Shown key={runId} run={state.run} progress={state.progress} source={source} />;
  return (
    <>
      <PageHead title={`Run ${shortRunId(runId)}`} />
      <Loading what="the run" />
    </>
  );
};

const Shown = ({ run, progress, source }: { run: Run; progress: ReadonlyMap<string, Progress>; source: LiveRun }) => {
  const { tab = 'graph', stage = null } = route.useSearch();
  const navigate = route.useNavigate();
  const open = useCallback(
    (name: string | null) =>
      void navigate({
        search: ({ stage: _stage, ...rest }) => (name === null ? rest : { ...rest, stage: name }),
        replace: true,
      }),
    [navigate],
  );
  const drawer = stage !== null && (tab === 'graph' || tab === 'timeline');
  const { error } = useFirstKept(run);
  if (isGone(error)) return <Refused runId={run.runId} error={error} />;
  return (
    <>
      <RunHead run={run} tab={tab} />
      <RunTabs run={run} tab={tab} />
      <BeginningGone key={tab} run={run} />
      <div className={drawer ? 'lg:grid lg:grid-cols-[minmax(0,1fr)_26rem] lg:items-start lg:gap-4' : ''}>
        <Suspense
          fallback={
            <Loading what={tab === 'graph' ? 'the graph' : tab === 'timeline' ? 'the timeline' : `the ${tab}`} />
          }
        >
          {tab === 'graph' ? <GraphTab run={run} progress={progress} selected={stage} onOpen={open} /> : null}
          {tab === 'timeline' ? <TimelineTab run={run} source={source} selected={stage} onOpen={open} /> : null}
          {tab === 'events' ? <EventsTab run={run} source={source} /> : null}
          {tab === 'logs' ? <LogsTab run={run} source={source} /> : null}
          {tab === 'artifacts' ? <ArtifactsTab run={run} source={source} /> : null}
          {tab === 'details' ? <DetailsTab run={run} source={source} /> : null}
        </Suspense>
        {drawer ? (
          <Suspense>
            <StageDrawer key={stage} run={run} name={stage} progress={progress.get(stage) ?? null} onOpen={open} />
          </Suspense>
        ) : null}
      </div>
    </>
  );
};

const isGone = (error: unknown): boolean => error instanceof ApiError && error.status === 404;

const Refused = ({ runId, error }: { runId: string; error: unknown }) =>
  isGone(error) ? (
    <>
      <PageHead title="Run not found" />
      <Empty title={`There is no run ${runId}`}>
        It may have been deleted by retention, or the address is incomplete.{' '}
        <Link to="/runs" className="text-accent underline">
          To all runs
        </Link>
      </Empty>
    </>
  ) : (
    <>
      <PageHead title="Run" />
      <Notice tone="bad" title="Could not load this run" error={error}>
        <Link to="/runs" className="text-accent underline">
          To all runs
        </Link>
      </Notice>
    </>
  );

const TITLES: Readonly<Record<RunTab, string>> = {
  graph: 'Graph',
  timeline: 'Timeline',
  events: 'Events',
  logs: 'Logs',
  artifacts: 'Artifacts',
  details: 'Details',
};

/** Tabs of a run, each with its own address. A selection does not carry over to another tab. */
const RunTabs = ({ run, tab }: { run: Run; tab: RunTab }) => (
  <nav aria-label="Run views" className="mb-3 flex gap-1 overflow-x-auto border-b border-line">
    {RUN_TABS.map((name) => (
      <Link
        key={name}
        to="/runs/$runId"
        params={{ runId: run.runId }}
        search={name === 'graph' ? {} : { tab: name }}
        aria-current={name === tab ? 'page' : undefined}
        className={`-mb-px border-b-2 px-3 py-2 font-medium whitespace-nowrap ${name === tab ? 'border-accent text-ink' : 'border-transparent text-quiet hover:text-ink'}`}
      >
        {TITLES[name]}
      </Link>
    ))}
  </nav>
);
