import { ApiError, type RunView, type StartPlan, type StartRequest } from '@millrace/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useRef } from 'react';
import { api, newIdempotencyKey } from '../../api.ts';
import type { PathError } from '../../parts/form/form-state.ts';
import { Notice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/panel.tsx';

/** Starts, or only checks. An open form has one idempotency key: clicking twice returns the same run. */
export const useStart = (pipeline: string) => {
  const queries = useQueryClient();
  const key = useRef(newIdempotencyKey());
  const start = useMutation({
    mutationFn: (body: StartRequest) => api.start(pipeline, body, key.current),
    onError: (error) => {
      // An earlier click got through without an answer: the reader is told, and the next click is a new start.
      if (error instanceof ApiError && error.code === 'idempotency_mismatch') key.current = newIdempotencyKey();
    },
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['pipelines'] }),
  });
  const check = useMutation({ mutationFn: (body: StartRequest) => api.plan(pipeline, body) });
  const busy = check.isPending ? ('check' as const) : start.isPending ? ('start' as const) : null;
  return {
    /** One at a time; clears the other's result. */
    send: (body: StartRequest, dryRun: boolean, onStarted: (run: RunView) => void): void => {
      if (busy !== null) return;
      if (dryRun) {
        start.reset();
        check.mutate(body);
      } else {
        check.reset();
        start.mutate(body, { onSuccess: onStarted });
      }
    },
    error: start.error ?? check.error,
    plan: check.data ?? null,
    busy,
  };
};

/** What Start would run: version, stages, and params with all defaults. */
export const PlanView = ({ plan }: { plan: StartPlan | null }) => (
  <div aria-live="polite">
    {plan === null ? null : (
      <Panel title="Check passed: this would start">
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 p-4">
          <dt className="text-quiet">Version</dt>
          <dd>
            <code>{plan.version}</code>
          </dd>
          <dt className="text-quiet">Mode</dt>
          <dd>{plan.mode ?? 'none'}</dd>
          <dt className="text-quiet">Stages</dt>
          <dd>{plan.stages.join(', ')}</dd>
          <dt className="text-quiet">When one is live</dt>
          <dd>{OVERLAP_WORDS[plan.overlap] ?? plan.overlap}</dd>
          <dt className="text-quiet">Params</dt>
          <dd>
            <pre
              tabIndex={0}
              aria-label="Params of the plan"
              className="max-h-80 overflow-auto rounded bg-raised p-2 font-mono whitespace-pre-wrap"
            >
              {JSON.stringify(plan.params, null, 2)}
            </pre>
          </dd>
        </dl>
      </Panel>
    )}
  </div>
);

const OVERLAP_WORDS: Readonly<Record<string, string>> = {
  skip: 'refused',
  queue: 'waits for it to end',
  cancel_running: 'cancels it',
  allow: 'runs alongside it',
};

/** Why the start was refused and what to do next; field errors are shown at their fields. */
export const StartRefused = ({
  pipeline,
  error,
  leftOver,
}: {
  pipeline: string;
  error: unknown;
  leftOver: readonly PathError[];
}) => {
  if (!(error instanceof Error)) return null;
  if (!(error instanceof ApiError))
    return (
      <Notice
        tone="bad"
        title="No response: the run may or may not have started. Press Start again: it will not start twice"
        error={error}
      />
    );
  const live = error.code === 'overlap' ? error.problem['live_run_id'] : undefined;
  if (typeof live === 'string')
    return (
      <Notice tone="bad" title="A run is already live, and this pipeline allows one at a time">
        <Link to="/runs/$runId" params={{ runId: live }} className="text-accent underline">
          Open the live run {live}
        </Link>
      </Notice>
    );
  if (error.code === 'idempotency_mismatch')
    return (
      <Notice tone="bad" title="An earlier Start went through with different values">
        <Link to="/runs" search={{ pipeline }} className="text-accent underline">
          See the runs of {pipeline}
        </Link>{' '}
        Press Start again to start another.
      </Notice>
    );
  const placed = error.errors.length - leftOver.length;
  return (
    <Notice tone="bad" title="Not started" error={placed === 0 && leftOver.length === 0 ? error : undefined}>
      {placed > 0 ? (
        <p>{placed === 1 ? 'One field is' : `${placed} fields are`} invalid: see the message there.</p>
      ) : null}
      {leftOver.length > 0 ? (
        <ul className="list-disc pl-5 text-ink">
          {leftOver.map(({ path, message }) => (
            <li key={path + message}>
              <code>{path}</code> {message}
            </li>
          ))}
          {error.moreErrors > 0 ? <li>and {error.moreErrors.toLocaleString('en-GB')} more</li> : null}
        </ul>
      ) : null}
    </Notice>
  );
};
