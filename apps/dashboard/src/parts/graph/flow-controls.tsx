import { useReactFlow } from '@xyflow/react';
import { Button } from '../../ui/button.tsx';
import { type Follow, moveMs } from './follow.ts';

/** `follow` is null once nothing can run any more. */
export const FlowControls = ({ follow, onFit }: { follow: Follow | null; onFit: () => void }) => {
  const { zoomIn, zoomOut } = useReactFlow();
  return (
    <div role="toolbar" aria-label="Graph view" className="absolute top-3 left-3 z-10 flex gap-1">
      <Button aria-label="Zoom in" title="Zoom in (Ctrl and the wheel)" className="min-w-8 px-2" onClick={() => void zoomIn({ duration: moveMs() })}>
        +
      </Button>
      <Button aria-label="Zoom out" title="Zoom out (Ctrl and the wheel)" className="min-w-8 px-2" onClick={() => void zoomOut({ duration: moveMs() })}>
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
