import type { Run } from '@millrace/core/domain';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Panel } from '../../../ui/panel.tsx';
import { Instant } from '../../../ui/times.tsx';
import { CopyButton } from './copy-button.tsx';

/** Facts about the run and its trigger. */
export const FactsPanel = ({ run }: { run: Run }) => (
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
