import { type PointerEvent, useState } from 'react';
import { formatDuration } from '../../../format/amounts.ts';
import { useNarrow } from '../../../ui/use-narrow.ts';
import { type Span, ticksOf, type TimeScale } from './time-scale.ts';

/** Time since the run was created. Drag to zoom into a range. */
export const TimelineAxis = ({
  scale,
  origin,
  onRange,
}: {
  scale: TimeScale;
  origin: number;
  onRange: (range: Span) => void;
}) => {
  const narrow = useNarrow();
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number } | null>(null);
  const placeOf = (event: PointerEvent<HTMLDivElement>): number => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  const end = (): void => {
    setDrag(null);
    if (drag === null || Math.abs(drag.to - drag.from) < 0.01) return;
    onRange({ from: scale.instantAt(Math.min(drag.from, drag.to)), to: scale.instantAt(Math.max(drag.from, drag.to)) });
  };
  return (
    <div
      aria-hidden="true"
      title="Drag to zoom into a range"
      className="relative h-8 min-w-0 grow cursor-crosshair touch-none overflow-hidden text-faint select-none"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ from: placeOf(event), to: placeOf(event) });
      }}
      onPointerMove={(event) => drag !== null && setDrag({ ...drag, to: placeOf(event) })}
      onPointerUp={end}
      onPointerCancel={() => setDrag(null)}
    >
      {ticksOf(scale, origin, narrow ? 3 : 8).map((at) => (
        <span
          key={at}
          className="absolute inset-y-0 border-l border-line pl-1 leading-8 whitespace-nowrap"
          style={{ left: `${scale.at(at) * 100}%` }}
        >
          {at === origin ? '0' : `+${sinceStart(at - origin)}`}
        </span>
      ))}
      {scale.folded.map(({ from, to }) => (
        <span
          key={from}
          title={`${formatDuration(to - from)} idle`}
          className="absolute inset-y-0 bg-raised text-center leading-8"
          style={{ left: `${scale.at(from) * 100}%`, width: `${(scale.at(to) - scale.at(from)) * 100}%` }}
        >
          ⋯
        </span>
      ))}
      {drag === null ? null : (
        <span
          className="absolute inset-y-0 bg-accent opacity-25"
          style={{ left: `${Math.min(drag.from, drag.to) * 100}%`, width: `${Math.abs(drag.to - drag.from) * 100}%` }}
        />
      )}
    </div>
  );
};

/** Ticks are at round distances: "1.5 s" needs no trailing zero, "2 m" no seconds. */
const sinceStart = (ms: number): string =>
  formatDuration(ms)
    .replace(/\.0 s$/, ' s')
    .replace(/ 00 [sm]$/, '')
    .replace(/ d 0 h$/, ' d');
