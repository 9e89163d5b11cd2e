import type { StageRun } from '@millrace/core/domain';

export const ORDERS = { start: 'by start', name: 'by name', duration: 'longest first' } as const;
export type Order = keyof typeof ORDERS;

/** Returns a new list; stages that have not started come last, in topological order. */
export const inOrder = (stages: readonly StageRun[], order: Order, now: number): readonly StageRun[] => {
  if (order === 'name') return stages.toSorted((a, b) => a.stage.localeCompare(b.stage, 'en', { numeric: true }));
  if (order === 'start') return stages.toSorted((a, b) => startOf(a) - startOf(b) || 0);
  return stages.toSorted((a, b) => lengthOf(b, now) - lengthOf(a, now));
};

/** Infinities do not compare: use the largest finite number for stages that never started. */
const startOf = ({ attempts, queuedAt }: StageRun): number => attempts[0]?.startedAt ?? queuedAt ?? Number.MAX_SAFE_INTEGER;
const lengthOf = ({ attempts, finishedAt }: StageRun, now: number): number => (attempts[0] === undefined ? -1 : (finishedAt ?? now) - attempts[0].startedAt);
