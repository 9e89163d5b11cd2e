import type { Schedule } from '@millrace/client';
import { Link } from '@tanstack/react-router';
import { useRef } from 'react';
import { useShortcut } from '../../shell/shortcuts.ts';
import { Loading, Notice } from '../../ui/notice.tsx';
import { PageHead, Panel } from '../../ui/panel.tsx';
import { Countdown } from '../../ui/times.tsx';
import { EditForm } from './edit-form.tsx';
import { FireList } from './fire-list.tsx';
import { Ledger } from './ledger.tsx';
import { BlockedMark, PauseButton, PausedMark } from './pause.tsx';
import { Recurrence } from './recurrence.tsx';
import { TriggerButton } from './trigger.tsx';
import { usePreview } from './use-preview.ts';

/** One schedule: its settings, next fires, past ticks, and the form to edit it. */
export const SchedulePage = ({ schedule }: { schedule: Schedule }) => {
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
            <div className="text-quiet">{schedule.next_at === null ? 'never fires again' : <Countdown to={schedule.next_at} />}</div>
            {schedule.note === null ? null : <div className="text-quiet">“{schedule.note}”</div>}
          </>
        )}
      </div>
      {schedule.mode === null ? null : <p className="text-quiet">Mode {schedule.mode}</p>}
      {schedule.stages === null ? null : <p className="text-quiet sm:col-span-2">Only {schedule.stages.join(', ')}</p>}
      {Object.keys(schedule.params).length === 0 ? null : (
        <details className="sm:col-span-2">
          <summary>Params for its runs</summary>
          <pre tabIndex={0} aria-label="Params" className="mt-1 max-h-48 overflow-auto rounded-md bg-raised p-2 font-mono text-xs">
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
    <Panel title={paused ? 'Next fires, once resumed' : blocked === null ? 'Next' : 'Next fires, once a file defines its pipeline'}>
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
