import { useReactFlow, useStore } from '@xyflow/react';
import { type PointerEvent, useLayoutEffect, useRef } from 'react';
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

const SIZE = { width: 200, height: 120 } as const;

/**
 * The whole graph in a corner with a frame around the view; a click moves the view. Keyboard users have the stages
 * themselves.
 */
export const Minimap = ({ drawn: { dag, layout, stages }, onMoved }: { drawn: Drawn; onMoved: () => void }) => {
  const canvas = useRef<HTMLCanvasElement>(null);
  const flow = useReactFlow();
  const [x, y, zoom] = useStore((state) => state.transform);
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const theme = useTheme();
  const scale = Math.min((SIZE.width - 8) / layout.width, (SIZE.height - 8) / layout.height);
  const left = (SIZE.width - layout.width * scale) / 2;
  const top = (SIZE.height - layout.height * scale) / 2;
  useLayoutEffect(() => {
    if (canvas.current) drawFar(canvas.current, dag, layout, stages, { x: left, y: top, zoom: scale }, false);
  }, [dag, layout, stages, left, top, scale, theme]);

  const goTo = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.buttons !== 1) return;
    const box = event.currentTarget.getBoundingClientRect();
    onMoved();
    void flow.setCenter((event.clientX - box.left - left) / scale, (event.clientY - box.top - top) / scale, { zoom });
  };
  return (
    <div
      aria-hidden="true"
      onPointerDown={goTo}
      onPointerMove={goTo}
      className="absolute right-3 bottom-3 z-10 hidden touch-none overflow-hidden rounded-md border border-line bg-canvas sm:block"
      style={SIZE}
    >
      <canvas ref={canvas} className="size-full" />
      <div
        className="pointer-events-none absolute rounded-sm border-2 border-accent"
        style={{
          left: left - (x / zoom) * scale,
          top: top - (y / zoom) * scale,
          width: (width / zoom) * scale,
          height: (height / zoom) * scale,
        }}
      />
    </div>
  );
};
