/** Where the stages of a graph stand. Small graphs are drawn by dagre; wide and large ones in bands, which takes a few ms for thousands of stages. */
import { Graph as DagreGraph, layout } from '@dagrejs/dagre';
import { type Dag, type Direction, type Layout, NODE, type Place } from './dag.ts';
import { layInBands } from './lay-in-bands.ts';

/** dagre takes about a ms a stage, and more than proportionally more beyond. */
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
  const { width = 0, height = 0 } = drawn.graph() as { width?: number; height?: number };
  return { direction, width, height, places };
};
