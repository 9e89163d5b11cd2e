import type { Run } from '@millrace/core/domain';
import { lazy, Suspense, useState } from 'react';
import { api } from '../../../api.ts';
import { CancelDialog } from '../../../parts/pipeline/cancel-dialog.tsx';
import { PauseDialog } from '../../../parts/pipeline/pause-dialog.tsx';
import { useRefusal } from '../../../session/session-gate.tsx';
import { Button } from '../../../ui/button.tsx';

const StartAgainDialog = lazy(async () => ({ default: (await import('./start-again-dialog.tsx')).StartAgainDialog }));
const RetryDialog = lazy(async () => ({ default: (await import('./retry-dialog.tsx')).RetryDialog }));
const CommandsDialog = lazy(async () => ({ default: (await import('./commands-dialog.tsx')).CommandsDialog }));

/** Of a stage of an ended run. */
export const RetryFromHere = ({ run, stage }: { run: Run; stage: string }) => {
  const refusal = useRefusal('operator');
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button refusal={refusal} onClick={() => setOpen(true)}>
        Retry from here…
      </Button>
      <Suspense>{open ? <RetryDialog run={run} from={stage} onClose={() => setOpen(false)} /> : null}</Suspense>
    </>
  );
};

/** `live`: the run has not ended. */
export const RunActions = ({ run, live }: { run: Run; live: boolean }) => {
  const refusal = useRefusal('operator');
  const [open, setOpen] = useState<'cancel' | 'pause' | 'again' | 'retry' | 'commands' | null>(null);
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
      {live ? null : (
        <Button refusal={refusal} onClick={() => setOpen('retry')}>
          Retry…
        </Button>
      )}
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
      <Suspense>
        {open === 'again' ? <StartAgainDialog run={run} onClose={close} /> : null}
        {open === 'retry' ? <RetryDialog run={run} from={null} onClose={close} /> : null}
        {open === 'commands' ? <CommandsDialog run={run} onClose={close} /> : null}
      </Suspense>
    </>
  );
};

const EXPLAINED = {
  Pause:
    'Running stages go on to their end. No other stage starts until the run is resumed, and its timeouts stand still.',
  Resume: 'Waiting stages go on where they were.',
} as const;
