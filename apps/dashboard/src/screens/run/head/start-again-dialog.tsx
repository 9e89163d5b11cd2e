import { ApiError } from '@millrace/client';
import type { Run } from '@millrace/core/domain';
import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, newIdempotencyKey } from '../../../api.ts';
import { useGraph } from '../../../parts/graph/use-definition.ts';
import { Button } from '../../../ui/button.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { Notice } from '../../../ui/notice.tsx';
import { requestOf } from './start-request.ts';

/** Starts the pipeline's current version with this run's params, mode, labels and stages. */
export const StartAgainDialog = ({ run, onClose }: { run: Run; onClose: () => void }) => {
  const [key] = useState(newIdempotencyKey);
  const navigate = useNavigate();
  const graph = useGraph(run);
  const request = requestOf(run, graph.data?.nodes.length ?? null);
  const start = useMutation({
    mutationFn: () => api.start(run.pipeline, request, key),
    onSuccess: ({ run_id }) => {
      onClose();
      void navigate({ to: '/runs/$runId', params: { runId: run_id } });
    },
  });
  const live = start.error instanceof ApiError ? start.error.problem['live_run_id'] : undefined;
  return (
    <Dialog title={`Start ${run.pipeline} again`} onClose={onClose}>
      <div className="space-y-3">
        <p className="text-quiet">
          A new run of the current version of {run.pipeline}, with the same inputs as this run:
        </p>
        <pre
          tabIndex={0}
          aria-label="Inputs of the run"
          className="max-h-64 overflow-auto rounded border border-line bg-canvas p-2 font-mono text-xs whitespace-pre-wrap"
        >
          {JSON.stringify(request, null, 2)}
        </pre>
        {start.isError ? (
          <Notice tone="bad" title="Could not start the run" error={start.error}>
            {typeof live === 'string' ? (
              <Link to="/runs/$runId" params={{ runId: live }} onClick={onClose} className="text-accent underline">
                Open the live run
              </Link>
            ) : null}
          </Notice>
        ) : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave as is</Button>
          <Button kind="primary" autoFocus busy={start.isPending} onClick={() => start.mutate()}>
            Start
          </Button>
        </div>
      </div>
    </Dialog>
  );
};
