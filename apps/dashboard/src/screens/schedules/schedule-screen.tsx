import { ApiError, type Schedule } from '@millrace/client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { api, newIdempotencyKey } from '../../api.ts';
import { useRefusal } from '../../session/session-gate.tsx';
import { useShortcut } from '../../shell/shortcuts.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Empty, Loading, Notice } from '../../ui/notice.tsx';
import { PageHead, Panel } from '../../ui/panel.tsx';
import { Countdown } from '../../ui/times.tsx';
import { EditForm } from './edit-form.tsx';
import { FireList, usePreview } from './fire-list.tsx';
import { Ledger } from './ledger.tsx';
import { BlockedMark, PauseButton, PausedMark, Recurrence } from './schedule-state.tsx';

const route = getRouteApi('/schedules/$scheduleId');

export const Screen = () => {
  const { scheduleId } = route.useParams();
  return <Existing key={scheduleId} id={scheduleId} />;
};

const Existing = ({ id }: { id: string }) => {
  const schedule = useQuery({ queryKey: ['schedules', 'one', id], queryFn: ({ signal }) => api.schedule(id, signal) });
  const gone = schedule.error instanceof ApiError && schedule.error.status === 404;
  if (gone)
    return (
      <>
        <PageHead title={id} />
        <Empty title="Schedule not found">
          It, or its pipeline, was removed, or it never existed.{' '}
          <Link to="/schedules" className="text-accent underline">
            To the schedules
          </Link>
        </Empty>
      </>
    );
  if (schedule.data) return <SchedulePage schedule={schedule.data} />;
  return (
    <>
      <PageHead title={id} />
      {schedule.isError ? (
        <Notice tone="bad" title="Could not load the schedule" error={schedule.error} />
      ) : (
        <Loading what="the schedule" />
      )}
    </>
  );
};

/** One schedule: its settings, next fires, past ticks, and the form to edit it. */
const SchedulePage = ({ schedule }: { schedule: Schedule }) => {
  const form = useRef<HTMLDivElement>(null);
  useShortcut('e', 'Edit this schedule', () => form.current?.querySelector<HTMLElement>('input, select')?.focus());
  return (
    <>
      <PageHead
        title={schedule.id}
        beside={
          <Link to="/pipelines/$pipeline" params={{ pipeline: schedule.pipeline }} className="text-accent underline">
            {schedule.pipeline}
          </Link>
        }
        actions={
          <>
            <PauseButton schedule={schedule} />
            <TriggerButton schedule={schedule} />
          </>
        }
      />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <div className="min-w-0 space-y-4">
          <Now schedule={schedule} />
          <NextFires schedule={schedule} />
        </div>
        <div ref={form} className="min-w-0">
          <EditForm schedule={schedule} />
        </div>
        <div className="min-w-0 lg:col-span-2">
          <Ledger id={schedule.id} />
        </div>
      </div>
    </>
  );
};

const Now = ({ schedule }: { schedule: Schedule }) => (
  <Panel title="Now">
    <div className="grid gap-3 p-4 sm:grid-cols-2">
      <div>
        <Recurrence schedule={schedule} />
      </div>
      <div aria-live="polite">
        {schedule.paused ? (
          <PausedMark schedule={schedule} />
        ) : schedule.blocked !== null ? (
          <BlockedMark why={schedule.blocked} />
        ) : (
          <>
            <span className="font-medium text-good">active</span>
            <div className="text-quiet">
              {schedule.next_at === null ? 'never fires again' : <Countdown to={schedule.next_at} />}
            </div>
            {schedule.note === null ? null : <div className="text-quiet">“{schedule.note}”</div>}
          </>
        )}
      </div>
      {schedule.mode === null ? null : <p className="text-quiet">Mode {schedule.mode}</p>}
      {schedule.stages === null ? null : <p className="text-quiet sm:col-span-2">Only {schedule.stages.join(', ')}</p>}
      {Object.keys(schedule.params).length === 0 ? null : (
        <details className="sm:col-span-2">
          <summary>Params for its runs</summary>
          <pre
            tabIndex={0}
            aria-label="Params"
            className="mt-1 max-h-48 overflow-auto rounded-md bg-raised p-2 font-mono text-xs"
          >
            {JSON.stringify(schedule.params, null, 2)}
          </pre>
        </details>
      )}
    </div>
  </Panel>
);

const NextFires = ({ schedule: { cron, every_ms, timezone, paused, blocked } }: { schedule: Schedule }) => {
  const preview = usePreview({ cron: cron ?? undefined, every: every_ms ?? undefined, timezone }, 10);
  return (
    <Panel
      title={
        paused ? 'Next fires, once resumed' : blocked === null ? 'Next' : 'Next fires, once a file defines its pipeline'
      }
    >
      {preview.data ? (
        <FireList items={preview.data.items} timezone={timezone} label="Next fires" />
      ) : preview.isError ? (
        <Notice tone="bad" title="Could not load the next fires" error={preview.error} />
      ) : (
        <Loading what="the next fires" />
      )}
    </Panel>
  );
};

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
        {schedule.stages === null ? null : <>, only {schedule.stages.join(', ')}</>}, just as a tick would start it.
        This does not count as a tick or change the schedule.
      </p>
      {params === null ? null : (
        <pre
          tabIndex={0}
          aria-label="Params"
          className="mt-3 max-h-40 overflow-auto rounded-md bg-raised p-2 font-mono text-xs"
        >
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
