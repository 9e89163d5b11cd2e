import type { Schedule } from '@millrace/client';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { api } from '../../api.ts';
import { focusUnreadable } from '../../parts/form/inputs.tsx';
import { useRefusal } from '../../session/session-gate.tsx';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Origin } from './origin.tsx';
import { rereadSchedules } from './reread.ts';
import { changesOf, draftOf } from './schedule-draft.ts';
import { ScheduleFieldset } from './schedule-fields.tsx';
import { useStartable, withShownAnswers } from './use-startable.ts';

/** Sends only changed fields; shows the API's errors at their fields. */
export const EditForm = ({ schedule }: { schedule: Schedule }) => {
  const refusal = useRefusal('operator');
  // Untouched fields follow the schedule when it changes elsewhere.
  const [touched, setTouched] = useState<Partial<ReturnType<typeof draftOf>>>({});
  const draft = { ...draftOf(schedule), ...touched };
  const changes = changesOf(draft, schedule);
  const unchanged = Object.keys(changes).length === 0;
  const form = useRef<HTMLFormElement>(null);
  const startable = useStartable(schedule.pipeline);
  const save = useMutation({
    mutationFn: () => api.patchSchedule(schedule.id, withShownAnswers(changes, startable, draft)),
    onSuccess: async () => {
      await rereadSchedules();
      setTouched({});
    },
  });
  // Invalid JSON is not a change yet: resetting remounts its fields.
  const [undone, setUndone] = useState(0);
  const undo = (): void => {
    setTouched({});
    setUndone(undone + 1);
    save.reset();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!focusUnreadable(form.current) && !unchanged && refusal === null) save.mutate();
  };
  return (
    <Panel title="Edit">
      <form ref={form} onSubmit={submit} className="space-y-4 p-4" noValidate>
        <Origin schedule={schedule} onReset={undo} />
        <ScheduleFieldset
          key={undone}
          draft={draft}
          startable={startable}
          onChange={(change) => {
            save.reset();
            setTouched({ ...touched, ...change });
          }}
          error={save.error}
        />
        {save.isError ? <Notice tone="bad" title="Could not save the changes" error={save.error} /> : null}
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" kind="primary" busy={save.isPending} refusal={refusal ?? (unchanged ? 'Nothing to save yet' : null)}>
            Save
          </Button>
          {unchanged ? null : <Button onClick={undo}>Discard changes</Button>}
          <span role="status" className="text-quiet">
            {save.isSuccess && unchanged ? 'Saved: applies from the next tick.' : ''}
          </span>
        </div>
      </form>
    </Panel>
  );
};
