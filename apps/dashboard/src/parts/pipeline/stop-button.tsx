import type { Pipeline, RunSummary } from '@millrace/client';
import { isTerminalRun } from '@millrace/core/domain';
import { useState } from 'react';
import { useRefusal } from '../../session/session-gate.tsx';
import { Button } from '../../ui/button.tsx';
import { CancelDialog } from './cancel-dialog.tsx';

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
        <Button kind="danger" refusal={refusal ?? (live.status === 'cancelling' ? 'The run is being cancelled' : null)} onClick={() => setAsked(live.run_id)}>
          Stop<span className="sr-only"> the live run of {name}</span>
        </Button>
      )}
      {run === undefined ? null : <CancelDialog run={{ runId: run.run_id, pipeline: name, status: run.status }} onClose={() => setAsked(null)} />}
    </>
  );
};

/** Prefers a running run to queued ones. */
const liveOf = (runs: readonly RunSummary[]): RunSummary | undefined => {
  const live = runs.filter(({ status }) => !isTerminalRun(status));
  return live.find(({ status }) => status !== 'queued') ?? live[0];
};
