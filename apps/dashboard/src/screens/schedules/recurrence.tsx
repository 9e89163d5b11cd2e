import type { Schedule } from '@millrace/client';
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
