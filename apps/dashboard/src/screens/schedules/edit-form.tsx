import type { Schedule } from '@millrace/client';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useRef, useState } from 'react';
import { api } from '../../api.ts';
import { focusUnreadable } from '../../parts/form/inputs.tsx';
import { useRefusal } from '../../session/session-gate.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/panel.tsx';
import { changesOf, differencesOf, draftOf } from './schedule-draft.ts';
import { ScheduleFieldset } from './schedule-fields.tsx';
import { rereadSchedules } from './schedule-state.tsx';
import { useStartable, withShownAnswers } from './what-it-starts.tsx';

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
          <Button
            type="submit"
            kind="primary"
            busy={save.isPending}
            refusal={refusal ?? (unchanged ? 'Nothing to save yet' : null)}
          >
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

/** Where the settings come from, and how to reset them to the definition. */
const Origin = ({ schedule, onReset }: { schedule: Schedule; onReset: () => void }) => {
  const [asking, setAsking] = useState(false);
  const refusal = useRefusal('operator');
  if (schedule.set_by === 'definition')
    return (
      <p className="text-quiet">
        These settings come from the definition. A change here overrides them until you reset it.
      </p>
    );
  const differences = schedule.definition === null ? [] : differencesOf(schedule, schedule.definition);
  return (
    <div className="flex flex-wrap items-start justify-between gap-3 rounded-md border border-line bg-raised px-3 py-2">
      <div>
        <p>Set through the API{schedule.definition === null ? '; no definition declares this schedule.' : '.'}</p>
        {schedule.definition === null ? null : differences.length === 0 ? (
          <p className="text-quiet">The definition says the same.</p>
        ) : (
          <ul className="text-quiet">
            {differences.map(({ what, there }) => (
              <li key={what}>
                {what}: the definition says <code className="text-ink">{there}</code>
              </li>
            ))}
          </ul>
        )}
      </div>
      <Button
        kind={schedule.definition === null ? 'danger' : 'plain'}
        refusal={refusal}
        onClick={() => setAsking(true)}
      >
        {schedule.definition === null ? 'Remove' : 'Reset to the definition'}
      </Button>
      {asking ? <RemoveDialog schedule={schedule} onClose={() => setAsking(false)} onReset={onReset} /> : null}
    </div>
  );
};

const RemoveDialog = ({
  schedule: { id, definition },
  onClose,
  onReset,
}: {
  schedule: Schedule;
  onClose: () => void;
  onReset: () => void;
}) => {
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => api.deleteSchedule(id),
    onSuccess: async ({ schedule }) => {
      onClose();
      onReset();
      if (schedule === null) await navigate({ to: '/schedules', search: {} });
      await rereadSchedules();
    },
  });
  return (
    <Dialog title={definition === null ? `Remove ${id}?` : `Reset ${id} to the definition?`} onClose={onClose}>
      <p className="text-quiet">
        {definition === null
          ? 'It will start no more runs. The runs it started are kept.'
          : 'This discards everything set through the API, including a pause and a note. The definition applies from the next tick.'}
      </p>
      {remove.isError ? <Notice tone="bad" title="That was refused" error={remove.error} /> : null}
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>Leave as is</Button>
        <Button kind="danger" busy={remove.isPending} onClick={() => remove.mutate()}>
          {definition === null ? 'Remove' : 'Reset'}
        </Button>
      </div>
    </Dialog>
  );
};
