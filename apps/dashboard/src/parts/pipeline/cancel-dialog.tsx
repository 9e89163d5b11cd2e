import type { Pipeline, RunSummary } from '@millrace/client';
import { isTerminalRun, type RunStatus } from '@millrace/core/domain';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { api } from '../../api.ts';
import { useRefusal } from '../../session/session-gate.tsx';
import { focusHeading } from '../../shell/page-focus.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextBox } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';

/** Cancels the live run after confirmation; renders nothing if none is live. */
export const StopButton = ({ pipeline: { name, recent_runs } }: { pipeline: Pipeline }) => {
  const refusal = useRefusal('operator');
  const [asked, setAsked] = useState<string | null>(null);
  const live = liveOf(recent_runs);
  // The dialog stays open if the run ends, and says so.
  const run = recent_runs.find(({ run_id }) => run_id === asked);
  return (
    <>
      {live === undefined ? null : (
        <Button
          kind="danger"
          refusal={refusal ?? (live.status === 'cancelling' ? 'The run is being cancelled' : null)}
          onClick={() => setAsked(live.run_id)}
        >
          Stop<span className="sr-only"> the live run of {name}</span>
        </Button>
      )}
      {run === undefined ? null : (
        <CancelDialog run={{ runId: run.run_id, pipeline: name, status: run.status }} onClose={() => setAsked(null)} />
      )}
    </>
  );
};

/** Prefers a running run to queued ones. */
const liveOf = (runs: readonly RunSummary[]): RunSummary | undefined => {
  const live = runs.filter(({ status }) => !isTerminalRun(status));
  return live.find(({ status }) => status !== 'queued') ?? live[0];
};

/** Asks for confirmation, with a reason for the record. */
export const CancelDialog = ({
  run,
  onClose,
}: {
  run: { readonly runId: string; readonly pipeline: string; readonly status: RunStatus };
  onClose: () => void;
}) => {
  const [reason, setReason] = useState('');
  const id = useId();
  const cancel = useMutation({
    mutationFn: () => api.cancel(run.runId, reason.trim() === '' ? {} : { reason: reason.trim() }),
    onSuccess: () => {
      onClose();
      // The button that opened it is useless now.
      requestAnimationFrame(focusHeading);
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    cancel.mutate();
  };
  const over = isTerminalRun(run.status);
  return (
    <Dialog title={`Cancel this run of ${run.pipeline}?`} onClose={onClose}>
      <form onSubmit={submit} className="space-y-3">
        <p className="text-quiet">
          No more stages will start. Running stages are asked to stop, and killed after their grace period.
        </p>
        <label htmlFor={id} className="block font-medium">
          Reason <span className="font-normal text-faint">(optional, for the record)</span>
          <TextBox
            id={id}
            value={reason}
            maxLength={1024}
            autoFocus
            onChange={(event) => setReason(event.target.value)}
            className="mt-1 w-full rounded-md border border-line bg-canvas px-3 py-1.5 font-normal"
          />
        </label>
        {over ? <Notice tone="plain" title={`The run has already ended: ${run.status}`} /> : null}
        {cancel.isError ? <Notice tone="bad" title="Could not cancel the run" error={cancel.error} /> : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Keep it running</Button>
          <Button
            type="submit"
            kind="danger"
            busy={cancel.isPending}
            refusal={over ? 'The run has already ended.' : null}
          >
            Cancel the run
          </Button>
        </div>
      </form>
    </Dialog>
  );
};
