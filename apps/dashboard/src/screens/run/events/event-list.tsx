import type { Event } from '@millrace/client';
import { attemptLabel } from '@millrace/core/domain';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useCallback, useEffect, useRef, useState } from 'react';
import { formatTimeOfDay, useZone, type Zone } from '../../../format/zoned-instant.ts';
import { Button } from '../../../ui/button.tsx';
import { CopyButton } from '../../../ui/copy-button.tsx';
import { JsonTree } from '../../../ui/json-tree.tsx';
import { toPlainText } from '../logs/ansi.ts';
import { useFollowTail } from '../use-follow-tail.ts';

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
  const rows = useVirtualizer({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
    scrollMargin: HEAD_PX,
  });
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
      <div
        ref={box}
        role="region"
        aria-label="Event log"
        tabIndex={0}
        className="max-h-[65dvh] min-h-40 overflow-auto [overflow-anchor:none]"
      >
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

interface EventRowProps {
  readonly seq: number;
  /** Undefined: still loading. */
  readonly event: Event | undefined;
  /** Whether its data is shown. */
  readonly open: boolean;
  readonly onToggle: (seq: number) => void;
  readonly zone: Zone;
}

const CELL = 'h-8 overflow-hidden px-2 text-ellipsis whitespace-nowrap';

/** An event: a row, and a second one with its data when open. */
const EventRow = memo(({ seq, event, open, onToggle, zone }: EventRowProps) =>
  event === undefined ? (
    <tr className="border-t border-line text-faint">
      <td className={`${CELL} text-right font-mono`}>{seq}</td>
      <td className={CELL} colSpan={4}>
        …
      </td>
    </tr>
  ) : (
    <>
      <tr className="border-t border-line hover:bg-raised">
        <td className={`${CELL} text-right font-mono`}>
          <button
            type="button"
            onClick={() => onToggle(seq)}
            aria-expanded={open}
            aria-label={`Event ${seq}: ${open ? 'hide' : 'show'} its data`}
            className="w-full text-right text-faint hover:text-accent"
          >
            {open ? '▾' : '▸'} {seq}
          </button>
        </td>
        <td className={`${CELL} font-mono text-quiet`}>
          <time dateTime={event.timestamp} title={event.timestamp}>
            {formatTimeOfDay(Date.parse(event.timestamp), zone)}
          </time>
        </td>
        <td className={`${CELL} ${event.stage === 'pipeline' ? 'text-faint' : ''}`} title={event.stage}>
          {event.stage}
          {event.attempt === 0 || attemptLabel(event) === '1' ? null : (
            <span className="text-faint"> #{attemptLabel(event)}</span>
          )}
        </td>
        <td className={`${CELL} font-mono`}>
          <EventSign kind={event.event} /> {event.type}
        </td>
        <td className={CELL} dir="ltr">
          <bdi>{toPlainText(event.msg.slice(0, SHOWN).replaceAll('\n', ' ⏎ '))}</bdi>
        </td>
      </tr>
      {open ? (
        <tr>
          <td colSpan={5} className="bg-canvas px-4 py-2">
            <div className="flex items-start gap-2">
              <div className="min-w-0 flex-1">
                <JsonTree value={event.data} label={`Data of event ${seq}`} />
              </div>
              <CopyButton text={() => JSON.stringify(event, null, 2)} what={`event ${seq} as JSON`} />
            </div>
          </td>
        </tr>
      ) : null}
    </>
  ),
);

/** Characters of a message that fit a row. */
const SHOWN = 300;

/** Category of an event by sign, colour and word. */
const KINDS: Readonly<Record<Event['event'], { readonly sign: string; readonly tone: string; readonly word: string }>> =
  {
    start: { sign: '▸', tone: 'text-busy', word: 'start' },
    success: { sign: '✓', tone: 'text-good', word: 'success' },
    failure: { sign: '✕', tone: 'text-bad', word: 'failure' },
    error: { sign: '!', tone: 'text-warn', word: 'error' },
    log: { sign: '≡', tone: 'text-faint', word: 'log' },
    metric: { sign: '#', tone: 'text-faint', word: 'metric' },
    state_change: { sign: '→', tone: 'text-wait', word: 'state change' },
    heartbeat: { sign: '·', tone: 'text-faint', word: 'heartbeat' },
  };

const EventSign = ({ kind }: { kind: Event['event'] }) => (
  <span
    title={KINDS[kind].word}
    className={`inline-block w-[1.4em] shrink-0 text-center font-bold ${KINDS[kind].tone}`}
  >
    <span aria-hidden="true">{KINDS[kind].sign}</span>
    <span className="sr-only">{KINDS[kind].word}</span>
  </span>
);
