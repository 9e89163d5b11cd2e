import { attemptLabel, type StageRun, shortRunId } from '@millrace/core/domain';
import { type CSSProperties, memo, useId, useRef, useState } from 'react';
import { formatDuration } from '../../../format/amounts.ts';
import { formatTimeOfDay, useZone } from '../../../format/zoned-instant.ts';
import { StatusIcon, wordOf } from '../../../ui/status-mark.tsx';
import { type Segment, SEGMENT_WORDS, type SegmentKind, segmentsOf } from './segments.ts';
import type { TimeScale } from './time-scale.ts';

interface TimelineRowProps {
  stage: StageRun;
  retriedAt: readonly number[] | undefined;
  scale: TimeScale;
  /** ms since the epoch, for open segments; rows of ended stages get a constant. */
  now: number;
  selected: boolean;
  onOpen: (stage: string) => void;
}

/** A stage and its segments. Hover or focus shows exact numbers. */
export const TimelineRow = memo(({ stage, retriedAt, scale, now, selected, onOpen }: TimelineRowProps) => {
  const id = useId();
  const segments = segmentsOf(stage, retriedAt);
  const row = useRef<HTMLDivElement>(null);
  const [numbersAt, setNumbersAt] = useState<CSSProperties | null>(null);
  const show = (): void => setNumbersAt(besides(row.current!.getBoundingClientRect()));
  const hide = (): void => setNumbersAt(null);
  return (
    <div
      ref={row}
      onMouseEnter={show}
      onMouseLeave={hide}
      className={`relative flex size-full items-stretch border-b border-line ${selected ? 'bg-raised' : 'hover:bg-raised focus-within:bg-raised'}`}
    >
      <button
        type="button"
        data-stage={stage.stage}
        aria-describedby={id}
        aria-expanded={selected}
        onClick={() => onOpen(stage.stage)}
        onFocus={show}
        onBlur={hide}
        onKeyDown={({ key }) => key === 'Escape' && hide()}
        className="sticky left-0 flex w-(--names) shrink-0 items-center gap-1.5 px-3 text-left"
      >
        <StatusIcon status={stage.status} />
        <span className="truncate">{stage.stage}</span>
        <span className="sr-only">, {wordOf(stage.status)}</span>
      </button>
      <div className="relative min-w-0 grow" aria-hidden="true" onClick={() => onOpen(stage.stage)}>
        {segments.map((segment, index) => (
          <Bar key={index} segment={segment} scale={scale} now={now} />
        ))}
      </div>
      <div id={id} className="sr-only">
        <Numbers stage={stage} segments={segments} now={now} />
      </div>
      {numbersAt === null ? null : (
        <div
          role="tooltip"
          style={numbersAt}
          className="fixed z-40 max-w-[min(36rem,80vw)] rounded-md border border-line bg-panel px-3 py-2 shadow-lg"
        >
          <Numbers stage={stage} segments={segments} now={now} />
        </div>
      )}
    </div>
  );
});

/**
 * Below the row, or above it in the lower half of the window; position fixed, so that the scrolling box does not clip
 * it.
 */
const besides = ({ left, top, bottom, width }: DOMRect): CSSProperties => ({
  left: left + Math.min(208, width / 3),
  ...(top < innerHeight / 2 ? { top: bottom - 1 } : { bottom: innerHeight - top - 1 }),
});

const Bar = ({ segment: { kind, from, to }, scale, now }: { segment: Segment; scale: TimeScale; now: number }) => {
  const end = to ?? now;
  if (end < scale.span.from || from > scale.span.to) return null;
  const left = scale.at(from);
  const width = scale.at(end) - left;
  const { style, sign } = SEGMENT_LOOKS[kind];
  return (
    <span
      className="absolute inset-y-1.5 flex min-w-[3px] items-center overflow-hidden rounded-sm text-[0.65rem] leading-none text-panel"
      style={{ left: `${left * 100}%`, width: `${width * 100}%`, ...style }}
    >
      {sign !== '' && width > 0.02 ? (
        <span className={`ml-auto px-1 ${kind === 'worker_lost' || kind === 'handed_back' ? 'bg-panel text-ink' : ''}`}>
          {sign}
        </span>
      ) : null}
    </span>
  );
};

const WHY_NEVER: Readonly<Partial<Record<StageRun['status'], string>>> = {
  skipped: 'Skipped: its trigger rule cannot be met.',
  upstream_failed: 'Never ran: a stage it depends on did not succeed.',
};

const whyEmpty = ({ status, reusedFrom }: StageRun): string =>
  reusedFrom === null
    ? (WHY_NEVER[status] ?? 'Not queued yet.')
    : `Did not run here: its result is that of run ${shortRunId(reusedFrom.runId)}.`;

const Numbers = ({ stage, segments, now }: { stage: StageRun; segments: readonly Segment[]; now: number }) => {
  const zone = useZone();
  if (segments.length === 0) return <span>{whyEmpty(stage)}</span>;
  return (
    <ul className="space-y-0.5">
      {segments.map(({ kind, from, to, attempt }) => (
        <li key={from + kind}>
          {attempt === null ? '' : `attempt ${attemptLabel(attempt)} `}
          {SEGMENT_WORDS[kind]} <span className="font-mono">{formatTimeOfDay(from, zone)}</span>
          {to === null ? (
            ' until now'
          ) : (
            <>
              {' '}
              to <span className="font-mono">{formatTimeOfDay(to, zone)}</span>
            </>
          )}
          , {formatDuration((to ?? now) - from)}
          {attempt === null ? '' : ` on ${attempt.worker}`}
        </li>
      ))}
    </ul>
  );
};

/** Fill, border and a sign: distinguishable without colour. */
interface Look {
  readonly style: CSSProperties;
  readonly sign: string;
}

const hatched = (token: string): CSSProperties => ({
  backgroundImage: `repeating-linear-gradient(45deg, var(${token}) 0 1.5px, transparent 1.5px 6px)`,
  border: `1px solid var(${token})`,
});
const dotted = (token: string): CSSProperties => ({ borderBlock: `3px dotted var(${token})`, marginBlock: '4px' });
const full = (token: string): CSSProperties => ({ background: `var(${token})` });

const SEGMENT_LOOKS: Readonly<Record<SegmentKind, Look>> = {
  queued: { style: hatched('--wait'), sign: '' },
  backoff: { style: dotted('--warn'), sign: '' },
  between: { style: dotted('--warn'), sign: '' },
  running: { style: { ...full('--busy'), borderRight: '3px double var(--panel)' }, sign: '▸' },
  succeeded: { style: full('--good'), sign: '' },
  failed: { style: full('--bad'), sign: '✕' },
  cancelled: { style: full('--off'), sign: '■' },
  worker_lost: { style: { ...hatched('--bad'), borderWidth: 2 }, sign: '⚡' },
  handed_back: { style: hatched('--off'), sign: '↩' },
  gated: { style: hatched('--ask'), sign: '' },
  gate: { style: dotted('--ask'), sign: '' },
};

/** One of each group of segments that look alike. */
const LEGEND: readonly { readonly kind: SegmentKind; readonly word: string }[] = [
  { kind: 'queued', word: 'in the queue' },
  { kind: 'running', word: 'running' },
  { kind: 'succeeded', word: 'succeeded' },
  { kind: 'failed', word: 'failed attempt' },
  { kind: 'backoff', word: 'backoff' },
  { kind: 'gate', word: 'at its gate' },
  { kind: 'worker_lost', word: 'worker lost' },
  { kind: 'handed_back', word: 'handed back' },
  { kind: 'cancelled', word: 'cancelled' },
];

export const TimelineLegend = () => (
  <ul
    aria-label="What the bars mean"
    className="flex flex-wrap gap-x-4 gap-y-1 border-t border-line px-4 py-2 text-quiet"
  >
    {LEGEND.map(({ kind, word }) => (
      <li key={kind} className="flex items-center gap-1.5">
        <span
          aria-hidden="true"
          className="inline-flex h-3.5 w-6 items-center justify-end rounded-sm px-0.5 text-[0.65rem] leading-none text-panel"
          style={SEGMENT_LOOKS[kind].style}
        >
          <span className={kind === 'worker_lost' || kind === 'handed_back' ? 'bg-panel text-ink' : ''}>
            {SEGMENT_LOOKS[kind].sign}
          </span>
        </span>
        {word}
      </li>
    ))}
  </ul>
);
