import type { Run } from '@millrace/core/domain';
import { useState } from 'react';
import { CancelDialog } from '../../../parts/pipeline/cancel-run.tsx';
import { useRefusal } from '../../../session/session-gate.tsx';
import { Button } from '../../../ui/button.tsx';
import { CommandsDialog } from './commands-dialog.tsx';
import { StartAgainDialog } from './start-again-dialog.tsx';

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
        <Button kind="danger" refusal={refusal ?? (run.status === 'cancelling' ? 'The run is being cancelled.' : null)} onClick={() => setOpen('cancel')}>
          Cancel run
        </Button>
      ) : null}
      {open === 'cancel' ? <CancelDialog run={run} onClose={close} /> : null}
      {open === 'again' ? <StartAgainDialog run={run} onClose={close} /> : null}
      {open === 'commands' ? <CommandsDialog run={run} onClose={close} /> : null}
    </>
  );
};
