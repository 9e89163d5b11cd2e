import { describe, expect, test } from 'vitest';
import { edgePath } from '../../../apps/dashboard/src/parts/graph/edges.ts';
import { type Dag, type Direction, layOut, NODE, SMALL } from '../../../apps/dashboard/src/parts/graph/graph-layout.ts';
import { stepOf, walk } from '../../../apps/dashboard/src/parts/graph/walk.ts';

const dagOf = (dependencies: Readonly<Record<string, readonly string[]>>): Dag => ({
  nodes: Object.keys(dependencies).map((stage) => ({ stage, queue: 'default', kind: 'function' })),
  edges: Object.entries(dependencies).flatMap(([to, froms]) => froms.map((from) => ({ from, to }))),
});
const diamond = dagOf({ a: [], b: ['a'], c: ['a'], d: ['b', 'c'] });
const names = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => `s${n}`);
const fan = dagOf(
  Object.fromEntries([['root', []], ...names(1_500).map((name) => [name, ['root']]), ['end', names(1_500)]]),
);
const chain = dagOf(Object.fromEntries(names(SMALL + 1).map((name, n) => [name, n === 0 ? [] : [`s${n - 1}`]])));

describe.each<Direction>(['right', 'down'])('%s', (direction) => {
  test.each([
    ['a diamond', diamond],
    ['a fan of 1,500', fan],
    ['a chain', chain],
    ['one stage', dagOf({ only: [] })],
    ['two parts', dagOf({ a: [], b: [], c: ['a'] })],
  ])('%s: no two stages overlap, each stands after what it depends on, all inside', (_, dag) => {
    const layout = layOut(dag, direction);
    expect([...layout.places.keys()]).toEqual(dag.nodes.map(({ stage }) => stage));
    const axis = direction === 'right' ? 'x' : 'y';
    const size = direction === 'right' ? NODE.width : NODE.height;
    for (const { from, to } of dag.edges)
      expect(layout.places.get(to)![axis]).toBeGreaterThanOrEqual(layout.places.get(from)![axis] + size);
    const taken = [...layout.places.values()].toSorted((a, b) => a.x - b.x);
    taken.forEach((place, index) => {
      expect(
        place.x >= -0.5 &&
          place.y >= -0.5 &&
          place.x + NODE.width <= layout.width + 0.5 &&
          place.y + NODE.height <= layout.height + 0.5,
      ).toBe(true);
      for (const other of taken.slice(index + 1)) {
        if (other.x >= place.x + NODE.width) break;
        if (Math.abs(other.y - place.y) < NODE.height)
          throw new Error(`${JSON.stringify(place)} overlaps ${JSON.stringify(other)}`);
      }
    });
  });

  test('a fan of 1,500 is a block of about a screen, not a thread', () => {
    const { width, height } = layOut(fan, direction);
    expect(Math.max(width / height, height / width)).toBeLessThan(3);
  });
});

/** Of a chain of four, and edges that pass one stage of it and two. */
const shortcuts = dagOf({ a: [], b: ['a'], c: ['a', 'b'], d: ['a', 'c'] });

test.each<Direction>(['right', 'down'])('an edge goes around the stages that it passes, drawn %s', (direction) => {
  const { places, bends } = layOut(shortcuts, direction);
  expect(Object.fromEntries([...bends].map(([edge, gaps]) => [edge, gaps.length]))).toEqual({ 'a>c': 1, 'a>d': 2 });
  const crossed = [...bends].flatMap(([edge, gaps]) =>
    gaps.flatMap((gap) =>
      [...places]
        .filter(([, { x, y }]) => gap.x > x && gap.x < x + NODE.width && gap.y > y && gap.y < y + NODE.height)
        .map(([stage]) => `${edge} crosses ${stage}`),
    ),
  );
  expect(crossed).toEqual([]);
});

test('the line of an edge is level past a stage that it goes by', () => {
  const path = edgePath('right', { x: 0, y: 0 }, { x: 600, y: 0 }, [{ x: 300, y: 100 }]);
  expect(path).toBe(`M0,0 C96,0 96,100 192,100 L408,100 C504,100 504,0 600,0`);
});

test('an empty graph has no size and no places', () => {
  expect(layOut(dagOf({}), 'right').places.size).toBe(0);
});

test('arrow keys lead along edges and to neighbours, and nowhere at the ends', () => {
  const layout = layOut(diamond, 'right');
  const [upper, lower] = layout.places.get('b')!.y < layout.places.get('c')!.y ? ['b', 'c'] : ['c', 'b'];
  const press = (stage: string, key: string): string | null => walk(diamond, layout, stage, stepOf(key, 'right')!);
  expect(['b', 'c']).toContain(press('a', 'ArrowRight'));
  expect(press(upper, 'ArrowDown')).toBe(lower);
  expect(press(lower, 'ArrowUp')).toBe(upper);
  expect(press(lower, 'ArrowDown')).toBeNull();
  expect(press('b', 'ArrowRight')).toBe('d');
  expect(press('d', 'ArrowRight')).toBeNull();
  expect(press('a', 'ArrowLeft')).toBeNull();
  expect(walk(diamond, layout, 'nobody', 'forward')).toBeNull();
});

test('in a graph drawn downwards the keys are turned', () => {
  expect(stepOf('ArrowDown', 'down')).toBe('forward');
  expect(stepOf('ArrowDown', 'right')).toBe('next');
  expect(stepOf('a', 'right')).toBeNull();
});
