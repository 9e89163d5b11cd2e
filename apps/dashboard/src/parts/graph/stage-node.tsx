import type { StageRun } from '@millrace/core/domain';
import { BaseEdge, type EdgeProps, Handle, type NodeProps, Position } from '@xyflow/react';
import { createContext, type KeyboardEvent, memo, use } from 'react';
import { formatShare } from '../../format/amounts.ts';
import { StatusIcon, toneOf, wordOf } from '../../ui/status-mark.tsx';
import { Countdown, Elapsed } from '../../ui/times.tsx';
import { edgePath } from './edges.ts';
import type { StageEdge as StageEdgeShape, StageNode as StageNodeShape, StageNodeData } from './flow-parts.ts';

/** Actions of the graph's buttons. */
export interface NodeActions {
  open(stage: string): void;
  pressed(stage: string, event: KeyboardEvent): void;
  focused(stage: string, button: HTMLElement): void;
}
export const NodeActions = createContext<NodeActions>({ open: () => {}, pressed: () => {}, focused: () => {} });

/** A stage of the graph: a button that opens its drawer. Rerenders only when its stage changes. */
export const StageNode = memo(
  ({ data }: NodeProps<StageNodeShape>) => {
    const { name, stage, kind, progress, selected, queue, down, asks, deadline } = data;
    const actions = use(NodeActions);
    return (
      <>
        <Handle
          type="target"
          position={down ? Position.Top : Position.Left}
          isConnectable={false}
          className="invisible"
        />
        <button
          type="button"
          data-stage={name}
          aria-expanded={selected}
          onClick={() => actions.open(name)}
          onKeyDown={(event) => actions.pressed(name, event)}
          onFocus={(event) => actions.focused(name, event.currentTarget)}
          className={`pointer-events-auto relative flex size-full flex-col justify-center gap-1 overflow-hidden rounded-lg border bg-panel px-3 text-left hover:bg-raised ${
            selected
              ? 'border-accent ring-2 ring-accent'
              : stage?.status === 'failed'
                ? 'border-bad'
                : stage?.status === 'running'
                  ? 'border-busy'
                  : stage?.status === 'awaiting_gate'
                    ? 'border-ask ring-1 ring-ask'
                    : 'border-line'
          } ${stage === null && kind === null ? 'border-dashed text-faint' : ''}`}
        >
          <span className="flex items-center gap-1.5">
            {stage === null ? null : <StatusIcon status={stage.status} />}
            <span className="truncate font-semibold">{name}</span>
            {asks ? <GateMark /> : null}
          </span>
          {stage === null ? (
            <span className="flex justify-between gap-2 text-quiet">
              {kind ?? 'not in this run'}
              {kind === null || queue === 'default' ? null : <span className="truncate text-faint">{queue}</span>}
            </span>
          ) : (
            <span className="flex items-baseline gap-2 whitespace-nowrap">
              <span className={toneOf(stage.status)}>{wordOf(stage.status)}</span>
              <span className="text-quiet">
                <StageTime stage={stage} deadline={deadline} />
              </span>
              <span className="ml-auto truncate text-faint">
                {attemptsOf(data) ?? (queue === 'default' ? '' : queue)}
              </span>
            </span>
          )}
          {progress === null ? null : (
            <>
              <span className="sr-only">, {formatShare(progress.fraction)} done</span>
              <span className="absolute inset-x-0 bottom-0 h-1.5 bg-raised">
                <span className="block h-full bg-busy" style={{ width: `${Math.min(1, progress.fraction) * 100}%` }} />
              </span>
            </>
          )}
        </button>
        <Handle
          type="source"
          position={down ? Position.Bottom : Position.Right}
          isConnectable={false}
          className="invisible"
        />
      </>
    );
  },
  (before, after) => before.data === after.data,
);

/** A diamond, as flow charts have for a decision. */
const GateMark = () => (
  <span title="Asks for a decision" className="ml-auto shrink-0 text-ask">
    <span aria-hidden="true">◆</span>
    <span className="sr-only">, has a gate</span>
  </span>
);

/** Shown only after the first attempt, or once the stage is run again. */
const attemptsOf = ({ stage, maximumAttempts }: StageNodeData): string | null => {
  if (stage === null) return null;
  const again = stage.generation > 1 && stage.reusedFrom === null ? `gen ${stage.generation}` : null;
  const tries =
    stage.attempt > 1 ? `try ${stage.attempt}${maximumAttempts === null ? '' : `/${maximumAttempts}`}` : null;
  return [again, tries].filter((part) => part !== null).join(' ') || null;
};

/**
 * Duration of a stage so far, the time until its next attempt or the deadline of its gate, or how long it has waited;
 * nothing before it starts.
 */
export const StageTime = ({ stage, deadline = null }: { stage: StageRun; deadline?: string | null }) => {
  if (stage.status === 'awaiting_gate') {
    const since = stage.attempts.at(-1)?.finishedAt ?? null;
    if (deadline !== null) return <Countdown to={deadline} />;
    return since === null ? null : <Elapsed from={since} to={null} />;
  }
  if (stage.status === 'retrying' && stage.nextAttemptAt !== null) return <Countdown to={stage.nextAttemptAt} />;
  if (stage.status === 'queued' && stage.queuedAt !== null) return <Elapsed from={stage.queuedAt} to={null} />;
  if (stage.reusedFrom !== null) return <>reused</>;
  if (stage.startedAt === null) return null;
  return <Elapsed from={stage.startedAt} to={stage.finishedAt} />;
};

/** The line between two stages, around the stages in between. */
export const StageEdge = ({ sourceX, sourceY, targetX, targetY, data, style }: EdgeProps<StageEdgeShape>) => {
  const { direction, bends } = data!;
  return (
    <BaseEdge
      path={edgePath(direction, { x: sourceX, y: sourceY }, { x: targetX, y: targetY }, bends)}
      {...(style ? { style } : {})}
    />
  );
};
