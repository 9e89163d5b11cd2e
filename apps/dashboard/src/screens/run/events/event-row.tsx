import type { Event } from '@millrace/client';
import { memo } from 'react';
import { formatTimeOfDay, type Zone } from '../../../format/instant.ts';
import { CopyButton } from '../details/copy-button.tsx';
import { JsonTree } from '../details/json-tree.tsx';
import { toPlainText } from '../logs/ansi.ts';
import { EventSign } from './event-sign.tsx';

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
export const EventRow = memo(({ seq, event, open, onToggle, zone }: EventRowProps) =>
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
          {event.attempt > 1 ? <span className="text-faint"> #{event.attempt}</span> : null}
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
