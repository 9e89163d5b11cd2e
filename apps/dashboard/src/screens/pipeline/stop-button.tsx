import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api.ts';
import { useRefusal } from '../../session/session-gate.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { FIELD_LOOK } from '../../ui/field-look.ts';
import { Notice } from '../../ui/notice.tsx';

/** Ends the live run, after asking once. */
export const StopButton = ({ pipeline, runId, cancelling }: { pipeline: string; runId: string; cancelling: boolean }) => {
  const refusal = useRefusal('operator');
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button kind="danger" refusal={refusal ?? (cancelling ? 'It is being cancelled' : null)} onClick={() => setAsking(true)}>
        Stop<span className="sr-only"> the live run of {pipeline}</span>
      </Button>
      {asking ? <StopDialog pipeline={pipeline} runId={runId} onClose={() => setAsking(false)} /> : null}
    </>
  );
};

const StopDialog = ({ pipeline, runId, onClose }: { pipeline: string; runId: string; onClose: () => void }) => {
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const cancel = useMutation({
    mutationFn: () => api.cancel(runId, reason.trim() === '' ? {} : { reason: reason.trim() }),
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries({ queryKey: ['pipelines'] });
    },
  });
  return (
    <Dialog title={`Stop the live run of ${pipeline}?`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          cancel.mutate();
        }}
        className="space-y-3"
      >
        <p className="text-quiet">No further stage starts; stages that run are told to end, and are ended after their grace. What succeeded stays recorded.</p>
        <label className="block">
          Reason <span className="text-quiet">(kept with the run)</span>
          <input value={reason} onChange={(event) => setReason(event.target.value)} autoComplete="off" className={`${FIELD_LOOK} mt-1 w-full`} />
        </label>
        {cancel.isError ? <Notice tone="bad" title="Not stopped" error={cancel.error} /> : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Let it run</Button>
          <Button type="submit" kind="danger" busy={cancel.isPending}>
            Stop the run
          </Button>
        </div>
      </form>
    </Dialog>
  );
};
