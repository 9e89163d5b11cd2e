import { useReactFlow } from '@xyflow/react';
import { useEffect, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import type { Drawn } from './flow-parts.ts';
import { NODE } from './graph-layout.ts';

/** `follow` is null once nothing can run any more. */
export const FlowControls = ({ follow, onFit }: { follow: Follow | null; onFit: () => void }) => {
  const { zoomIn, zoomOut } = useReactFlow();
  return (
    <div role="toolbar" aria-label="Graph view" className="absolute top-3 left-3 z-10 flex gap-1">
      <Button
        aria-label="Zoom in"
        title="Zoom in (Ctrl and the wheel)"
        className="min-w-8 px-2"
        onClick={() => void zoomIn({ duration: moveMs() })}
      >
        +
      </Button>
      <Button
        aria-label="Zoom out"
        title="Zoom out (Ctrl and the wheel)"
        className="min-w-8 px-2"
        onClick={() => void zoomOut({ duration: moveMs() })}
      >
        −
      </Button>
      <Button title="Show the whole graph" onClick={onFit}>
        Fit
      </Button>
      {follow === null ? null : (
        <Button aria-pressed={follow.on} title="Keep running stages in view" onClick={follow.toggle}>
          {follow.on ? 'Following' : 'Follow'}
        </Button>
      )}
    </div>
  );
};

interface Follow {
  readonly on: boolean;
  toggle(): void;
  /** The reader moves the view. */
  end(): void;
}

/** Above this many stages the whole graph is illegible in one view. */
const FOLLOWED_FROM = 14;

/** Keeps running stages in view until the reader moves the view. */
export const useFollow = ({ dag, layout, stages }: Drawn, live: boolean): Follow => {
  const flow = useReactFlow();
  const [on, setOn] = useState(live && dag.nodes.length > FOLLOWED_FROM);
  const running =
    on && live
      ? [...stages.values()].filter(({ status }) => status === 'running').map(({ stage }) => stage as string)
      : [];
  const key = running.join(' ');
  useEffect(() => {
    if (key === '') return;
    const at = key.split(' ').map((name) => layout.places.get(name) ?? { x: 0, y: 0 });
    const x = Math.min(...at.map((place) => place.x));
    const y = Math.min(...at.map((place) => place.y));
    const width = Math.max(...at.map((place) => place.x)) + NODE.width - x;
    const height = Math.max(...at.map((place) => place.y)) + NODE.height - y;
    // Includes the neighbourhood, so that one stage does not fill the view.
    void flow.fitBounds(
      { x: x - NODE.width, y: y - 2 * NODE.height, width: width + 2 * NODE.width, height: height + 4 * NODE.height },
      { padding: 0.05, duration: moveMs() },
    );
  }, [flow, layout, key]);
  return { on, toggle: () => setOn((before) => !before), end: () => setOn(false) };
};

/** Duration of view changes, ms; 0 with reduced motion. */
export const moveMs = (): number => (matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 250);
