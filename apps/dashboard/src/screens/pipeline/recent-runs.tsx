import type { Pipeline, RunSummary } from '@millrace/client';
import { Link } from '@tanstack/react-router';
import { Panel } from '../../ui/panel.tsx';
import { StatusMark } from '../../ui/status.tsx';
import { Elapsed, Instant } from '../../ui/times.tsx';

/** The newest few runs; the list has all of them. */
const SHOWN = 10;

export const RecentRuns = ({ pipeline }: { pipeline: Pipeline }) => (
  <Panel
    title="Recent runs"
    actions={
      <Link to="/runs" search={{ pipeline: pipeline.name }} className="text-accent underline">
        All runs
      </Link>
    }
  >
    {pipeline.recent_runs.length === 0 ? (
      <p className="p-4 text-quiet">No runs yet: start one, or wait for a schedule.</p>
    ) : (
      <ul>
        {pipeline.recent_runs.slice(0, SHOWN).map((run) => (
          <RecentRun key={run.run_id} run={run} />
        ))}
      </ul>
    )}
  </Panel>
);

const RecentRun = ({ run }: { run: RunSummary }) => (
  <li className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-line px-4 py-2 first:border-t-0">
    <Link to="/runs/$runId" params={{ runId: run.run_id }} className="hover:underline">
      <StatusMark status={run.status} />
    </Link>
    <Instant at={run.created_at} />
    <span className="text-quiet">{run.trigger}</span>
    <span className="ml-auto">
      {run.started_at === null ? '–' : <Elapsed from={Date.parse(run.started_at)} to={run.finished_at === null ? null : Date.parse(run.finished_at)} />}
    </span>
  </li>
);
