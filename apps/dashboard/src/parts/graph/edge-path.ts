import { type Direction, NODE, type Place } from './dag.ts';

/** SVG path of an edge: horizontal at both ends and past every stage in between. */
export const edgePath = (direction: Direction, from: Place, to: Place, bends: readonly Place[]): string => {
  const half = (direction === 'right' ? NODE.width : NODE.height) / 2;
  const along = direction === 'right' ? { x: half, y: 0 } : { x: 0, y: half };
  let path = `M${from.x},${from.y}`;
  let at = from;
  for (const { x, y } of bends) {
    path += curve(direction, at, { x: x - along.x, y: y - along.y }) + ` L${x + along.x},${y + along.y}`;
    at = { x: x + along.x, y: y + along.y };
  }
  return path + curve(direction, at, to);
};

const curve = (direction: Direction, a: Place, b: Place): string => {
  const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  return direction === 'right' ? ` C${middle.x},${a.y} ${middle.x},${b.y} ${b.x},${b.y}` : ` C${a.x},${middle.y} ${b.x},${middle.y} ${b.x},${b.y}`;
};
