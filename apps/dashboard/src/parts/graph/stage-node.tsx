import { Handle, type NodeProps, Position } from '@xyflow/react';
import { memo, use } from 'react';
import { formatShare } from '../../format/amounts.ts';
import { StatusIcon, toneOf, wordOf } from '../../ui/status.tsx';
import { StageTime } from './stage-time.tsx';
import type { StageNode as StageNodeShape, StageNodeData } from './flow-parts.ts';
import { NodeActions } from './node-actions.ts';

/** A stage of the graph: a button that opens its drawer. Rerenders only when its stage changes. */
export const StageNode = memo(
  ({ data }: NodeProps<StageNodeShape>) => {
    const { name, stage, kind, progress, selected, queue, down } = data;
    const actions = use(NodeActions);
    return (
      <>
        <Handle type="target" position={down ? Position.Top : Position.Left} isConnectable={false} className="invisible" />
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
                  : 'border-line'
          } ${stage === null && kind === null ? 'border-dashed text-faint' : ''}`}
        >
          <span className="flex items-center gap-1.5">
            {stage === null ? null : <StatusIcon status={stage.status} />}
            <span className="truncate font-semibold">{name}</span>
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
                <StageTime stage={stage} />
              </span>
              <span className="ml-auto truncate text-faint">{attemptsOf(data) ?? (queue === 'default' ? '' : queue)}</span>
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
        <Handle type="source" position={down ? Position.Bottom : Position.Right} isConnectable={false} className="invisible" />
      </>
    );
  },
  (before, after) => before.data === after.data,
);

/** Shown only after the first attempt. */
const attemptsOf = ({ stage, maximumAttempts }: StageNodeData): string | null =>
  stage !== null && stage.attempt > 1 ? `try ${stage.attempt}${maximumAttempts === null ? '' : `/${maximumAttempts}`}` : null;
