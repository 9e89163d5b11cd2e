import { headlineOf, type Run } from '@millrace/core/domain';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../../../api.ts';
import { Notice } from '../../../ui/notice.tsx';
import { useFirstKept } from '../first-kept.tsx';
import { plainLine } from './plain-line.ts';

/** The run's error, with the attempt's last lines and a link to its log. */
export const FailureNotice = ({ run, withLines }: { run: Run; withLines: boolean }) => {
  const { error } = run;
  if (error === null) return <Notice tone="bad" title="The run failed" />;
  const { stage, attempt, code, message } = error;
  return (
    <Notice tone="bad" title={stage === null ? 'The run failed' : `${stage} failed${attempt === null ? '' : ` in attempt ${attempt}`}`}>
      <ErrorText code={code} message={message} />
      {stage === null || attempt === null ? null : (
        <>
          {withLines ? <LastLines run={run} stage={stage} attempt={attempt} /> : null}
          <p className="mt-1">
            <Link to="/runs/$runId" params={{ runId: run.runId }} search={{ tab: 'logs', stage, attempt }} className="text-accent underline">
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
          <pre tabIndex={0} aria-label="The error" className="max-h-48 overflow-y-auto font-sans whitespace-pre-wrap text-ink">
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
  const whole = useFirstKept(run).firstKept === 1;
  const { data, error } = useQuery({
    queryKey: ['last-lines', runId, stage, attempt],
    queryFn: ({ signal }) => api.logs(runId, { stage, attempt, tail: LINES }, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <div className="mt-2">
      {error ? <p>Could not load the last lines: {error.message}</p> : null}
      {data?.items.length === 0 ? <p>{whole ? 'It wrote no log lines.' : 'Its log lines were deleted by retention.'}</p> : null}
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
