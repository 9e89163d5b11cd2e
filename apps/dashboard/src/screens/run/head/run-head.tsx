import { isTerminalRun, type Run, shortRunId, type Trigger } from '@millrace/core/domain';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { api } from '../../../api.ts';
import { formatDuration } from '../../../format/amounts.ts';
import { CopyButton } from '../../../ui/copy-button.tsx';
import { PageHead } from '../../../ui/panel.tsx';
import { StatusMark } from '../../../ui/status-mark.tsx';
import { Elapsed, Instant } from '../../../ui/times.tsx';
import type { RunTab } from '../run-search.ts';
import { RunActions } from './run-actions.tsx';
import { RunReasons } from './run-reasons.tsx';

/** Heading of a run: status, actions and reasons. */
export const RunHead = ({ run, tab }: { run: Run; tab: RunTab }) => (
  <header className="mb-3">
    <PageHead
      title={`${run.pipeline} ${shortRunId(run.runId)}`}
      beside={
        <>
          <span role="status" aria-live="polite" className="text-base">
            <StatusMark status={run.status} />
          </span>
          {run.degraded ? (
            <span title="At least one stage used its fallback output" className="font-medium text-warn">
              degraded
            </span>
          ) : null}
          <CopyButton text={() => run.runId} label="Copy id" />
        </>
      }
      actions={<RunActions run={run} live={!isTerminalRun(run.status)} />}
    />
    <RunFacts run={run} />
    <RunReasons run={run} withLines={tab === 'graph'} />
  </header>
);

/** The run in a line or two: pipeline, trigger, times, and its duration compared with the usual one. */
const RunFacts = ({ run }: { run: Run }) => {
  const labels = Object.entries(run.labels);
  return (
    <dl className="flex flex-wrap gap-x-6 gap-y-2">
      <Fact name="Pipeline">
        <Link to="/pipelines/$pipeline" params={{ pipeline: run.pipeline }} className="text-accent underline">
          {run.pipeline}
        </Link>{' '}
        <span title={`version ${run.version}`} className="font-mono text-faint">
          @{run.version.slice(0, 12)}
        </span>
      </Fact>
      <Fact name="Started by">
        <StartedBy trigger={run.trigger} />
      </Fact>
      <Family run={run} />
      {run.mode === null ? null : <Fact name="Mode">{run.mode}</Fact>}
      <Fact name="Created">
        <Instant at={run.createdAt} />
      </Fact>
      {run.startedAt === null ? null : (
        <Fact name="Started">
          <Instant at={run.startedAt} />
        </Fact>
      )}
      {run.finishedAt === null ? null : (
        <Fact name="Ended">
          <Instant at={run.finishedAt} />
        </Fact>
      )}
      <Fact name={run.finishedAt !== null ? 'Took' : run.startedAt === null ? 'Waiting for' : 'Running for'}>
        <span className="inline-block min-w-16">
          <Elapsed from={run.startedAt ?? run.createdAt} to={run.finishedAt} />
        </span>
        <Usual pipeline={run.pipeline} />
      </Fact>
      {run.reason === null ? null : <Fact name="Reason">{run.reason}</Fact>}
      {labels.length === 0 ? null : (
        <Fact name="Labels">
          <span className="flex flex-wrap gap-1">
            {labels.map(([name, value]) => (
              <span
                key={name}
                className="max-w-60 truncate rounded border border-line bg-raised px-1.5"
                title={`${name}=${value}`}
              >
                {name}={value}
              </span>
            ))}
          </span>
        </Fact>
      )}
    </dl>
  );
};

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div className="min-w-0">
    <dt className="text-faint">{name}</dt>
    <dd className="wrap-anywhere">{children}</dd>
  </div>
);

/** The run that it retries, and those that retry it. */
const Family = ({ run: { retryOf, retries } }: { run: Run }) => (
  <>
    {retryOf === null ? null : (
      <Fact name="Retry of">
        <RunLink runId={retryOf} />
      </Fact>
    )}
    {retries.length === 0 ? null : (
      <Fact name="Retried as">
        <span className="flex flex-wrap gap-x-2">
          {retries.map((runId) => (
            <RunLink key={runId} runId={runId} />
          ))}
        </span>
      </Fact>
    )}
  </>
);

const RunLink = ({ runId }: { runId: string }) => (
  <Link to="/runs/$runId" params={{ runId }} className="font-mono text-accent underline">
    {shortRunId(runId)}
  </Link>
);

const StartedBy = ({ trigger }: { trigger: Trigger }) => (
  <>
    {trigger.scheduleId === undefined ? (
      <>
        {trigger.by ?? 'unknown'} <span className="text-faint">({trigger.kind})</span>
      </>
    ) : (
      <Link to="/schedules/$scheduleId" params={{ scheduleId: trigger.scheduleId }} className="text-accent underline">
        schedule {trigger.scheduleId}
      </Link>
    )}
    {trigger.tick === undefined ? null : (
      <>
        {' '}
        for <Instant at={trigger.tick} />
      </>
    )}
    {trigger.caughtUp ? <span className="text-warn"> (caught up)</span> : null}
  </>
);

/** Usual durations of the pipeline. */
const Usual = ({ pipeline }: { pipeline: string }) => {
  const { data } = useQuery({
    queryKey: ['pipeline', pipeline],
    queryFn: ({ signal }) => api.pipeline(pipeline, {}, signal),
  });
  if (data === undefined || data.duration_p50_ms === null) return null;
  return (
    <span
      title="The pipeline's last successful runs: the median, and the time within which 19 of 20 finished"
      className="text-faint"
    >
      {' '}
      p50 {formatDuration(data.duration_p50_ms)}
      {data.duration_p95_ms === null ? '' : `, p95 ${formatDuration(data.duration_p95_ms)}`}
    </span>
  );
};
