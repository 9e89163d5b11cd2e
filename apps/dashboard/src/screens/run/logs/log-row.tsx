import { memo, type MouseEvent } from 'react';
import { formatTimeOfDay, type Zone } from '../../../format/zoned-instant.ts';
import { toPlainText, toSpans } from './ansi.ts';
import type { ShownLine, Stream } from './log-buffer.ts';
import { splitByHit } from './log-search.ts';

export interface LogRowProps {
  /** Append-only: a position always holds the same line. */
  readonly line: ShownLine;
  readonly number: number;
  readonly href: string;
  readonly wrap: boolean;
  /** Null: times are not shown. */
  readonly zone: Zone | null;
  readonly needle: string;
  /** Marked by the address, or the current match. */
  readonly marked: boolean;
  readonly onMark: (line: ShownLine) => void;
}

/** Characters drawn of a line unless it is marked: more would slow the page down. */
const DRAWN = 4_000;
const CUT = / … \[line cut: longer than log_line_bytes\]$/;

/**
 * One line. Stage output becomes text nodes, isolated so that it cannot change the direction of the surrounding text.
 */
export const LogRow = memo(
  ({ line, number, href, wrap, zone, needle, marked, onMark }: LogRowProps) => {
    const cut = CUT.test(line.raw);
    const text = cut ? line.raw.replace(CUT, '') : line.raw;
    const mark = (event: MouseEvent): void => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      onMark(line);
    };
    return (
      <div className={`flex min-w-full gap-2 pr-4 leading-5 ${wrap ? '' : 'w-max'} ${marked ? 'bg-raised' : ''}`}>
        <a
          href={href}
          onClick={mark}
          tabIndex={-1}
          aria-label={`Line ${number}`}
          aria-current={marked || undefined}
          className={`sticky left-0 w-[7ch] shrink-0 pr-1 text-right select-none hover:text-accent hover:underline ${marked ? 'bg-raised font-bold text-accent' : 'bg-panel text-faint'}`}
        >
          {number}
        </a>
        {zone === null ? null : (
          <span className="shrink-0 text-faint select-none">{formatTimeOfDay(line.at, zone)}</span>
        )}
        <span
          className={`w-[3ch] shrink-0 select-none ${line.stream === 'stderr' ? 'font-bold text-bad' : 'text-faint'}`}
          title={line.stream}
        >
          {STREAM_MARK[line.stream]}
        </span>
        <span
          dir="ltr"
          className={`overflow-y-clip [unicode-bidi:isolate] ${wrap ? 'min-w-0 wrap-anywhere whitespace-pre-wrap' : 'whitespace-pre'}`}
        >
          <LineText line={line} text={text} needle={needle} whole={marked} />
          {cut ? <Marker>cut: the line was longer than 16 kB</Marker> : null}
        </span>
      </div>
    );
  },
  (before, after) => KEYS.every((key) => before[key] === after[key]) && before.line.raw === after.line.raw,
);
const KEYS = ['number', 'href', 'wrap', 'zone', 'needle', 'marked', 'onMark'] as const;
const STREAM_MARK: Readonly<Record<Stream, string>> = { stdout: '', stderr: 'err', log: 'log' };

const LineText = ({ line, text, needle, whole }: { line: ShownLine; text: string; needle: string; whole: boolean }) => {
  const drawn = whole || text.length <= DRAWN ? text : text.slice(0, DRAWN);
  // A match can span colours: marked lines drop their colours where they would split it.
  const spans =
    needle === '' || !crosses(line, drawn, needle)
      ? toSpans(drawn, line.before)
      : [{ text: toPlainText(drawn), classes: '' }];
  return (
    <>
      {spans.map(({ text: piece, classes }, at) => (
        <span key={at} className={classes}>
          {splitByHit(piece, needle).map(({ text: part, hit }, place) =>
            hit ? (
              <mark key={place} className="bg-warn text-canvas">
                {part}
              </mark>
            ) : (
              part
            ),
          )}
        </span>
      ))}
      {drawn.length < text.length ? (
        <Marker>
          {(text.length - drawn.length).toLocaleString('en-GB')} more characters: select the line to see them
        </Marker>
      ) : null}
    </>
  );
};

const crosses = (line: ShownLine, text: string, needle: string): boolean => {
  const hits = (pieces: readonly string[]): number =>
    pieces.reduce((sum, piece) => sum + splitByHit(piece, needle).filter(({ hit }) => hit).length, 0);
  return hits([toPlainText(text)]) !== hits(toSpans(text, line.before).map((span) => span.text));
};

const Marker = ({ children }: { children: React.ReactNode }) => (
  <span className="ml-2 rounded border border-warn px-1 text-warn select-none">{children}</span>
);
