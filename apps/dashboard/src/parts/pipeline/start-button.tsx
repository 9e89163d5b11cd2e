import { ApiError, type Pipeline } from '@millrace/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { api, newIdempotencyKey } from '../../api.ts';
import { useRefusal } from '../../session/session-gate.tsx';
import { Button } from '../../ui/button.tsx';
import { needsNoParams } from '../form/schema-form.ts';

/** Clicks within this time after a start are the same start, so that a double click is one run, ms. */
const ONE_START_MS = 1_500;

/** Starts at once if nothing needs to be asked; otherwise opens the form. */
export const StartButton = ({ pipeline }: { pipeline: Pipeline }) => {
  const refusal = useRefusal('operator');
  const navigate = useNavigate();
  const queries = useQueryClient();
  const key = useRef(newIdempotencyKey());
  const start = useMutation({
    mutationFn: () => api.start(pipeline.name, {}, key.current),
    onSuccess: () => {
      setTimeout(() => (key.current = newIdempotencyKey()), ONE_START_MS);
      void queries.invalidateQueries({ queryKey: ['pipelines'] });
    },
  });
  const atOnce = needsNoParams(pipeline.params);
  const press = (): void => {
    if (atOnce) start.mutate();
    else void navigate({ to: '/pipelines/$pipeline/start', params: { pipeline: pipeline.name } });
  };
  return (
    <span className="inline-flex flex-col items-end gap-1">
      <span className="inline-flex gap-1">
        <Button kind="primary" refusal={refusal} busy={start.isPending} onClick={press}>
          {atOnce ? 'Start' : 'Start…'}
          <span className="sr-only"> {pipeline.name}</span>
        </Button>
        {atOnce ? (
          <Link
            to="/pipelines/$pipeline/start"
            params={{ pipeline: pipeline.name }}
            title="Start with your own params, mode, stages and labels"
            className="inline-flex min-h-8 items-center rounded-md border border-line px-2.5 whitespace-nowrap font-medium hover:bg-raised"
          >
            Params…<span className="sr-only"> for {pipeline.name}</span>
          </Link>
        ) : null}
      </span>
      <span role="status" className="max-w-72 text-right">
        {start.isError ? <Refused error={start.error} /> : null}
        {start.data ? (
          <>
            <Link to="/runs/$runId" params={{ runId: start.data.run_id }} className="text-accent underline">
              Started: see the run
            </Link>
            {start.data.warnings.map((warning) => (
              <span key={warning} className="block text-warn">
                {warning}
              </span>
            ))}
          </>
        ) : null}
      </span>
    </span>
  );
};

const Refused = ({ error }: { error: Error }) => {
  const live = error instanceof ApiError && error.code === 'overlap' ? error.problem['live_run_id'] : undefined;
  return typeof live === 'string' ? (
    <span className="text-bad">
      Not started:{' '}
      <Link to="/runs/$runId" params={{ runId: live }} className="underline">
        a run is live
      </Link>
    </span>
  ) : (
    <span className="text-bad">Not started: {error.message}</span>
  );
};
