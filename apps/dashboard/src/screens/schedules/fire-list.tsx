import type { SchedulePreview } from '@millrace/client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api } from '../../api.ts';
import { Cell, Table } from '../../ui/table.tsx';
import { Countdown, Instant } from '../../ui/times.tsx';
import { firesOf } from './fires.ts';

/** Upcoming fires, in the reader's time zone and the schedule's. */
export const FireList = ({
  items,
  timezone,
  label,
}: {
  items: SchedulePreview['items'];
  timezone: string;
  label: string;
}) =>
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
            {changedFrom === null ? null : (
              <div className="font-medium text-warn">⇄ clocks change from {changedFrom} before this</div>
            )}
          </Cell>
        </tr>
      ))}
    </Table>
  );

interface Recurrence {
  readonly cron?: string | undefined;
  readonly every?: string | number | undefined;
  readonly timezone: string;
}

const SETTLES_MS = 250;

/** The scheduler's preview of the draft, fetched when typing pauses. Errors are the API's, with field paths. */
export const usePreview = ({ cron, every, timezone }: Recurrence, n: number) => {
  const settled = useSettled(JSON.stringify({ cron, every, timezone, n }));
  return useQuery({
    queryKey: ['schedule-preview', settled],
    queryFn: ({ signal }) => api.previewSchedule(JSON.parse(settled) as Record<string, string>, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
};

const useSettled = (text: string): string => {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), SETTLES_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
};
