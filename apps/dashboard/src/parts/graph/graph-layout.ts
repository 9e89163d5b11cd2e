/**
 * Where the stages of a graph are drawn. Small graphs use dagre; large ones bands, which take a few ms for thousands of
 * stages.
 */
import { Graph as DagreGraph, layout } from '@dagrejs/dagre';
import type { Graph } from '@millrace/client';

export type Dag = Pick<Graph, 'nodes' | 'edges'>;
/** Size of a stage, px. */
export const NODE = { width: 216, height: 74 } as const;
/** `right`: stages are right of their dependencies; `down`: below them. */
export type Direction = 'right' | 'down';

export interface Place {
  readonly x: number;
  readonly y: number;
}
export interface Layout {
  readonly direction: Direction;
  readonly width: number;
  readonly height: number;
  /** Upper left corners, in the graph's topological order. */
  readonly places: ReadonlyMap<string, Place>;
  /** Waypoints of edges that pass other stages, by `edgeKey`: the middle of each gap. */
  readonly bends: ReadonlyMap<string, readonly Place[]>;
}
export const edgeKey = (from: string, to: string): string => `${from}>${to}`;

/** dagre takes about 1 ms per stage, and superlinearly more beyond this. */
export const SMALL = 60;

export const layOut = (graph: Dag, direction: Direction): Layout =>
  graph.nodes.length <= SMALL ? layByDagre(graph, direction) : layInBands(graph, direction);

const layByDagre = (graph: Dag, direction: Direction): Layout => {
  const drawn = new DagreGraph();
  drawn.setGraph({
    rankdir: direction === 'right' ? 'LR' : 'TB',
    nodesep: 22,
    ranksep: direction === 'right' ? 64 : 44,
  });
  drawn.setDefaultEdgeLabel(() => ({}));
  for (const { stage } of graph.nodes) drawn.setNode(stage, { ...NODE });
  for (const { from, to } of graph.edges) drawn.setEdge(from, to);
  layout(drawn);
  const places = new Map<string, Place>();
  for (const { stage } of graph.nodes) {
    const { x, y } = drawn.node(stage) as Place;
    places.set(stage, { x: x - NODE.width / 2, y: y - NODE.height / 2 });
  }
  const bends = new Map<string, readonly Place[]>();
  for (const { from, to } of graph.edges) {
    const gaps = gapsOf((drawn.edge(from, to) as { points: readonly Place[] }).points);
    if (gaps.length > 0) bends.set(edgeKey(from, to), gaps);
  }
  const { width = 0, height = 0 } = drawn.graph() as { width?: number; height?: number };
  return { direction, width, height, places, bends };
};

/** Of dagre's inner points, every second one lies in a rank of stages and the others halfway between two ranks. */
const gapsOf = (points: readonly Place[]): readonly Place[] =>
  points.slice(1, -1).filter((_, index) => index % 2 === 1);

const GAP = { along: 28, across: 16, bands: 110 } as const;
/** Target aspect ratio: that of a screen. */
const SHAPE: Readonly<Record<Direction, number>> = { right: 1.9, down: 0.6 };

/**
 * Each rank is a band; a rank too wide for one column is wrapped into several, so that a fan of a thousand stages is a
 * block and not a thread.
 */
const layInBands = (graph: Dag, direction: Direction): Layout => {
  const ranks = ranksOf(graph);
  const cell =
    direction === 'right' ? { along: NODE.width, across: NODE.height } : { along: NODE.height, across: NODE.width };
  const perLine = bestLine(
    ranks.map((rank) => rank.length),
    cell,
    SHAPE[direction],
    direction,
  );
  const across = perLine * (cell.across + GAP.across) - GAP.across;
  const places = new Map<string, Place>();
  let along = 0;
  for (const rank of ranks) {
    const lines = Math.ceil(rank.length / perLine);
    const inLine = Math.ceil(rank.length / lines);
    const start = (across - (inLine * (cell.across + GAP.across) - GAP.across)) / 2;
    rank.forEach((stage, index) => {
      const a = along + Math.floor(index / inLine) * (cell.along + GAP.along);
      const b = start + (index % inLine) * (cell.across + GAP.across);
      places.set(stage, direction === 'right' ? { x: a, y: b } : { x: b, y: a });
    });
    along += lines * (cell.along + GAP.along) - GAP.along + GAP.bands;
  }
  const length = Math.max(0, along - GAP.bands);
  const inOrder = new Map(graph.nodes.map(({ stage }) => [stage, places.get(stage)!]));
  return {
    direction,
    places: inOrder,
    bends: new Map(),
    ...(direction === 'right' ? { width: length, height: across } : { width: across, height: length }),
  };
};

/** Ranks by the longest path from a root; within a rank, stages are placed near the middle of their dependencies. */
const ranksOf = ({ nodes, edges }: Dag): readonly (readonly string[])[] => {
  const dependencies = new Map<string, string[]>(nodes.map(({ stage }) => [stage, []]));
  for (const { from, to } of edges) dependencies.get(to)?.push(from);
  const rankOf = new Map<string, number>();
  const ranks: string[][] = [];
  for (const { stage } of nodes) {
    const rank = dependencies.get(stage)!.reduce((deepest, from) => Math.max(deepest, (rankOf.get(from) ?? -1) + 1), 0);
    rankOf.set(stage, rank);
    (ranks[rank] ??= []).push(stage);
  }
  const position = new Map<string, number>();
  for (const rank of ranks) {
    const wish = new Map(
      rank.map((stage, index) => [stage, meanOf(dependencies.get(stage)!, position) ?? index / rank.length]),
    );
    rank.sort((a, b) => wish.get(a)! - wish.get(b)!);
    for (const [index, stage] of rank.entries()) position.set(stage, (index + 0.5) / rank.length);
  }
  return ranks;
};

const meanOf = (stages: readonly string[], position: ReadonlyMap<string, number>): number | null =>
  stages.length === 0 ? null : stages.reduce((sum, stage) => sum + (position.get(stage) ?? 0.5), 0) / stages.length;

/** Number of stages per line of a band that brings the whole closest to the target shape. */
const bestLine = (
  sizes: readonly number[],
  cell: { along: number; across: number },
  shape: number,
  direction: Direction,
): number => {
  let best = { perLine: 1, off: Number.POSITIVE_INFINITY };
  for (let perLine = 1; perLine <= Math.max(1, ...sizes); perLine++) {
    const lines = sizes.reduce((sum, size) => sum + Math.ceil(size / perLine), 0);
    const along = lines * (cell.along + GAP.along) + sizes.length * (GAP.bands - GAP.along);
    const across = perLine * (cell.across + GAP.across);
    const off = Math.abs(Math.log((direction === 'right' ? along / across : across / along) / shape));
    if (off < best.off) best = { perLine, off };
  }
  return best.perLine;
};
