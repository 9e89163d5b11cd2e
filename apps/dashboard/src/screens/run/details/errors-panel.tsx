import type { AttemptRecord, Run, StageError } from '@millrace/core/domain';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '../../../ui/button.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { Instant } from '../../../ui/times.tsx';
import { CopyButton } from './copy-button.tsx';

const route = getRouteApi('/runs/$runId');
const STEP = 50;

/** Every failed attempt, including retried ones; newest first. */
export const ErrorsPanel = ({ run }: { run: Run }) => {
  const navigate = route.useNavigate();
  const [limit, setLimit] = useState(STEP);
  const errors = run.stages
    .flatMap(({ stage, attempts }) => attempts.flatMap((record) => (record.error === null ? [] : [{ stage, record, error: record.error }])))
    .sort((one, other) => endOf(other.record) - endOf(one.record));
  if (errors.length === 0 && run.error === null) return null;
  return (
    <Panel title="Errors">
      <ul className="divide-y divide-line">
        {errors.length === 0 && run.error !== null ? <ErrorItem heading="The run" error={run.error} /> : null}
        {errors.slice(0, limit).map(({ stage, record, error }) => (
          <ErrorItem
            key={`${stage} ${record.attempt} ${record.startedAt}`}
            heading={`${stage}, attempt ${record.attempt} on ${record.worker}`}
            at={endOf(record)}
            error={error}
          >
            <Button
              kind="quiet"
              onClick={() => void navigate({ search: { tab: 'logs', stage, attempt: record.attempt } })}
              aria-label={`Log of ${stage}, attempt ${record.attempt}`}
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

const ErrorItem = ({ heading, at, error, children }: { heading: string; at?: number; error: StageError; children?: React.ReactNode }) => (
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
