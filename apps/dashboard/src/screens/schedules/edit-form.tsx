import type { Schedule } from '@millrace/client';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../api.ts';
import { useRefusal } from '../../session/session-gate.tsx';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Origin } from './origin.tsx';
import { rereadSchedules } from './reread.ts';
import { changesOf, draftOf } from './schedule-draft.ts';
import { ScheduleFieldset } from './schedule-fields.tsx';

/** Changes are sent as far as they are any; what the API refuses is shown at its field. */
export const EditForm = ({ schedule }: { schedule: Schedule }) => {
  const refusal = useRefusal('operator');
  // The fields that were not touched follow the schedule when it changes elsewhere.
  const [touched, setTouched] = useState<Partial<ReturnType<typeof draftOf>>>({});
  const draft = { ...draftOf(schedule), ...touched };
  const changes = changesOf(draft, schedule);
  const unchanged = Object.keys(changes).length === 0;
  const save = useMutation({
    mutationFn: () => api.patchSchedule(schedule.id, changes),
    onSuccess: async () => {
      await rereadSchedules();
      setTouched({});
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!unchanged && refusal === null) save.mutate();
  };
  return (
    <Panel title="Edit">
      <form onSubmit={submit} className="space-y-4 p-4" noValidate>
        <Origin schedule={schedule} onReset={() => setTouched({})} />
        <ScheduleFieldset
          draft={draft}
          pipeline={schedule.pipeline}
          onChange={(change) => {
            save.reset();
            setTouched({ ...touched, ...change });
          }}
          error={save.error}
        />
        {save.isError ? <Notice tone="bad" title="Nothing was changed" error={save.error} /> : null}
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" kind="primary" busy={save.isPending} refusal={refusal ?? (unchanged ? 'Nothing is changed yet' : null)}>
            Save
          </Button>
          {unchanged ? null : <Button onClick={() => setTouched({})}>Undo the changes</Button>}
          <span role="status" className="text-quiet">
            {save.isSuccess && unchanged ? 'Saved: its next tick goes by this.' : ''}
          </span>
        </div>
      </form>
    </Panel>
  );
};
