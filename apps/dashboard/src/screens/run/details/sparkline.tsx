/** A series as a line, drawn by uPlot: loaded only when there is a series to draw. */
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useTheme } from '../../../shell/theme.ts';

const SIZE = { width: 180, height: 36 };

export const Sparkline = ({ times, values, label }: { times: readonly number[]; values: readonly number[]; label: string }) => {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const theme = useTheme();
  useEffect(() => {
    const drawn = new uPlot(
      {
        ...SIZE,
        padding: [3, 3, 3, 3],
        cursor: { show: false },
        legend: { show: false },
        axes: [{ show: false }, { show: false }],
        series: [{}, { stroke: () => getComputedStyle(host.current!).color, width: 1.5, points: { show: false } }],
      },
      [[], []],
      host.current!,
    );
    plot.current = drawn;
    return () => drawn.destroy();
  }, [theme]);
  useEffect(() => plot.current?.setData([[...times], [...values]]), [times, values, theme]);
  return <div ref={host} role="img" aria-label={label} className="h-9 w-[180px] text-accent" />;
};
