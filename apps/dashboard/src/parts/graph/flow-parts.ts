/** The graph as React Flow nodes and edges. Unchanged ones keep their identity, so that only changes rerender. */
import type { Stage } from '@millrace/client';
import type { StageRun } from '@millrace/core/domain';
import { type Edge, type Node, Position } from '@xyflow/react';
import type { Progress } from '../../live/live-run.ts';
import type { WaitingGate } from '../gates/use-waiting-gates.ts';
import { EDGE_LINE, edgeState } from './edges.ts';
import { type Dag, type Direction, edgeKey, type Layout, NODE, type Place } from './graph-layout.ts';

export interface StageNodeData extends Record<string, unknown> {
  readonly name: string;
  readonly queue: string;
  /** Null: not in this run, or there is no run. */
  readonly stage: StageRun | null;
  /** Kind of the stage, shown outside of a run: "command", "function". */
  readonly kind: string | null;
  readonly progress: Progress | null;
  /** Null: unknown. */
  readonly maximumAttempts: number | null;
  /** Whether it asks people, before it runs, on its result, or as all that it does. */
  readonly asks: boolean;
  /** Of its gate that waits, ISO-8601; null: none, or it waits for ever. */
  readonly deadline: string | null;
  readonly selected: boolean;
  /** Whether its dependencies are above it instead of to its left. */
  readonly down: boolean;
}
export type StageNode = Node<StageNodeData, 'stage'>;
export type StageEdge = Edge<{ readonly direction: Direction; readonly bends: readonly Place[] }, 'stage'>;

export interface Drawn {
  readonly dag: Dag;
  readonly layout: Layout;
  readonly stages: ReadonlyMap<string, StageRun>;
  readonly progress: ReadonlyMap<string, Progress>;
  readonly definitions: ReadonlyMap<string, Stage>;
  /** Gates of the run that wait, by stage. */
  readonly gates: ReadonlyMap<string, WaitingGate>;
  readonly selected: string | null;
  /** False: the definition is drawn without a run. */
  readonly ofRun: boolean;
}

export const nodeMaker = (): ((drawn: Drawn) => StageNode[]) => {
  let made = new Map<string, StageNode>();
  return ({ dag, layout, stages, progress, definitions, gates, selected, ofRun }) => {
    const next = new Map<string, StageNode>();
    for (const { stage: name, queue, kind } of dag.nodes) {
      const position = layout.places.get(name)!;
      const before = made.get(name);
      const data: StageNodeData = {
        name,
        queue,
        stage: stages.get(name) ?? null,
        kind: ofRun ? null : kind,
        progress: progress.get(name) ?? null,
        maximumAttempts: definitions.get(name)?.retry.maximum_attempts ?? null,
        asks: kind === 'gate' || (definitions.get(name)?.gate?.required ?? false),
        deadline: gates.get(name)?.deadline ?? null,
        selected: selected === name,
        down: layout.direction === 'down',
      };
      next.set(
        name,
        before?.position === position && isSame(before.data, data) ? before : toNode(name, position, layout, data),
      );
    }
    made = next;
    return [...next.values()];
  };
};

const isSame = (a: StageNodeData, b: StageNodeData): boolean => Object.keys(a).every((key) => a[key] === b[key]);

/** Sizes and handles are given, so that edges need no measuring. */
const toNode = (
  name: string,
  position: { x: number; y: number },
  { direction }: Layout,
  data: StageNodeData,
): StageNode => ({
  id: name,
  type: 'stage',
  position,
  data,
  ...NODE,
  measured: NODE,
  handles:
    direction === 'right'
      ? [
          { type: 'target', position: Position.Left, x: 0, y: NODE.height / 2, width: 1, height: 1 },
          { type: 'source', position: Position.Right, x: NODE.width, y: NODE.height / 2, width: 1, height: 1 },
        ]
      : [
          { type: 'target', position: Position.Top, x: NODE.width / 2, y: 0, width: 1, height: 1 },
          { type: 'source', position: Position.Bottom, x: NODE.width / 2, y: NODE.height, width: 1, height: 1 },
        ],
  ariaRole: 'group',
});

export const edgeMaker = (): ((drawn: Pick<Drawn, 'dag' | 'layout' | 'stages' | 'ofRun'>) => StageEdge[]) => {
  let made = new Map<string, StageEdge>();
  let madeFor: Layout | null = null;
  return ({ dag, layout, stages, ofRun }) => {
    const next = new Map<string, StageEdge>();
    for (const { from, to } of dag.edges) {
      const state = ofRun ? edgeState(stages.get(from)?.status, stages.get(to)?.status) : 'waits';
      const id = edgeKey(from, to);
      const before = madeFor === layout ? made.get(id) : undefined;
      next.set(id, before?.className === state ? before : toEdge(id, from, to, state, layout));
    }
    made = next;
    madeFor = layout;
    return [...next.values()];
  };
};

const toEdge = (
  id: string,
  source: string,
  target: string,
  state: keyof typeof EDGE_LINE,
  { direction, bends }: Layout,
): StageEdge => {
  const { stroke, width, dash } = EDGE_LINE[state];
  return {
    id,
    type: 'stage',
    source,
    target,
    data: { direction, bends: bends.get(id) ?? NONE },
    className: state,
    focusable: false,
    domAttributes: { 'aria-hidden': true },
    style: {
      stroke: `var(${stroke})`,
      strokeWidth: width,
      ...(dash.length > 0 ? { strokeDasharray: dash.join(' ') } : {}),
    },
  };
};
const NONE: readonly Place[] = [];
