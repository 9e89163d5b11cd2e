/** Draws the zoomed-out graph on a canvas: thousands of elements would stall the page. */
import type { StageRun, StageStatus } from '@millrace/core/domain';
import { EDGE_LINE, type EdgeState, edgeState } from './edges.ts';
import { type Dag, type Layout, NODE } from './graph-layout.ts';

export interface View {
  /** Position of the graph's origin, px, and its scale. */
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

export const drawFar = (
  canvas: HTMLCanvasElement,
  dag: Dag,
  layout: Layout,
  stages: ReadonlyMap<string, StageRun>,
  view: View,
  withEdges: boolean,
): void => {
  const context = fitted(canvas);
  if (!context) return;
  const style = getComputedStyle(canvas);
  const colors = new Map<string, string>();
  const color = (token: string): string => {
    const known = colors.get(token) ?? style.getPropertyValue(token);
    colors.set(token, known);
    return known;
  };
  context.translate(view.x, view.y);
  context.scale(view.zoom, view.zoom);
  if (withEdges) drawEdges(context, dag, layout, stages, color, view.zoom);
  drawStages(context, layout, stages, color, view.zoom);
};

/** Clears the canvas and sizes it in device pixels. */
const fitted = (canvas: HTMLCanvasElement): CanvasRenderingContext2D | null => {
  const ratio = devicePixelRatio;
  const { clientWidth, clientHeight } = canvas;
  canvas.width = Math.round(clientWidth * ratio);
  canvas.height = Math.round(clientHeight * ratio);
  const context = canvas.getContext('2d');
  context?.scale(ratio, ratio);
  return context;
};

/**
 * Draws about this many edges plus the active ones: nobody can tell thousands apart, and all would take 100 ms a frame.
 */
const LINES = 900;

/** One path per state: a stroke costs more than a line. */
const drawEdges = (
  context: CanvasRenderingContext2D,
  { edges }: Dag,
  { places, direction }: Layout,
  stages: ReadonlyMap<string, StageRun>,
  color: (token: string) => string,
  zoom: number,
): void => {
  const paths = new Map<EdgeState, Path2D>();
  const every = Math.ceil(edges.length / LINES);
  for (const [index, { from, to }] of edges.entries()) {
    const a = places.get(from);
    const b = places.get(to);
    if (!a || !b) continue;
    const state = edgeState(stages.get(from)?.status, stages.get(to)?.status);
    if (index % every !== 0 && state !== 'flows') continue;
    let path = paths.get(state);
    if (!path) paths.set(state, (path = new Path2D()));
    if (direction === 'right') {
      path.moveTo(a.x + NODE.width, a.y + NODE.height / 2);
      path.lineTo(b.x, b.y + NODE.height / 2);
    } else {
      path.moveTo(a.x + NODE.width / 2, a.y + NODE.height);
      path.lineTo(b.x + NODE.width / 2, b.y);
    }
  }
  context.globalAlpha = edges.length > 400 ? 0.35 : 0.7;
  for (const [state, path] of paths) {
    const { stroke, width, dash } = EDGE_LINE[state];
    context.strokeStyle = color(stroke);
    context.lineWidth = (width * 0.6) / zoom;
    context.setLineDash(dash.map((length) => length / zoom));
    context.stroke(path);
  }
  context.setLineDash([]);
  context.globalAlpha = 1;
};

/** Below this height stages are drawn as outlines only, px. */
const OUTLINED_FROM = 5;

const drawStages = (
  context: CanvasRenderingContext2D,
  { places }: Layout,
  stages: ReadonlyMap<string, StageRun>,
  color: (token: string) => string,
  zoom: number,
): void => {
  const panel = color('--panel');
  for (const [name, { x, y }] of places) {
    const status = stages.get(name)?.status;
    const look = LOOKS[status ?? 'outside'];
    context.fillStyle = color(look.token);
    context.strokeStyle = context.fillStyle;
    if (look.shape === 'hollow' && NODE.height * zoom < OUTLINED_FROM) context.fillStyle = color('--line');
    if (look.shape === 'full' || look.shape === 'crossed' || NODE.height * zoom < OUTLINED_FROM)
      context.fillRect(x, y, NODE.width, NODE.height);
    else {
      context.fillStyle = panel;
      context.fillRect(x, y, NODE.width, NODE.height);
      context.lineWidth = 1.5 / zoom;
      context.strokeRect(x, y, NODE.width, NODE.height);
      if (look.shape === 'half') {
        context.fillStyle = color(look.token);
        context.fillRect(x, y + NODE.height / 2, NODE.width, NODE.height / 2);
      }
    }
    if (look.shape === 'crossed') {
      context.strokeStyle = panel;
      context.lineWidth = Math.max(2, 1.5 / zoom);
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(x + NODE.width, y + NODE.height);
      context.moveTo(x, y + NODE.height);
      context.lineTo(x + NODE.width, y);
      context.stroke();
    }
  }
};

/** Shapes distinguish states without colour: full is done, crossed failed, half is running, hollow is waiting. */
const LOOKS: Readonly<
  Record<StageStatus | 'outside', { readonly token: string; readonly shape: 'full' | 'crossed' | 'half' | 'hollow' }>
> = {
  succeeded: { token: '--good', shape: 'full' },
  failed: { token: '--bad', shape: 'crossed' },
  running: { token: '--busy', shape: 'half' },
  retrying: { token: '--warn', shape: 'half' },
  awaiting_gate: { token: '--ask', shape: 'half' },
  queued: { token: '--wait', shape: 'hollow' },
  ready: { token: '--wait', shape: 'hollow' },
  pending: { token: '--faint', shape: 'hollow' },
  cancelled: { token: '--off', shape: 'crossed' },
  skipped: { token: '--off', shape: 'hollow' },
  upstream_failed: { token: '--bad', shape: 'hollow' },
  outside: { token: '--line', shape: 'hollow' },
};
