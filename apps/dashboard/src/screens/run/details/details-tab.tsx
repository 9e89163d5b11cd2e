/** Inputs and results of the run. */
import { attemptLabel, type AttemptRecord, type Run, type StageError } from '@millrace/core/domain';
import { getRouteApi, Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { LiveRun } from '../../../live/live-run.ts';
import { Button } from '../../../ui/button.tsx';
import { CopyButton } from '../../../ui/copy-button.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { Instant } from '../../../ui/times.tsx';
import { JsonTree } from '../../../ui/json-tree.tsx';
import { MetricsPanel } from './metrics-panel.tsx';
import { OutputsPanel } from './outputs-panel.tsx';

export const DetailsTab = ({ run, source }: { run: Run; source: LiveRun }) => (
  <div className="grid items-start gap-4 lg:grid-cols-2 *:min-w-0">
    <div className="space-y-4">
      <FactsPanel run={run} />
      <Panel title="Params" actions={<CopyButton text={() => JSON.stringify(run.params, null, 2)} what="the params" />}>
        <div className="p-4">
          {Object.keys(run.params).length === 0 ? (
            <p className="text-quiet">The run has no params.</p>
          ) : (
            <JsonTree value={run.params} label="Params" open={3} />
          )}
        </div>
      </Panel>
      <ErrorsPanel run={run} />
    </div>
    <div className="space-y-4">
      <OutputsPanel run={run} />
      <MetricsPanel run={run} source={source} />
    </div>
  </div>
);

/** Facts about the run and its trigger. */
const FactsPanel = ({ run }: { run: Run }) => (
  <Panel title="Run">
    <dl className="grid grid-cols-[minmax(6rem,auto)_1fr] gap-x-4 gap-y-1.5 p-4">
      <Fact name="Run">
        <code>{run.runId}</code> <CopyButton text={() => run.runId} what="the run's id" />
      </Fact>
      <Fact name="Pipeline">
        <Link to="/pipelines/$pipeline" params={{ pipeline: run.pipeline }} className="text-accent underline">
          {run.pipeline}
        </Link>
      </Fact>
      <Fact name="Version">
        <code>{run.version}</code> <CopyButton text={() => run.version} what="the version" />
      </Fact>
      <Fact name="Trigger">
        <TriggerWords trigger={run.trigger} />
      </Fact>
      <Fact name="Mode">{run.mode ?? <None />}</Fact>
      <Fact name="Reason">{run.reason === null ? <None /> : <bdi>{run.reason}</bdi>}</Fact>
      <Fact name="Labels">
        {Object.keys(run.labels).length === 0 ? (
          <None />
        ) : (
          <ul className="flex flex-wrap gap-1">
            {Object.entries(run.labels).map(([label, value]) => (
              <li key={label} className="min-w-0 rounded bg-raised px-1.5 wrap-anywhere">
                <bdi>{label}</bdi>=<bdi>{value}</bdi>
              </li>
            ))}
          </ul>
        )}
      </Fact>
      <Fact name="Generation">{run.generation}</Fact>
      <Fact name="Fence">{run.fence}</Fact>
      <Fact name="Events">{run.lastSeq.toLocaleString('en-GB')}</Fact>
      <Fact name="Created">
        <Instant at={run.createdAt} />
      </Fact>
      <Fact name="Started">{run.startedAt === null ? <None /> : <Instant at={run.startedAt} />}</Fact>
      <Fact name="Finished">{run.finishedAt === null ? <None /> : <Instant at={run.finishedAt} />}</Fact>
    </dl>
  </Panel>
);

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <>
    <dt className="text-quiet">{name}</dt>
    <dd className="min-w-0">{children}</dd>
  </>
);

const None = () => <span className="text-faint">none</span>;

const TriggerWords = ({ trigger: { kind, by, scheduleId, tick, caughtUp } }: Pick<Run, 'trigger'>) => (
  <>
    {kind}
    {by === undefined ? null : (
      <>
        {' '}
        by <bdi>{by}</bdi>
      </>
    )}
    {scheduleId === undefined ? null : (
      <>
        {', '}
        <Link to="/schedules/$scheduleId" params={{ scheduleId }} className="text-accent underline">
          {scheduleId}
        </Link>
      </>
    )}
    {tick === undefined ? null : (
      <>
        , due <Instant at={tick} />
      </>
    )}
    {caughtUp ? ', caught up' : ''}
  </>
);

const route = getRouteApi('/runs/$runId');
const STEP = 50;

/** Every failed attempt, including retried ones; newest first. */
const ErrorsPanel = ({ run }: { run: Run }) => {
  const navigate = route.useNavigate();
  const [limit, setLimit] = useState(STEP);
  const errors = run.stages
    .flatMap(({ stage, attempts }) =>
      attempts.flatMap((record) => (record.error === null ? [] : [{ stage, record, error: record.error }])),
    )
    .sort((one, other) => endOf(other.record) - endOf(one.record));
  if (errors.length === 0 && run.error === null) return null;
  return (
    <Panel title="Errors">
      <ul className="divide-y divide-line">
        {errors.length === 0 && run.error !== null ? <ErrorItem heading="The run" error={run.error} /> : null}
        {errors.slice(0, limit).map(({ stage, record, error }) => (
          <ErrorItem
            key={`${stage} ${attemptLabel(record)} ${record.startedAt}`}
            heading={`${stage}, attempt ${attemptLabel(record)} on ${record.worker}`}
            at={endOf(record)}
            error={error}
          >
            <Button
              kind="quiet"
              onClick={() =>
                void navigate({
                  search: { tab: 'logs', stage, generation: record.generation, attempt: record.attempt },
                })
              }
              aria-label={`Log of ${stage}, attempt ${attemptLabel(record)}`}
            >
              Log
            </Button>
          </ErrorItem>
        ))}
      </ul>
      {errors.length > limit ? (
        <div className="border-t border-line p-3">
          <Button onClick={() => setLimit(limit + STEP)}>More errors</Button>
        </div>
      ) : null}
    </Panel>
  );
};

const endOf = ({ startedAt, finishedAt }: AttemptRecord): number => finishedAt ?? startedAt;

const ErrorItem = ({
  heading,
  at,
  error,
  children,
}: {
  heading: string;
  at?: number;
  error: StageError;
  children?: React.ReactNode;
}) => (
  <li className="px-4 py-2">
    <div className="flex flex-wrap items-center gap-x-3">
      <h3 className="font-medium">{heading}</h3>
      <code className="text-bad">{error.code}</code>
      {at === undefined ? null : (
        <span className="text-quiet">
          <Instant at={at} />
        </span>
      )}
      <span className="ml-auto">
        {children}
        <CopyButton text={() => `${error.code}: ${error.message}`} what={`the error of ${heading}`} />
      </span>
    </div>
    <pre
      className="max-h-64 overflow-auto font-mono text-[12px] wrap-anywhere whitespace-pre-wrap"
      role="region"
      aria-label={`Error of ${heading}`}
      tabIndex={0}
    >
      <bdi>{error.message}</bdi>
    </pre>
  </li>
);
