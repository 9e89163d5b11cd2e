import type { Event } from '@millrace/client';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useZone } from '../../../format/instant.ts';
import { Button } from '../../../ui/button.tsx';
import { useFollowTail } from '../logs/use-follow-tail.ts';
import { EventRow } from './event-row.tsx';

const ROW_PX = 33;
const HEAD_PX = 33;

interface EventListProps {
  readonly count: number;
  readonly seqAt: (index: number) => number;
  /** Undefined: not loaded yet. */
  readonly eventAt: (index: number) => Event | undefined;
  /** Receives the range of visible rows. */
  readonly onView: (first: number, last: number) => void;
}

/** A virtual table: visible rows have a <tbody> each, between two spacers. */
export const EventList = ({ count, seqAt, eventAt, onView }: EventListProps) => {
  const box = useRef<HTMLDivElement>(null);
  const zone = useZone();
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const rows = useVirtualizer({ count, getScrollElement: () => box.current, estimateSize: () => ROW_PX, overscan: 10, scrollMargin: HEAD_PX });
  const { following, setFollow, fresh } = useFollowTail(box, count, rows.getTotalSize(), true);
  const items = rows.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (last >= first) onView(first, last);
  });
  const toggle = useCallback(
    (seq: number) => {
      setFollow(false);
      setOpen((before) => {
        const after = new Set(before);
        if (!after.delete(seq)) after.add(seq);
        return after;
      });
    },
    [setFollow],
  );
  return (
    <div className="relative">
      <div ref={box} role="region" aria-label="Event log" tabIndex={0} className="max-h-[65dvh] min-h-40 overflow-auto [overflow-anchor:none]">
        <table aria-rowcount={count + 1} className="w-full min-w-[760px] table-fixed border-collapse text-left">
          <colgroup>
            <col className="w-24" />
            <col className="w-34" />
            <col className="w-40" />
            <col className="w-52" />
            <col />
          </colgroup>
          <thead className="sticky top-0 z-10 bg-raised text-quiet">
            <tr>
              {['Seq', 'Time', 'Stage', 'Type', 'Message'].map((name) => (
                <th key={name} scope="col" className={`h-8 px-2 font-medium ${name === 'Seq' ? 'text-right' : ''}`}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <Spacer height={(items[0]?.start ?? HEAD_PX) - HEAD_PX} />
          {items.map(({ index }) => {
            const seq = seqAt(index);
            return (
              <tbody key={index} data-index={index} ref={rows.measureElement}>
                <EventRow seq={seq} event={eventAt(index)} open={open.has(seq)} onToggle={toggle} zone={zone} />
              </tbody>
            );
          })}
          <Spacer height={rows.getTotalSize() - ((items.at(-1)?.end ?? HEAD_PX) - HEAD_PX)} />
        </table>
      </div>
      <div className="absolute right-6 bottom-4 flex gap-2">
        {following ? null : (
          <Button kind={fresh > 0 ? 'primary' : 'plain'} onClick={() => setFollow(true)} className="shadow-lg">
            {fresh > 0 ? `${fresh.toLocaleString('en-GB')} new ↓` : 'To the end ↓'}
          </Button>
        )}
      </div>
    </div>
  );
};

const Spacer = ({ height }: { height: number }) => (
  <tbody aria-hidden="true">
    <tr>
      <td colSpan={5} className="p-0" style={{ height: Math.max(0, height) }} />
    </tr>
  </tbody>
);
