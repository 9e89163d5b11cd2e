import type { Schedule } from '@millrace/client';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../api.ts';
import { useRefusal } from '../../session/session-gate.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Notice } from '../../ui/notice.tsx';
import { newIdempotencyKey } from '../../idempotency-key.ts';

/** Starts now what a tick would start, and opens the run. */
export const TriggerButton = ({ schedule }: { schedule: Schedule }) => {
  const [asking, setAsking] = useState(false);
  const refusal = useRefusal('operator');
  return (
    <>
      <Button refusal={refusal} aria-label={`Run now: ${schedule.id}`} onClick={() => setAsking(true)}>
        Run now
      </Button>
      {asking ? <TriggerDialog schedule={schedule} onClose={() => setAsking(false)} /> : null}
    </>
  );
};

const TriggerDialog = ({ schedule, onClose }: { schedule: Schedule; onClose: () => void }) => {
  const navigate = useNavigate();
  const [key] = useState(newIdempotencyKey);
  const start = useMutation({
    mutationFn: () => api.triggerSchedule(schedule.id, key),
    onSuccess: (run) => {
      // Close at once: the run page may load slowly, and going back meanwhile would never unmount this dialog.
      onClose();
      void navigate({ to: '/runs/$runId', params: { runId: run.run_id }, search: {} });
    },
  });
  const params = Object.keys(schedule.params).length === 0 ? null : JSON.stringify(schedule.params, null, 2);
  return (
    <Dialog title={`Run ${schedule.id} now?`} onClose={onClose}>
      <p className="text-quiet">
        A run of <strong className="text-ink">{schedule.pipeline}</strong>
        {schedule.mode === null ? null : <> in the mode {schedule.mode}</>}
        {schedule.stages === null ? null : <>, only {schedule.stages.join(', ')}</>}, just as a tick would start it. This does not count as a tick or change the
        schedule.
      </p>
      {params === null ? null : (
        <pre tabIndex={0} aria-label="Params" className="mt-3 max-h-40 overflow-auto rounded-md bg-raised p-2 font-mono text-xs">
          {params}
        </pre>
      )}
      {start.isError ? (
        <div className="mt-3">
          <Notice tone="bad" title="Could not start the run" error={start.error} />
        </div>
      ) : null}
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>Leave as is</Button>
        <Button kind="primary" busy={start.isPending} onClick={() => start.mutate()}>
          Run now
        </Button>
      </div>
    </Dialog>
  );
};
