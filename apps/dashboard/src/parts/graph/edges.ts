import { isTerminalStage, type StageStatus } from '@millrace/core/domain';
import { type Direction, NODE, type Place } from './graph-layout.ts';

/**
 * State of an edge: `waits`: nothing passed yet; `passed`: its target was started; `flows`: its target is running;
 * `broken`: nothing will pass; `outside`: not in this run.
 */
export type EdgeState = 'waits' | 'passed' | 'flows' | 'broken' | 'outside';

/** Undefined: the stage is not in the run. */
export const edgeState = (from: StageStatus | undefined, to: StageStatus | undefined): EdgeState => {
  if (from === undefined || to === undefined) return 'outside';
  if (to === 'skipped' || to === 'upstream_failed') return 'broken';
  if (!isTerminalStage(from)) return 'waits';
  // Any other target of a stage that did not succeed has a rule which lets it run.
  if (to === 'cancelled' && from !== 'succeeded') return 'broken';
  return to === 'running' || to === 'retrying' || to === 'queued' ? 'flows' : 'passed';
};

/** Line patterns distinguish the states without colour. */
export const EDGE_LINE: Readonly<
  Record<EdgeState, { readonly stroke: string; readonly width: number; readonly dash: readonly number[] }>
> = {
  waits: { stroke: '--faint', width: 1.25, dash: [] },
  passed: { stroke: '--good', width: 1.75, dash: [] },
  flows: { stroke: '--busy', width: 2.5, dash: [] },
  broken: { stroke: '--bad', width: 1.5, dash: [6, 4] },
  outside: { stroke: '--line', width: 1.25, dash: [2, 4] },
};

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
  return direction === 'right'
    ? ` C${middle.x},${a.y} ${middle.x},${b.y} ${b.x},${b.y}`
    : ` C${a.x},${middle.y} ${b.x},${middle.y} ${b.x},${b.y}`;
};
