import type { Schedule } from '@millrace/client';
import { Link } from '@tanstack/react-router';
import { Countdown, Instant } from '../../ui/times.tsx';
import { Cell } from '../../ui/table.tsx';
import { overlapWords } from './overlap-words.ts';
import { BlockedMark, PauseButton, PausedMark } from './pause.tsx';
import { Recurrence } from './recurrence.tsx';
import { TickOutcome } from './tick-outcome.tsx';
import { TriggerButton } from './trigger.tsx';

export const ScheduleRow = ({ schedule }: { schedule: Schedule }) => (
  <tr>
    <Cell className="min-w-32">
      <Link
        data-row
        to="/schedules/$scheduleId"
        params={{ scheduleId: schedule.id }}
        search={{}}
        className="font-medium text-accent underline-offset-2 hover:underline"
      >
        {schedule.id}
      </Link>
      {schedule.pipeline === schedule.id ? null : (
        <div>
          <Link to="/pipelines/$pipeline" params={{ pipeline: schedule.pipeline }} className="text-quiet hover:underline">
            {schedule.pipeline}
          </Link>
        </div>
      )}
    </Cell>
    <Cell className="min-w-48">
      <Recurrence schedule={schedule} />
    </Cell>
    <Cell className="whitespace-nowrap">
      {schedule.next_at === null ? (
        <span className="text-quiet">{schedule.paused ? 'when resumed' : schedule.blocked === null ? 'never again' : 'when a file defines its pipeline'}</span>
      ) : (
        <>
          <Countdown to={schedule.next_at} />
          <div className="text-quiet">
            <Instant at={schedule.next_at} />
          </div>
        </>
      )}
    </Cell>
    <Cell className="min-w-44">{schedule.last_tick === null ? <span className="text-quiet">none yet</span> : <TickOutcome tick={schedule.last_tick} />}</Cell>
    <Cell className="whitespace-nowrap">{overlapWords(schedule.overlap)}</Cell>
    <Cell className="min-w-44">
      {schedule.paused ? (
        <PausedMark schedule={schedule} />
      ) : schedule.blocked === null ? (
        <span className="text-good">active</span>
      ) : (
        <BlockedMark why={schedule.blocked} />
      )}
    </Cell>
    <Cell>
      <div className="flex justify-end gap-2">
        <PauseButton schedule={schedule} />
        <TriggerButton schedule={schedule} />
      </div>
    </Cell>
  </tr>
);
