/** The shapes that drawing the graph is about. */
import type { Graph } from '@millrace/client';

export type Dag = Pick<Graph, 'nodes' | 'edges'>;
/** Size of a stage, px. */
export const NODE = { width: 216, height: 74 } as const;
/** `right`: a stage stands right of what it depends on; `down`: below it. */
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
  /** By `edgeKey`, of edges that go by other stages: the middle of each gap that they take. */
  readonly bends: ReadonlyMap<string, readonly Place[]>;
}
export const edgeKey = (from: string, to: string): string => `${from}>${to}`;
