/** Types of the drawn graph. */
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
