import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatTimeOfDay, useZone } from '../../format/zoned-instant.ts';
import { useTheme } from '../../shell/theme.ts';
import { KEPT_MS, type Sample } from './queue-samples.ts';

/**
 * Waiting and active stages of all queues over the last ten minutes. The table next to it has the figures for screen
 * readers.
 */
export const QueueHistory = ({ samples }: { samples: readonly Sample[] }) => {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const theme = useTheme();
  const zone = useZone();
  useEffect(() => {
    const at = box.current!;
    const drawn = new uPlot(optionsOf(at, zone), EMPTY, at);
    plot.current = drawn;
    const resized = new ResizeObserver(() => drawn.setSize({ width: at.clientWidth, height: at.clientHeight }));
    resized.observe(at);
    return () => {
      resized.disconnect();
      drawn.destroy();
    };
  }, [theme, zone]);
  useEffect(() => {
    plot.current?.setData([
      samples.map(({ at }) => at / 1_000),
      samples.map(({ waiting }) => waiting),
      samples.map(({ active }) => active),
    ]);
  }, [samples, theme, zone]);
  const last = samples.at(-1);
  return (
    <figure className="flex h-full flex-col">
      <figcaption className="flex flex-wrap gap-x-4 text-quiet">
        <span>Last ten minutes, sampled by this page</span>
        <span>
          <span aria-hidden="true" className="mr-1 inline-block h-0.5 w-4 bg-wait align-middle" />
          waiting {last?.waiting ?? 0}
        </span>
        <span>
          <span aria-hidden="true" className="mr-1 inline-block h-0.5 w-4 bg-busy align-middle" />
          active {last?.active ?? 0}
        </span>
      </figcaption>
      <div ref={box} aria-hidden="true" className="min-h-0 flex-1" />
    </figure>
  );
};

const EMPTY: uPlot.AlignedData = [[], [], []];

const optionsOf = (box: HTMLElement, zone: 'local' | 'utc'): uPlot.Options => {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: colour('--faint'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: box.clientWidth,
    height: box.clientHeight,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { range: () => [(Date.now() - KEPT_MS) / 1_000, Date.now() / 1_000] },
      y: { range: (_plot, _min, max) => [0, Math.max(4, max * 1.1)] },
    },
    series: [
      {},
      { stroke: colour('--wait'), width: 1.5, points: { show: false } },
      { stroke: colour('--busy'), width: 1.5, points: { show: false } },
    ],
    axes: [
      {
        ...axis,
        size: 22,
        incrs: [60, 120, 300],
        values: (_plot, splits) => splits.map((at) => formatTimeOfDay(at * 1_000, zone).slice(0, 5)),
      },
      { ...axis, size: 34, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000], space: 24 },
    ],
  };
};
