/** Each rank is a band; a rank too wide for one column is wrapped into several, so that a fan of a thousand stages is a block and not a thread. */
import { type Dag, type Direction, type Layout, NODE, type Place } from './dag.ts';

const GAP = { along: 28, across: 16, bands: 110 } as const;
/** Target aspect ratio: that of a screen. */
const SHAPE: Readonly<Record<Direction, number>> = { right: 1.9, down: 0.6 };

export const layInBands = (graph: Dag, direction: Direction): Layout => {
  const ranks = ranksOf(graph);
  const cell = direction === 'right' ? { along: NODE.width, across: NODE.height } : { along: NODE.height, across: NODE.width };
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
  return { direction, places: inOrder, bends: new Map(), ...(direction === 'right' ? { width: length, height: across } : { width: across, height: length }) };
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
    const wish = new Map(rank.map((stage, index) => [stage, meanOf(dependencies.get(stage)!, position) ?? index / rank.length]));
    rank.sort((a, b) => wish.get(a)! - wish.get(b)!);
    for (const [index, stage] of rank.entries()) position.set(stage, (index + 0.5) / rank.length);
  }
  return ranks;
};

const meanOf = (stages: readonly string[], position: ReadonlyMap<string, number>): number | null =>
  stages.length === 0 ? null : stages.reduce((sum, stage) => sum + (position.get(stage) ?? 0.5), 0) / stages.length;

/** Number of stages per line of a band that brings the whole closest to the target shape. */
const bestLine = (sizes: readonly number[], cell: { along: number; across: number }, shape: number, direction: Direction): number => {
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
