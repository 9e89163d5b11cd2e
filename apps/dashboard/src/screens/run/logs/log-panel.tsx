import { attemptLabel } from '@millrace/core/domain';
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type KeyboardEvent,
  useCallback,
  useEffect,
  useMemo,
  useReducer,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { useZone } from '../../../format/zoned-instant.ts';
import { DownloadLink } from '../../../parts/artifacts/download-link.tsx';
import { Button } from '../../../ui/button.tsx';
import { CopyButton, copyText } from '../../../ui/copy-button.tsx';
import { useFollowTail } from '../use-follow-tail.ts';
import type { ChosenAttempt } from './choose-attempt.ts';
import type { LogBuffer, ShownLine } from './log-buffer.ts';
import { LogRow } from './log-row.tsx';
import { LogSearch } from './log-search.ts';

const ROW_PX = 20;

interface LogPanelProps {
  readonly chosen: ChosenAttempt;
  readonly lines: LogBuffer;
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
  const rows = useVirtualizer({
    count: lines.count,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
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
        aria-label={`Lines of ${chosen.stage}, attempt ${attemptLabel(chosen)}`}
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
const hrefOf = ({ stage, generation, attempt }: ChosenAttempt, line: ShownLine): string =>
  `?${new URLSearchParams({
    tab: 'logs',
    stage: JSON.stringify(stage),
    generation: String(generation),
    attempt: String(attempt),
    line: nameOf(line),
  }).toString()}`;

interface LogToolbarProps {
  readonly search: ReturnType<typeof useLogSearch>;
  readonly onStep: (by: 1 | -1) => void;
  readonly following: boolean;
  readonly onFollow: (follow: boolean) => void;
  readonly onTop: () => void;
  readonly wrap: boolean;
  readonly onWrap: (wrap: boolean) => void;
  readonly times: boolean;
  readonly onTimes: (times: boolean) => void;
  /** Text of the marked line; null: none. */
  readonly marked: string | null;
  readonly downloadHref: string;
}

const LogToolbar = ({
  search,
  onStep,
  following,
  onFollow,
  onTop,
  wrap,
  onWrap,
  times,
  onTimes,
  marked,
  downloadHref,
}: LogToolbarProps) => (
  <div className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-2">
    <input
      type="search"
      aria-label="Search the log"
      placeholder="Search the log"
      value={search.text}
      onChange={(event) => search.change(event.target.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter') return;
        event.preventDefault();
        onStep(event.shiftKey ? -1 : 1);
      }}
      className="min-h-8 w-44 rounded-md border border-line bg-canvas px-2"
    />
    {search.text === '' ? null : (
      <>
        <span role="status" className="min-w-[9ch] text-quiet">
          {foundWords(search)}
        </span>
        <Button
          kind="quiet"
          aria-label="Previous match"
          title="Previous match (Shift+Enter)"
          onClick={() => onStep(-1)}
          className="px-2"
        >
          ↑
        </Button>
        <Button
          kind="quiet"
          aria-label="Next match"
          title="Next match (Enter)"
          onClick={() => onStep(1)}
          className="px-2"
        >
          ↓
        </Button>
      </>
    )}
    <span className="ml-auto flex flex-wrap items-center gap-1">
      <Toggle on={following} onChange={onFollow} label="Follow" title="Scroll to new lines" />
      <Toggle on={wrap} onChange={onWrap} label="Wrap" title="Break long lines" />
      <Toggle on={times} onChange={onTimes} label="Times" title="Show when each line was recorded" />
      <Button kind="quiet" onClick={onTop} className="px-2">
        Top
      </Button>
      <Button kind="quiet" onClick={() => onFollow(true)} className="px-2">
        End
      </Button>
      {marked === null ? null : <CopyButton text={() => marked} label="Copy the line" />}
      <DownloadLink href={downloadHref}>Download</DownloadLink>
    </span>
  </div>
);

const foundWords = ({ count, place, finished }: ReturnType<typeof useLogSearch>): string => {
  const more = finished ? '' : '…';
  if (count === 0) return finished ? 'no matches' : 'searching…';
  return place === -1
    ? `${count.toLocaleString('en-GB')}${more} ${count === 1 ? 'line' : 'lines'}`
    : `${(place + 1).toLocaleString('en-GB')} of ${count.toLocaleString('en-GB')}${more}`;
};

const Toggle = ({
  on,
  onChange,
  label,
  title,
}: {
  on: boolean;
  onChange: (on: boolean) => void;
  label: string;
  title: string;
}) => (
  <label
    title={title}
    className="inline-flex min-h-8 cursor-pointer items-center gap-1.5 rounded-md px-2 hover:bg-raised"
  >
    <input
      type="checkbox"
      checked={on}
      onChange={(event) => onChange(event.target.checked)}
      className="accent-[var(--accent)]"
    />
    {label}
  </label>
);

/**
 * A search that runs in slices and continues as lines are added. `place`: index of the current match, -1 before any.
 */
const useLogSearch = (lines: LogBuffer, version: number) => {
  const [text, setText] = useState('');
  const [place, setPlace] = useState(-1);
  const [, draw] = useReducer((draws: number) => draws + 1, 0);
  const search = useMemo(() => (text === '' ? null : new LogSearch(lines, text)), [lines, text]);
  useEffect(() => {
    if (search === null) return;
    let timer: ReturnType<typeof setTimeout>;
    const slice = (): void => {
      search.advance(() => performance.now());
      draw();
      if (!search.finished) timer = setTimeout(slice);
    };
    timer = setTimeout(slice);
    return () => clearTimeout(timer);
  }, [search, version]);

  const change = (next: string): void => {
    setText(next);
    setPlace(-1);
  };
  /** Position of the next (1) or previous (-1) match, from line `from` if none is current; null without matches. */
  const step = (by: 1 | -1, from: number): number | null => {
    const hits = search?.hits ?? [];
    if (search === null || hits.length === 0) return null;
    const next = place === -1 ? search.placeFrom(from) : (place + by + hits.length) % hits.length;
    setPlace(next);
    return hits[next]!;
  };
  return {
    text,
    change,
    step,
    place,
    count: search?.hits.length ?? 0,
    finished: search?.finished ?? true,
    current: search?.hits[place] ?? null,
  };
};
