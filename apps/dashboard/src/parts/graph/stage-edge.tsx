import { BaseEdge, type EdgeProps } from '@xyflow/react';
import { edgePath } from './edge-path.ts';
import type { StageEdge as StageEdgeShape } from './flow-parts.ts';

/** The line between two stages, around the stages in between. */
export const StageEdge = ({ sourceX, sourceY, targetX, targetY, data, style }: EdgeProps<StageEdgeShape>) => {
  const { direction, bends } = data!;
  return <BaseEdge path={edgePath(direction, { x: sourceX, y: sourceY }, { x: targetX, y: targetY }, bends)} {...(style ? { style } : {})} />;
};
