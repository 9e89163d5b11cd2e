/** Explains a run's state: the failure, the cancellation, what it waits for. */
import { dataOf, headlineOf, type Run } from '@millrace/core/domain';
import { fromWireEvent } from '@millrace/core/wire';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../../api.ts';
import { Notice } from '../../../ui/notice.tsx';
import { Countdown } from '../../../ui/times.tsx';
import { RunWaits } from '../waiting/run-waits.tsx';
import { FailureNotice } from './failure-notice.tsx';

/** `withLines`: show the last lines of the failed attempt. */
export const RunReasons = ({ run, withLines }: { run: Run; withLines: boolean }) => {
  const reason =
    run.status === 'failed' ? (
      <FailureNotice run={run} withLines={withLines} />
    ) : run.status === 'cancelling' || run.status === 'cancelled' ? (
      <Cancelled run={run} />
    ) : run.finishedAt !== null ? null : run.nextAttemptAt !== null ? (
      <Retrying run={run} />
    ) : (
      <RunWaits run={run} />
    );
  return reason === null ? null : <div className="mt-3 empty:hidden">{reason}</div>;
};

const Retrying = ({ run }: { run: Run }) => {
  const waiting = run.stages.filter(({ status }) => status === 'retrying');
  const first = waiting.find(({ nextAttemptAt }) => nextAttemptAt === run.nextAttemptAt) ?? waiting[0];
  if (!first || run.nextAttemptAt === null) return null;
  return (
    <Notice tone="warn" title={`${first.stage} failed and will be retried`}>
      Attempt {first.attempt + 1} is due <Countdown to={run.nextAttemptAt} />
      {waiting.length > 1 ? `; ${waiting.length - 1} more ${waiting.length === 2 ? 'stage is' : 'stages are'} waiting to retry` : ''}.
      {first.error === null ? null : <span className="line-clamp-4 whitespace-pre-wrap text-ink">{headlineOf(first.error)}</span>}
    </Notice>
  );
};

const Cancelled = ({ run }: { run: Run }) => {
  const ended = run.status === 'cancelled';
  const { data } = useQuery({
    queryKey: ['cancel', run.runId, ended],
    queryFn: async ({ signal }) => {
      const { items } = await api.events(run.runId, { type: 'run.cancelling,run.cancelled', tail: 2 }, signal);
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
          No more stages will start. Stopping {running} running {running === 1 ? 'stage' : 'stages'}.
        </p>
      )}
    </Notice>
  );
};
