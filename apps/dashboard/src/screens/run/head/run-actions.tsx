import { ApiError } from '@millrace/client';
import type { Run } from '@millrace/core/domain';
import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, newIdempotencyKey } from '../../../api.ts';
import { BASE_PATH } from '../../../served-below.ts';
import { useGraph } from '../../../parts/graph/use-definition.ts';
import { CancelDialog } from '../../../parts/pipeline/cancel-dialog.tsx';
import { useRefusal } from '../../../session/session-gate.tsx';
import { Button } from '../../../ui/button.tsx';
import { CopyButton } from '../../../ui/copy-button.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { Notice } from '../../../ui/notice.tsx';
import { cliOf, curlOf, requestOf } from './start-request.ts';

/** `live`: the run has not ended. */
export const RunActions = ({ run, live }: { run: Run; live: boolean }) => {
  const refusal = useRefusal('operator');
  const [open, setOpen] = useState<'cancel' | 'again' | 'commands' | null>(null);
  const close = (): void => setOpen(null);
  return (
    <>
      <Button kind="quiet" onClick={() => setOpen('commands')}>
        Copy as…
      </Button>
      <Button refusal={refusal} onClick={() => setOpen('again')}>
        Start again
      </Button>
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
      {open === 'again' ? <StartAgainDialog run={run} onClose={close} /> : null}
      {open === 'commands' ? <CommandsDialog run={run} onClose={close} /> : null}
    </>
  );
};

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

/** Commands that start the same run from a shell. */
const CommandsDialog = ({ run, onClose }: { run: Run; onClose: () => void }) => {
  const request = requestOf(run, useGraph(run).data?.nodes.length ?? null);
  return (
    <Dialog title="Start this run from a shell" onClose={onClose} wide>
      <div className="space-y-4">
        <Command name="Command line" text={cliOf(run.pipeline, request)} />
        <Command name="curl" text={curlOf(location.origin + BASE_PATH, run.pipeline, request)} />
        <p className="text-quiet">
          Both read the token from <code>MILLRACE_TOKEN</code>; the commands contain no token.
        </p>
        <div className="flex justify-end">
          <Button onClick={onClose}>Close</Button>
        </div>
      </div>
    </Dialog>
  );
};

const Command = ({ name, text }: { name: string; text: string }) => (
  <section aria-label={name}>
    <div className="mb-1 flex items-center gap-2">
      <h3 className="font-medium">{name}</h3>
      <CopyButton text={() => text} what={name} />
    </div>
    <pre
      tabIndex={0}
      aria-label={`${name}, as text`}
      className="max-h-48 overflow-auto rounded border border-line bg-canvas p-2 font-mono text-xs whitespace-pre-wrap"
    >
      {text}
    </pre>
  </section>
);
