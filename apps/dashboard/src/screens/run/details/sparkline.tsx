import { columnsOf } from './metric-series.ts';

const WIDTH = 180;
const HEIGHT = 32;
/** Padding for the stroke width. */
const EDGE = 2;

/** A series as a line over time; with many points, each pixel shows minimum and maximum. */
export const Sparkline = ({ times, values, label }: { times: readonly number[]; values: readonly number[]; label: string }) => {
  const points = columnsOf(times, values, WIDTH - 2 * EDGE)
    .map(({ x, y }) => `${(EDGE + x * (WIDTH - 2 * EDGE)).toFixed(1)},${(HEIGHT - EDGE - y * (HEIGHT - 2 * EDGE)).toFixed(1)}`)
    .join(' ');
  return (
    <svg role="img" aria-label={label} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} className="text-accent">
      <polyline points={points} fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" />
    </svg>
  );
};
