import { useStore } from '@xyflow/react';
import { useLayoutEffect, useRef } from 'react';
import { useTheme } from '../../shell/theme.ts';
import { drawFar } from './draw-far.ts';
import type { Drawn } from './flow-parts.ts';

/** Behind the panes of React Flow, in its view: all stages as shapes, while it is too far away to read them. */
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
