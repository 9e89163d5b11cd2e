/**
 * Layout of a graph. Small graphs use dagre; wide and large ones bands, which take a few ms for thousands of stages.
 */
import { Graph as DagreGraph, layout } from '@dagrejs/dagre';
import { type Dag, type Direction, edgeKey, type Layout, NODE, type Place } from './dag.ts';
import { layInBands } from './lay-in-bands.ts';

/** dagre takes about 1 ms per stage, and superlinearly more beyond this. */
export const SMALL = 60;

export const layOut = (graph: Dag, direction: Direction): Layout => (graph.nodes.length <= SMALL ? layByDagre(graph, direction) : layInBands(graph, direction));

const layByDagre = (graph: Dag, direction: Direction): Layout => {
  const drawn = new DagreGraph();
  drawn.setGraph({ rankdir: direction === 'right' ? 'LR' : 'TB', nodesep: 22, ranksep: direction === 'right' ? 64 : 44 });
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
const gapsOf = (points: readonly Place[]): readonly Place[] => points.slice(1, -1).filter((_, index) => index % 2 === 1);
