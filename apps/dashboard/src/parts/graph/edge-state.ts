import type { StageStatus } from '@millrace/core/domain';

/**
 * State of an edge: `waits`: nothing passed yet; `passed`: its target was started; `flows`: its target is running;
 * `broken`: nothing will pass; `outside`: not in this run.
 */
export type EdgeState = 'waits' | 'passed' | 'flows' | 'broken' | 'outside';

/** Undefined: the stage is not in the run. */
export const edgeState = (from: StageStatus | undefined, to: StageStatus | undefined): EdgeState => {
  if (from === undefined || to === undefined) return 'outside';
  if (to === 'skipped' || from === 'failed' || from === 'skipped' || from === 'cancelled') return 'broken';
  if (from !== 'succeeded') return 'waits';
  return to === 'running' || to === 'retrying' || to === 'queued' ? 'flows' : 'passed';
};

/** Line patterns distinguish the states without colour. */
export const EDGE_LINE: Readonly<Record<EdgeState, { readonly stroke: string; readonly width: number; readonly dash: readonly number[] }>> = {
  waits: { stroke: '--faint', width: 1.25, dash: [] },
  passed: { stroke: '--good', width: 1.75, dash: [] },
  flows: { stroke: '--busy', width: 2.5, dash: [] },
  broken: { stroke: '--bad', width: 1.5, dash: [6, 4] },
  outside: { stroke: '--line', width: 1.25, dash: [2, 4] },
};
