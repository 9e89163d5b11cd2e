/** The interactive graph: pan, zoom, follow, and keyboard navigation along edges. */
import { ReactFlow, ReactFlowProvider, useReactFlow, useStore } from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { type MouseEvent, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { FarView, Minimap } from './far-view.tsx';
import { FlowControls, moveMs, useFollow } from './flow-controls.tsx';
import {
  type Drawn,
  edgeMaker,
  nodeMaker,
  type StageEdge as StageEdgeShape,
  type StageNode as StageNodeShape,
} from './flow-parts.ts';
import { NODE, SMALL } from './graph-layout.ts';
import { NodeActions, type NodeActions as NodeActionsShape, StageEdge, StageNode } from './stage-node.tsx';
import { stepOf, walk } from './walk.ts';

/** Below this zoom, the names of a large graph are not drawn: they would be illegible, and there may be thousands. */
const LEGIBLE_ZOOM = 0.7;
const MINIMAP_FROM = 30;
/** Vertical space for the controls, px. */
const ROOM = 130;
/** Minimum interval of canvas redraws for stage changes; view changes redraw at once. */
const REDRAW_MS = 250;

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
  // Until the graph has been fitted into the view, it is drawn as from afar.
  const [fitted, setFitted] = useState(false);
  const tooSmall = useStore((state) => state.transform[2] < LEGIBLE_ZOOM);
  // Renders thousands of elements in steps that never block the page: not during a wheel event, and edges a frame after
  // the stages.
  const far = useDeferredValue(large && (tooSmall || !fitted));
  const linesToo = useAFrameLater(!far, !large);
  const [makeNodes] = useState(nodeMaker);
  const [makeEdges] = useState(edgeMaker);
  const nodes = useMemo(() => (far ? NO_NODES : makeNodes(drawn)), [makeNodes, drawn, far]);
  const edges = useMemo(() => (far || !linesToo ? NO_EDGES : makeEdges(drawn)), [makeEdges, drawn, far, linesToo]);
  const seldom = useAtMostEvery(drawn, REDRAW_MS);
  const follow = useFollow(drawn, live);
  const fit = (): void =>
    void flow.fitBounds(
      { x: 0, y: 0, width: layout.width, height: layout.height },
      { padding: 0.06, duration: moveMs() },
    );

  const measured = useStore((state) => state.width > 0);
  useEffect(() => {
    if (!measured) return;
    void flow.fitBounds({ x: 0, y: 0, width: layout.width, height: layout.height }, { padding: 0.06 }).then(() => {
      // A few stages are not enlarged to fill the box.
      if (flow.getZoom() > 1) void flow.setCenter(layout.width / 2, layout.height / 2, { zoom: 1 });
      setFitted(true);
    });
  }, [flow, layout, measured]);

  const focusOn = (stage: string): void => {
    const { x, y } = layout.places.get(stage)!;
    void flow.setCenter(x + NODE.width / 2, y + NODE.height / 2, {
      zoom: Math.max(flow.getZoom(), large ? 0.8 : 0.5),
      duration: moveMs(),
    });
    whenDrawn(() => {
      const button = box.current?.querySelector<HTMLElement>(`[data-stage="${CSS.escape(stage)}"]`);
      button?.focus({ preventScroll: true });
      return button instanceof HTMLElement;
    });
  };
  /** Zoomed out there are no buttons: the stage under the pointer is found by position. */
  const onPaneClick = (event: MouseEvent): void => {
    if (!far) return;
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    const hit = [...layout.places].find(
      ([, { x, y }]) => at.x >= x && at.x <= x + NODE.width && at.y >= y && at.y <= y + NODE.height,
    );
    if (!hit) return;
    focusOn(hit[0]);
    onOpen(hit[0]);
  };
  const inView = (stage: string): boolean => {
    const { x, y } = layout.places.get(stage)!;
    const zoom = flow.getZoom();
    const from = flow.flowToScreenPosition({ x, y });
    const frame = box.current!.getBoundingClientRect();
    return (
      from.x >= frame.left &&
      from.y >= frame.top &&
      from.x + NODE.width * zoom <= frame.right &&
      from.y + NODE.height * zoom <= frame.bottom
    );
  };
  const bringIntoView = (stage: string): void => {
    const { x, y } = layout.places.get(stage)!;
    if (!inView(stage))
      void flow.setCenter(x + NODE.width / 2, y + NODE.height / 2, { zoom: flow.getZoom(), duration: moveMs() });
  };
  const latest = useRef<NodeActionsShape>(null);
  useEffect(() => {
    latest.current = {
      open: onOpen,
      pressed: (stage, event) => {
        const step = stepOf(event.key, layout.direction);
        if (step === null) return;
        event.preventDefault();
        const next = walk(dag, layout, stage, step);
        if (next === null) return;
        follow.end();
        focusOn(next);
      },
      focused: (stage, button) => {
        if (button.matches(':focus-visible')) bringIntoView(stage);
      },
    };
  });
  const [actions] = useState<NodeActionsShape>(() => ({
    open: (stage) => latest.current!.open(stage),
    pressed: (stage, event) => latest.current!.pressed(stage, event),
    focused: (stage, button) => latest.current!.focused(stage, button),
  }));

  return (
    <div
      ref={box}
      role="group"
      aria-label="Stage graph"
      className="relative min-h-72 w-full"
      style={{
        aspectRatio: `${layout.width + 80} / ${layout.height + ROOM}`,
        maxHeight: `min(68dvh, ${Math.round(layout.height) + ROOM}px)`,
      }}
    >
      {far ? <FarView drawn={seldom} /> : null}
      <NodeActions value={actions}>
        <ReactFlow<StageNodeShape, StageEdgeShape>
          nodes={nodes}
          edges={edges}
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
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
            // Null: the page moved the view, not the reader.
            if (event !== null) follow.end();
          }}
        />
      </NodeActions>
      {dag.nodes.length > MINIMAP_FROM ? <Minimap drawn={seldom} onMoved={follow.end} /> : null}
      <FlowControls follow={live ? follow : null} onFit={fit} />
    </div>
  );
};

const NODE_TYPES = { stage: StageNode };
const EDGE_TYPES = { stage: StageEdge };
const NO_NODES: StageNodeShape[] = [];
const NO_EDGES: StageEdgeShape[] = [];
const NO_ATTRIBUTION = { hideAttribution: true };

/** Elements outside of the view exist only after they are drawn. */
const whenDrawn = (act: () => boolean, frames = 30): void => {
  if (frames > 0 && !act()) requestAnimationFrame(() => whenDrawn(act, frames - 1));
};

/** True one frame after `value` becomes true, false as soon as it is false. `atOnce`: true from the first render. */
const useAFrameLater = (value: boolean, atOnce: boolean): boolean => {
  const [later, setLater] = useState(atOnce);
  useEffect(() => {
    if (!value) return setLater(false);
    const frame = requestAnimationFrame(() => setLater(true));
    return () => cancelAnimationFrame(frame);
  }, [value]);
  return later;
};

/** The value, throttled: at most this many ms old, and updated at most that often. */
const useAtMostEvery = <T,>(value: T, ms: number): T => {
  const [shown, setShown] = useState(value);
  const latest = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => {
    latest.current = value;
    if (value === shown) return;
    timer.current ??= setTimeout(() => {
      timer.current = null;
      setShown(latest.current);
    }, ms);
  }, [value, shown, ms]);
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
      timer.current = null;
    },
    [],
  );
  return shown;
};
