import { ApiError } from '@millrace/client';
import type { Run } from '@millrace/core/domain';
import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { api, newIdempotencyKey } from '../../../api.ts';

import { useGraph } from '../../../parts/graph/use-definition.ts';
import { CancelDialog } from '../../../parts/pipeline/cancel-dialog.tsx';
import { PauseDialog } from '../../../parts/pipeline/pause-dialog.tsx';
import { useRefusal } from '../../../session/session-gate.tsx';
import { Button } from '../../../ui/button.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { Notice } from '../../../ui/notice.tsx';
import { requestOf } from './start-request.ts';

const CommandsDialog = lazy(async () => ({ default: (await import('./commands-dialog.tsx')).CommandsDialog }));

/** `live`: the run has not ended. */
export const RunActions = ({ run, live }: { run: Run; live: boolean }) => {
  const refusal = useRefusal('operator');
  const [open, setOpen] = useState<'cancel' | 'pause' | 'again' | 'commands' | null>(null);
  const close = (): void => setOpen(null);
  const verb = run.pause === null ? 'Pause' : 'Resume';
  return (
    <>
      <Button kind="quiet" onClick={() => setOpen('commands')}>
        Copy as…
      </Button>
      <Button refusal={refusal} onClick={() => setOpen('again')}>
        Start again
      </Button>
      {live && run.status !== 'cancelling' ? (
        <Button refusal={refusal} onClick={() => setOpen('pause')}>
          {verb} run
        </Button>
      ) : null}
      {live ? (
        <Button
          kind="danger"
          refusal={refusal ?? (run.status === 'cancelling' ? 'The run is being cancelled.' : null)}
          onClick={() => setOpen('cancel')}
        >
          Cancel run
        </Button>
      ) : null}
      {open === 'cancel' ? <CancelDialog run={run} onClose={close} /> : null}
      {open === 'pause' ? (
        <PauseDialog
          what={`this run of ${run.pipeline}`}
          verb={verb}
          says={EXPLAINED[verb]}
          change={(body) => (verb === 'Pause' ? api.pause(run.runId, body) : api.resume(run.runId, body))}
          onClose={close}
        />
      ) : null}
      {open === 'again' ? <StartAgainDialog run={run} onClose={close} /> : null}
      <Suspense>{open === 'commands' ? <CommandsDialog run={run} onClose={close} /> : null}</Suspense>
    </>
  );
};

const EXPLAINED = {
  Pause:
    'Running stages go on to their end. No other stage starts until the run is resumed, and its timeouts stand still.',
  Resume: 'Waiting stages go on where they were.',
} as const;

/** Starts the pipeline's current version with this run's params, mode, labels and stages. */
const StartAgainDialog = ({ run, onClose }: { run: Run; onClose: () => void }) => {
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
