/** Why a run is as it is: what failed, who cancelled it, what it waits for. */
import { dataOf, type Run } from '@millrace/core/domain';
import { fromWireEvent } from '@millrace/core/wire';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../../../api.ts';
import { Notice } from '../../../ui/notice.tsx';
import { Countdown } from '../../../ui/times.tsx';
import { FailureNotice } from './failure-notice.tsx';
import { Unserved } from './unserved.tsx';

/** `withLines`: with the last lines of what failed. */
export const RunReasons = ({ run, withLines }: { run: Run; withLines: boolean }) => {
  const reason =
    run.status === 'failed' ? (
      <FailureNotice run={run} withLines={withLines} />
    ) : run.status === 'cancelling' || run.status === 'cancelled' ? (
      <Cancelled run={run} />
    ) : run.status === 'queued' ? (
      <QueuedBehind run={run} />
    ) : run.nextAttemptAt !== null ? (
      <Retrying run={run} />
    ) : run.stages.some(({ status }) => status === 'queued') && !run.stages.some(({ status }) => status === 'running') ? (
      <Unserved run={run} />
    ) : null;
  return reason === null ? null : <div className="mt-3 empty:mt-0">{reason}</div>;
};

const Retrying = ({ run }: { run: Run }) => {
  const waiting = run.stages.filter(({ status }) => status === 'retrying');
  const first = waiting.find(({ nextAttemptAt }) => nextAttemptAt === run.nextAttemptAt) ?? waiting[0];
  if (!first || run.nextAttemptAt === null) return null;
  return (
    <Notice tone="warn" title={`${first.stage} failed and is tried again`}>
      Attempt {first.attempt + 1} is due <Countdown to={run.nextAttemptAt} />
      {waiting.length > 1 ? `; ${waiting.length - 1} more ${waiting.length === 2 ? 'stage waits' : 'stages wait'} for another attempt` : ''}.
      {first.error === null ? null : <span className="line-clamp-4 whitespace-pre-wrap text-ink">{first.error.message}</span>}
    </Notice>
  );
};

/** Events that are looked at for who cancelled: it is among the last when the run has ended, and may not be while many stages end. */
const LOOKED_AT = 500;

const Cancelled = ({ run }: { run: Run }) => {
  const ended = run.status === 'cancelled';
  const { data } = useQuery({
    queryKey: ['cancel', run.runId, ended],
    queryFn: async ({ signal }) => {
      const { items } = await api.events(run.runId, { after_seq: Math.max(0, run.lastSeq - LOOKED_AT), limit: LOOKED_AT }, signal);
      const events = items.map(fromWireEvent);
      return events.map((event) => dataOf(event, 'run.cancelling') ?? dataOf(event, 'run.cancelled')).find((found) => found !== null) ?? null;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  const running = run.stages.filter(({ status }) => status === 'running').length;
  const by = data?.by ? ` by ${data.by}` : '';
  return (
    <Notice tone={ended ? 'plain' : 'warn'} title={ended ? `Cancelled${by}` : `Cancel requested${by}`}>
      {data?.reason ? <p className="whitespace-pre-wrap">Reason: {data.reason}</p> : null}
      {ended ? null : (
        <p>
          No further stage starts. {running} {running === 1 ? 'stage is' : 'stages are'} told to end.
        </p>
      )}
    </Notice>
  );
};

const LIVE = 'starting,running,retrying,awaiting_gate,paused,cancelling';

const QueuedBehind = ({ run }: { run: Run }) => {
  const { data } = useQuery({
    queryKey: ['runs', { pipeline: run.pipeline, status: LIVE, limit: 1 }],
    queryFn: ({ signal }) => api.runs({ pipeline: run.pipeline, status: LIVE, limit: 1 }, signal),
  });
  const ahead = data?.items.find((other) => other.run_id !== run.runId);
  return (
    <Notice tone="plain" title="Waiting for its turn">
      {ahead ? (
        <>
          Runs of {run.pipeline} go one after the other: this one starts when{' '}
          <Link to="/runs/$runId" params={{ runId: ahead.run_id }} className="text-accent underline">
            run {ahead.run_id.slice(-8)}
          </Link>{' '}
          ({ahead.status}) has ended, and those queued before it.
        </>
      ) : (
        <>Runs of {run.pipeline} go one after the other; this one starts when those before it have ended.</>
      )}
    </Notice>
  );
};
