import type { Schedule } from '@millrace/client';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../api.ts';
import { queryClient } from '../../live/query-client.ts';
import { useRefusal } from '../../session/session-gate.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { FIELD_LOOK } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Ago } from '../../ui/times.tsx';
import { formatEvery } from './schedule-draft.ts';

/** The recurrence in words, then as written, with its time zone. */
export const Recurrence = ({ schedule }: { schedule: Pick<Schedule, 'cron' | 'every_ms' | 'timezone' | 'words'> }) => (
  <>
    <div>{schedule.words}</div>
    <div className="text-quiet">
      <code>{schedule.cron ?? `every ${formatEvery(schedule.every_ms!)}`}</code>
      {schedule.cron === null ? null : <span> · {schedule.timezone}</span>}
    </div>
  </>
);

export const PausedMark = ({ schedule }: { schedule: Schedule }) => (
  <>
    <span className="font-medium text-ask">
      <span aria-hidden="true">❚❚ </span>paused
    </span>
    <div className="text-quiet">
      {schedule.paused_by === null ? null : <>by {schedule.paused_by} </>}
      {schedule.paused_at === null ? null : <Ago at={schedule.paused_at} />}
    </div>
    {schedule.note === null ? null : <div className="max-w-64 text-quiet">“{schedule.note}”</div>}
  </>
);

/** No file defines its pipeline; it resumes by itself when one does. */
export const BlockedMark = ({ why }: { why: string }) => (
  <>
    <span className="font-medium text-bad">skipped</span>
    <div className="max-w-64 text-quiet">{why}</div>
  </>
);

/** Pausing asks for a reason, shown while paused; resuming says what happens next. */
export const PauseButton = ({ schedule }: { schedule: Schedule }) => {
  const [asking, setAsking] = useState(false);
  const refusal = useRefusal('operator');
  const verb = schedule.paused ? 'Resume' : 'Pause';
  return (
    <>
      <Button refusal={refusal} aria-label={`${verb} ${schedule.id}`} onClick={() => setAsking(true)}>
        {verb}
      </Button>
      {asking ? <PauseDialog schedule={schedule} onClose={() => setAsking(false)} /> : null}
    </>
  );
};

const PauseDialog = ({ schedule: { id, paused }, onClose }: { schedule: Schedule; onClose: () => void }) => {
  // The dialog keeps its question even if the list is reread meanwhile.
  const [resumes] = useState(paused);
  const [note, setNote] = useState('');
  const change = useMutation({
    mutationFn: () =>
      resumes ? api.resumeSchedule(id, {}) : api.pauseSchedule(id, note.trim() === '' ? {} : { note: note.trim() }),
    onSuccess: async () => {
      onClose();
      await rereadSchedules();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <Dialog title={resumes ? `Resume ${id}?` : `Pause ${id}?`} onClose={onClose}>
      <form onSubmit={submit} className="space-y-4">
        <p className="text-quiet">
          {resumes
            ? 'It fires again at its next tick. Ticks skipped during the pause are not made up.'
            : 'Ticks are recorded as skipped until you resume it. Runs already started continue.'}
        </p>
        {resumes ? null : (
          <label className="grid gap-1 font-medium">
            Reason (shown while it is paused)
            <input
              value={note}
              onChange={(event) => setNote(event.target.value)}
              autoFocus
              maxLength={500}
              autoComplete="off"
              className={FIELD_LOOK}
            />
          </label>
        )}
        {change.isError ? <Notice tone="bad" title="That was refused" error={change.error} /> : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave as is</Button>
          <Button type="submit" kind="primary" busy={change.isPending}>
            {resumes ? 'Resume' : 'Pause'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
};

/** After a change, invalidates every query of schedules. */
export const rereadSchedules = async (): Promise<void> => {
  await Promise.all(
    ['schedules', 'ticks', 'pipelines', 'pipeline', 'health'].map((word) =>
      queryClient.invalidateQueries({ queryKey: [word] }),
    ),
  );
};
