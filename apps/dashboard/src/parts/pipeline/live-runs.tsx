import type { Pipeline, ListedRun } from '@millrace/client';
import { Link } from '@tanstack/react-router';
import { LiveRunLine } from './live-run-line.tsx';

/** What a pipeline is doing. `runs`: its live runs, newest first. */
export const LiveRuns = ({ pipeline, runs }: { pipeline: Pipeline; runs: readonly ListedRun[] }) => (
  <>
    {runs.slice(0, SHOWN).map((run) => (
      <LiveRunLine key={run.run_id} run={run} pipeline={pipeline} />
    ))}
    {runs.length > SHOWN ? (
      <Link to="/runs" search={{ pipeline: pipeline.name, status: 'queued,starting,running,retrying,cancelling' }} className="text-accent underline">
        {runs.length - SHOWN} more live runs
      </Link>
    ) : null}
  </>
);

const SHOWN = 3;
