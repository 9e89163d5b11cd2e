import { useStore } from '@xyflow/react';
import { useLayoutEffect, useRef } from 'react';
import { useTheme } from '../../shell/theme.ts';
import { drawFar } from './draw-far.ts';
import type { Drawn } from './flow-parts.ts';

/** Behind React Flow's panes, in the same view: all stages as shapes while they are too small to read. */
export const FarView = ({ drawn: { dag, layout, stages } }: { drawn: Drawn }) => {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [x, y, zoom] = useStore((state) => state.transform);
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const theme = useTheme();
  useLayoutEffect(() => {
    if (canvas.current) drawFar(canvas.current, dag, layout, stages, { x, y, zoom }, true);
  }, [dag, layout, stages, x, y, zoom, width, height, theme]);
  return <canvas ref={canvas} aria-hidden="true" className="pointer-events-none absolute inset-0 size-full" />;
};
