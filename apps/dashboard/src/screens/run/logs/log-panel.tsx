import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useZone } from '../../../format/instant.ts';
import { Button } from '../../../ui/button.tsx';
import { copyText } from '../details/copy-text.ts';
import type { ChosenAttempt } from './choose-attempt.ts';
import type { LogLines, ShownLine } from './log-lines.ts';
import { LogRow } from './log-row.tsx';
import { LogToolbar } from './log-toolbar.tsx';
import { useFollowTail } from './use-follow-tail.ts';
import { useLogSearch } from './use-log-search.ts';

const ROW_PX = 20;

interface LogPanelProps {
  readonly chosen: ChosenAttempt;
  readonly lines: LogLines;
  /** The line in the address, `<seq>-<index>`. */
  readonly marked: string | undefined;
  readonly onMark: (name: string) => void;
  readonly downloadHref: string;
}

/** The lines, virtualised: about fifty are in the page. */
export const LogPanel = ({ chosen, lines, marked, onMark, downloadHref }: LogPanelProps) => {
  const version = useSyncExternalStore(lines.onChange, lines.version);
  const box = useRef<HTMLDivElement>(null);
  const zone = useZone();
  const [wrap, setWrap] = useState(true);
  const [times, setTimes] = useState(false);
  const rows = useVirtualizer({ count: lines.count, getScrollElement: () => box.current, estimateSize: () => ROW_PX, overscan: 12 });
  useEffect(() => rows.measure(), [rows, wrap, times]);
  const { following, setFollow, fresh } = useFollowTail(box, lines.count, rows.getTotalSize(), marked === undefined);
  const search = useLogSearch(lines, version);

  const goTo = useCallback(
    (position: number) => {
      setFollow(false);
      rows.scrollToIndex(position, { align: 'center' });
    },
    [rows, setFollow],
  );
  const shown = useRef<string | undefined>(undefined);
  const mark = useCallback(
    (line: ShownLine) => {
      shown.current = nameOf(line);
      onMark(nameOf(line));
    },
    [onMark],
  );
  const position = marked === undefined ? null : lines.positionOf(marked);
  useEffect(() => {
    if (position === null || shown.current === marked) return;
    shown.current = marked;
    goTo(position);
  }, [marked, position, goTo]);

  const first = rows.getVirtualItems()[0]?.index ?? 0;
  const step = (by: 1 | -1): void => {
    const hit = search.step(by, first);
    if (hit !== null) goTo(hit);
  };
  const markedText = position === null ? null : lines.plainText(position);
  const keys = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = { j: 1, k: -1 }[event.key];
    if (by !== undefined) {
      const next = Math.min(lines.count - 1, Math.max(0, position === null ? first : position + by));
      mark(lines.at(next));
      setFollow(false);
      rows.scrollToIndex(next, { align: 'auto' });
    } else if (event.key === 'c' && markedText !== null) void copyText(markedText);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className="relative">
      <LogToolbar
        search={search}
        onStep={step}
        following={following}
        onFollow={setFollow}
        onTop={() => {
          setFollow(false);
          rows.scrollToIndex(0);
        }}
        wrap={wrap}
        onWrap={setWrap}
        times={times}
        onTimes={setTimes}
        marked={markedText}
        downloadHref={downloadHref}
      />
      <div
        ref={box}
        role="region"
        aria-label={`Lines of ${chosen.stage}, attempt ${chosen.attempt}`}
        tabIndex={0}
        onKeyDown={keys}
        className="max-h-[65dvh] min-h-40 overflow-auto bg-panel py-1 font-mono text-[12px] [overflow-anchor:none]"
      >
        <div className="relative min-w-full" style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ index, start }) => {
            const line = lines.at(index);
            return (
              <div
                key={index}
                data-index={index}
                ref={wrap ? rows.measureElement : null}
                className={`absolute top-0 left-0 min-w-full ${wrap ? 'w-full' : 'w-max'}`}
                style={{ transform: `translateY(${start}px)` }}
              >
                <LogRow
                  line={line}
                  number={index + 1}
                  href={hrefOf(chosen, line)}
                  wrap={wrap}
                  zone={times ? zone : null}
                  needle={search.text}
                  marked={index === position || index === search.current}
                  onMark={mark}
                />
              </div>
            );
          })}
        </div>
      </div>
      {fresh > 0 ? (
        <Button kind="primary" onClick={() => setFollow(true)} className="absolute right-6 bottom-4 shadow-lg">
          {fresh.toLocaleString('en-GB')} new {fresh === 1 ? 'line' : 'lines'} ↓
        </Button>
      ) : null}
    </div>
  );
};

const nameOf = ({ seq, index }: ShownLine): string => `${seq}-${index}`;
/** Quoted for the router, which would parse `12.10` as the number 12.1. */
const hrefOf = ({ stage, attempt }: ChosenAttempt, line: ShownLine): string =>
  `?${new URLSearchParams({ tab: 'logs', stage: JSON.stringify(stage), attempt: String(attempt), line: nameOf(line) }).toString()}`;
