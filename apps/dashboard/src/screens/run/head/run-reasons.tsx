/** Explains a run's state: the failure, the cancellation, what it waits for. */
import { dataOf, headlineOf, type Pause, type Run } from '@millrace/core/domain';
import { fromWireEvent } from '@millrace/core/wire';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../../../api.ts';
import { PAUSED_WHAT } from '../../../parts/pipeline/pause-dialog.tsx';
import { Notice } from '../../../ui/notice.tsx';
import { Countdown, Instant } from '../../../ui/times.tsx';
import { useFirstKept } from '../first-kept.tsx';
import { GatesWait } from '../gate-waits.tsx';
import { RunWaits } from '../waiting.tsx';
import { plainLine } from './plain-line.ts';

/** `withLines`: show the last lines of the failed attempt. */
export const RunReasons = ({ run, withLines }: { run: Run; withLines: boolean }) => {
  const reason =
    run.status === 'failed' ? (
      <FailureNotice run={run} withLines={withLines} />
    ) : run.status === 'cancelling' || run.status === 'cancelled' ? (
      <Cancelled run={run} />
    ) : run.pause !== null ? (
      <Paused pause={run.pause} running={run.stages.filter(({ status }) => status === 'running').length} />
    ) : run.finishedAt !== null ? null : run.stages.some(({ status }) => status === 'awaiting_gate') ? (
      <GatesWait run={run} />
    ) : run.nextAttemptAt !== null ? (
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
      {waiting.length > 1
        ? `; ${waiting.length - 1} more ${waiting.length === 2 ? 'stage is' : 'stages are'} waiting to retry`
        : ''}
      .
      {first.error === null ? null : (
        <span className="line-clamp-4 whitespace-pre-wrap text-ink">{headlineOf(first.error)}</span>
      )}
    </Notice>
  );
};

const Paused = ({ pause: { since, scope, by, reason, cause }, running }: { pause: Pause; running: number }) => (
  <Notice
    tone="warn"
    title={`${cause ? 'A gate was rejected, and the run' : PAUSED_WHAT[scope]} is paused${by === null ? '' : ` by ${by}`}`}
  >
    {cause ? (
      <Link to="/approvals/$gateId" params={{ gateId: cause.gate }} className="text-accent underline">
        See what was rejected
      </Link>
    ) : null}
    {reason === null ? null : <p className="whitespace-pre-wrap">Reason: {reason}</p>}
    <p>
      Since <Instant at={since} />. No stage starts until it is resumed
      {running === 0 ? '.' : `; ${running} running ${running === 1 ? 'stage goes' : 'stages go'} on to the end.`}
    </p>
  </Notice>
);

const Cancelled = ({ run }: { run: Run }) => {
  const ended = run.status === 'cancelled';
  const { data } = useQuery({
    queryKey: ['cancel', run.runId, ended],
    queryFn: async ({ signal }) => {
      const { items } = await api.events(run.runId, { type: 'run.cancelling,run.cancelled', tail: 2 }, signal);
      const events = items.map(fromWireEvent);
      return (
        events
          .map((event) => dataOf(event, 'run.cancelling') ?? dataOf(event, 'run.cancelled'))
          .find((found) => found !== null) ?? null
      );
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

/** The run's error, with the attempt's last lines and a link to its log. */
const FailureNotice = ({ run, withLines }: { run: Run; withLines: boolean }) => {
  const { error } = run;
  if (error === null) return <Notice tone="bad" title="The run failed" />;
  const { stage, attempt, code, message } = error;
  return (
    <Notice
      tone="bad"
      title={stage === null ? 'The run failed' : `${stage} failed${attempt === null ? '' : ` in attempt ${attempt}`}`}
    >
      <ErrorText code={code} message={message} />
      {stage === null || attempt === null ? null : (
        <>
          {withLines ? <LastLines run={run} stage={stage} attempt={attempt} /> : null}
          <p className="mt-1">
            <Link
              to="/runs/$runId"
              params={{ runId: run.runId }}
              search={{ tab: 'logs', stage, attempt }}
              className="text-accent underline"
            >
              Full log of attempt {attempt}
            </Link>
          </p>
        </>
      )}
    </Notice>
  );
};

/** The first line of the message, and the full message below if there is more. */
const ErrorText = ({ code, message }: { code: string; message: string }) => {
  const headline = headlineOf({ code, message });
  return (
    <>
      <p className="wrap-anywhere text-ink">
        <code className="text-bad">{code}</code> {headline}
      </p>
      {headline === message.trim() ? null : (
        <details>
          <summary className="w-fit cursor-pointer text-accent">Full message</summary>
          <pre
            tabIndex={0}
            aria-label="The error"
            className="max-h-48 overflow-y-auto font-sans whitespace-pre-wrap text-ink"
          >
            {message}
          </pre>
        </details>
      )}
    </>
  );
};

const LINES = 20;

const LastLines = ({ run, stage, attempt }: { run: Run; stage: string; attempt: number }) => {
  const { runId } = run;
  const generation = run.stages.find((one) => one.stage === stage)?.generation;
  const whole = useFirstKept(run).firstKept === 1;
  const { data, error } = useQuery({
    queryKey: ['last-lines', runId, stage, generation, attempt],
    queryFn: ({ signal }) => api.logs(runId, { stage, generation, attempt, tail: LINES }, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <div className="mt-2">
      {error ? <p>Could not load the last lines: {error.message}</p> : null}
      {data?.items.length === 0 ? (
        <p>{whole ? 'It wrote no log lines.' : 'Its log lines were deleted by retention.'}</p>
      ) : null}
      {data && data.items.length > 0 ? (
        <pre
          ref={showEnd}
          tabIndex={0}
          aria-label={`Last lines of ${stage}`}
          className="max-h-64 overflow-auto rounded border border-line bg-canvas p-2 font-mono text-xs text-ink"
        >
          {data.items.map(({ line }) => plainLine(line)).join('\n')}
        </pre>
      ) : null}
    </div>
  );
};

const showEnd = (box: HTMLElement | null): void => {
  if (box) box.scrollTop = box.scrollHeight;
};
