import type { Pause } from '@millrace/client';
import { useState } from 'react';
import { api } from '../../api.ts';
import { queryClient } from '../../live/query-client.ts';
import { useRefusal } from '../../session/session-gate.tsx';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Instant } from '../../ui/times.tsx';
import { PauseDialog } from './pause-dialog.tsx';

/** Pauses or resumes a pipeline, or the whole deployment (null). `pause`: the one in force. */
export const PauseButton = ({
  pipeline,
  pause,
}: {
  readonly pipeline: string | null;
  readonly pause: Pause | null;
}) => {
  const refusal = useRefusal(pipeline === null ? 'admin' : 'operator');
  const [open, setOpen] = useState(false);
  const isOwn = pause !== null && (pause.scope === 'deployment') === (pipeline === null);
  const verb = isOwn ? 'Resume' : 'Pause';
  const what = pipeline === null ? 'the whole deployment' : `pipeline ${pipeline}`;
  const change = async (body: { readonly reason?: string }): Promise<void> => {
    await (isOwn ? api.resumePipeline(pipeline, body) : api.pausePipeline(pipeline, body));
    await queryClient.invalidateQueries();
  };
  return (
    <>
      <Button refusal={refusal} onClick={() => setOpen(true)}>
        {pipeline === null ? `${verb} all` : `${verb} pipeline`}
      </Button>
      {open ? (
        <PauseDialog what={what} verb={verb} says={EXPLAINED[verb]} change={change} onClose={() => setOpen(false)} />
      ) : null}
    </>
  );
};

const EXPLAINED = {
  Pause:
    'Running stages go on to their end, and no other stage starts. New runs are accepted and wait; ticks of schedules are skipped.',
  Resume: 'Paused runs go on where they were, but for those that were paused by themselves.',
} as const;

/** Who paused the pipeline, or the deployment. */
export const PausedNotice = ({ name, pause }: { readonly name: string; readonly pause: Pause }) => (
  <Notice
    tone="warn"
    title={`${pause.scope === 'deployment' ? 'The deployment' : name} is paused${pause.by === null ? '' : ` by ${pause.by}`}`}
  >
    {pause.reason === null ? null : <p className="whitespace-pre-wrap">Reason: {pause.reason}</p>}
    <p>
      Since <Instant at={Date.parse(pause.since)} />. No stage starts until it is resumed; new runs wait, and ticks of
      schedules are skipped.
    </p>
  </Notice>
);
