/** The graph as it is drawn: pan, zoom, follow, and the keyboard along its edges. */
import { type Edge, ReactFlow, ReactFlowProvider, useReactFlow, useStore } from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { type KeyboardEvent, type MouseEvent, useEffect, useMemo, useRef, useState } from 'react';
import { NODE } from './dag.ts';
import { FarView } from './far-view.tsx';
import { type Drawn, edgeMaker, nodeMaker, type StageNode as StageNodeShape } from './flow-parts.ts';
import { FlowControls } from './flow-controls.tsx';
import { SMALL } from './lay-out.ts';
import { Minimap } from './minimap.tsx';
import { StageNode } from './stage-node.tsx';
import { moveMs, useFollow } from './follow.ts';
import { stepOf, walk } from './walk.ts';

/** Below it names of a large graph are not drawn: they could not be read, and there may be thousands. */
const LEGIBLE_ZOOM = 0.55;
const MINIMAP_FROM = 30;

export const StageFlow = (props: { drawn: Drawn; live: boolean; onOpen: (stage: string) => void }) => (
  <ReactFlowProvider>
    <Flow {...props} />
  </ReactFlowProvider>
);

const Flow = ({ drawn, live, onOpen }: { drawn: Drawn; live: boolean; onOpen: (stage: string) => void }) => {
  const { dag, layout } = drawn;
  const flow = useReactFlow();
  const box = useRef<HTMLDivElement>(null);
  const large = dag.nodes.length > SMALL;
  const far = useStore((state) => large && state.transform[2] < LEGIBLE_ZOOM);
  const [makeNodes] = useState(nodeMaker);
  const [makeEdges] = useState(edgeMaker);
  const nodes = useMemo(() => makeNodes(drawn), [makeNodes, drawn]);
  const edges = useMemo(() => makeEdges(drawn), [makeEdges, drawn]);
  const follow = useFollow(drawn, live);
  const fit = (): void => void flow.fitBounds({ x: 0, y: 0, width: layout.width, height: layout.height }, { padding: 0.06, duration: moveMs() });

  const measured = useStore((state) => state.width > 0);
  useEffect(() => {
    if (!measured) return;
    void flow.fitBounds({ x: 0, y: 0, width: layout.width, height: layout.height }, { padding: 0.06 }).then(() => {
      // Few stages are not blown up to fill the box.
      if (flow.getZoom() > 1) void flow.setCenter(layout.width / 2, layout.height / 2, { zoom: 1 });
    });
  }, [flow, layout, measured]);

  const focusOn = (stage: string): void => {
    const { x, y } = layout.places.get(stage)!;
    void flow.setCenter(x + NODE.width / 2, y + NODE.height / 2, { zoom: Math.max(flow.getZoom(), large ? 0.8 : 0.5), duration: moveMs() });
    whenDrawn(() => box.current?.querySelector<HTMLElement>(`[data-stage="${CSS.escape(stage)}"]`)?.focus({ preventScroll: true }) !== undefined);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const stage = stageUnder(event.target);
    const step = stepOf(event.key, layout.direction);
    if (stage === null || step === null) return;
    event.preventDefault();
    const next = walk(dag, layout, stage, step);
    if (next === null) return;
    follow.end();
    focusOn(next);
  };
  const onClick = (event: MouseEvent): void => {
    const stage = stageUnder(event.target);
    if (stage !== null) onOpen(stage);
  };
  /** From afar there are no buttons: what lies under the pointer is found by its place. */
  const onPaneClick = (event: MouseEvent): void => {
    if (!far) return;
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    const hit = [...layout.places].find(([, { x, y }]) => at.x >= x && at.x <= x + NODE.width && at.y >= y && at.y <= y + NODE.height);
    if (!hit) return;
    focusOn(hit[0]);
    onOpen(hit[0]);
  };
  const showFocused = (event: React.FocusEvent): void => {
    const stage = stageUnder(event.target);
    if (stage === null || !event.target.matches(':focus-visible')) return;
    const { x, y } = layout.places.get(stage)!;
    const zoom = flow.getZoom();
    const from = flow.flowToScreenPosition({ x, y });
    const frame = box.current!.getBoundingClientRect();
    const seen = from.x >= frame.left && from.y >= frame.top && from.x + NODE.width * zoom <= frame.right && from.y + NODE.height * zoom <= frame.bottom;
    if (!seen) void flow.setCenter(x + NODE.width / 2, y + NODE.height / 2, { zoom, duration: moveMs() });
  };

  return (
    <div
      ref={box}
      role="group"
      aria-label="Graph of the stages"
      className="relative h-[min(68dvh,46rem)] min-h-80"
      onKeyDown={onKeyDown}
      onClick={onClick}
      onFocus={showFocused}
    >
      {far ? <FarView drawn={drawn} /> : null}
      <ReactFlow<StageNodeShape, Edge>
        nodes={far ? NO_NODES : nodes}
        edges={far ? NO_EDGES : edges}
        nodeTypes={NODE_TYPES}
        onlyRenderVisibleElements={large}
        minZoom={Math.min(0.05, 500 / Math.max(layout.width, 1))}
        maxZoom={1.6}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        disableKeyboardA11y
        zoomOnScroll={false}
        zoomOnDoubleClick={false}
        preventScrolling={false}
        proOptions={NO_ATTRIBUTION}
        onPaneClick={onPaneClick}
        onMoveStart={(event) => {
          // Null: the page itself moved the view.
          if (event !== null) follow.end();
        }}
      />
      {dag.nodes.length > MINIMAP_FROM ? <Minimap drawn={drawn} onMoved={follow.end} /> : null}
      <FlowControls follow={live ? follow : null} onFit={fit} />
    </div>
  );
};

const NODE_TYPES = { stage: StageNode };
const NO_NODES: StageNodeShape[] = [];
const NO_EDGES: Edge[] = [];
const NO_ATTRIBUTION = { hideAttribution: true };

const stageUnder = (target: EventTarget): string | null =>
  target instanceof Element ? (target.closest<HTMLElement>('[data-stage]')?.dataset['stage'] ?? null) : null;

/** What was off the view exists only after it was drawn. */
const whenDrawn = (act: () => boolean, frames = 30): void => {
  if (frames > 0 && !act()) requestAnimationFrame(() => whenDrawn(act, frames - 1));
};
