import type { SchedulePreview } from '@millrace/client';
import { Countdown, Instant } from '../../ui/times.tsx';
import { Cell, Table } from '../../ui/table.tsx';
import { firesOf } from './fires.ts';

/** Upcoming fires, in the reader's time zone and the schedule's. */
export const FireList = ({ items, timezone, label }: { items: SchedulePreview['items']; timezone: string; label: string }) =>
  items.length === 0 ? (
    <p className="p-4 text-quiet">Never fires: no such date exists.</p>
  ) : (
    <Table label={label} columns={['In', 'Time', `Local time in ${timezone}`]}>
      {firesOf(items).map(({ at, wall, offset, changedFrom }) => (
        <tr key={at}>
          <Cell className="whitespace-nowrap">
            <Countdown to={at} />
          </Cell>
          <Cell>
            <Instant at={at} />
          </Cell>
          <Cell className="whitespace-nowrap">
            {wall} <span className="text-faint">{offset}</span>
            {changedFrom === null ? null : <div className="font-medium text-warn">⇄ clocks change from {changedFrom} before this</div>}
          </Cell>
        </tr>
      ))}
    </Table>
  );
