import type { Pipeline, RunSummary } from '@millrace/client';
import { isTerminalRun, type RunStatus } from '@millrace/core/domain';
import { useState } from 'react';
import { api } from '../../api.ts';
import { useRefusal } from '../../session/session-gate.tsx';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { ReasonDialog } from './reason-dialog.tsx';

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
  const over = isTerminalRun(run.status);
  return (
    <ReasonDialog
      title={`Cancel this run of ${run.pipeline}?`}
      says="No more stages will start. Running stages are asked to stop, and killed after their grace period."
      failed="Could not cancel the run"
      keep="Keep it running"
      act="Cancel the run"
      danger
      refusal={over ? 'The run has already ended.' : null}
      change={(body) => api.cancel(run.runId, body)}
      onClose={onClose}
    >
      {over ? <Notice tone="plain" title={`The run has already ended: ${run.status}`} /> : null}
    </ReasonDialog>
  );
};
