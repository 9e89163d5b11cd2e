/** Arrow-key navigation: forwards and back along edges, sideways to neighbours. */
import { type Dag, type Layout, NODE } from './graph-layout.ts';

export type Step = 'forward' | 'back' | 'next' | 'previous';

/** Meaning of a key in a graph of this direction; null: none. */
export const stepOf = (key: string, direction: Layout['direction']): Step | null => KEYS[direction][key] ?? null;
const KEYS: Readonly<Record<Layout['direction'], Readonly<Record<string, Step>>>> = {
  right: { ArrowRight: 'forward', ArrowLeft: 'back', ArrowDown: 'next', ArrowUp: 'previous' },
  down: { ArrowDown: 'forward', ArrowUp: 'back', ArrowRight: 'next', ArrowLeft: 'previous' },
};

/** Null: no stage there. Along an edge to the nearest stage; sideways to the nearest in the same column or row. */
export const walk = (graph: Dag, layout: Layout, stage: string, step: Step): string | null => {
  const here = layout.places.get(stage);
  if (!here) return null;
  const side = layout.direction === 'right' ? 'y' : 'x';
  const line = layout.direction === 'right' ? 'x' : 'y';
  const distance = (name: string): number => Math.abs(layout.places.get(name)![side] - here[side]);
  const nearest = (names: readonly string[]): string | null =>
    names.reduce<string | null>((best, name) => (best === null || distance(name) < distance(best) ? name : best), null);
  if (step === 'forward') return nearest(graph.edges.filter(({ from }) => from === stage).map(({ to }) => to));
  if (step === 'back') return nearest(graph.edges.filter(({ to }) => to === stage).map(({ from }) => from));
  const sign = step === 'next' ? 1 : -1;
  const breadth = layout.direction === 'right' ? NODE.width : NODE.height;
  return nearest(
    graph.nodes
      .map((node) => node.stage)
      .filter((name) => {
        const there = layout.places.get(name)!;
        return Math.abs(there[line] - here[line]) < breadth / 2 && (there[side] - here[side]) * sign > 0;
      }),
  );
};
