import type { StageRun } from '@millrace/core/domain';

export const ORDERS = { start: 'by start', name: 'by name', duration: 'longest first' } as const;
export type Order = keyof typeof ORDERS;

/** A new list; stages that have not started come last, in plan order. */
export const inOrder = (stages: readonly StageRun[], order: Order, now: number): readonly StageRun[] => {
  if (order === 'name') return stages.toSorted((a, b) => a.stage.localeCompare(b.stage, 'en', { numeric: true }));
  if (order === 'start') return stages.toSorted((a, b) => startOf(a) - startOf(b) || 0);
  return stages.toSorted((a, b) => lengthOf(b, now) - lengthOf(a, now));
};

/** Two infinities would not compare: never started is as late as it gets. */
const startOf = ({ attempts, queuedAt }: StageRun): number => attempts[0]?.startedAt ?? queuedAt ?? Number.MAX_SAFE_INTEGER;
const lengthOf = ({ attempts, finishedAt }: StageRun, now: number): number => (attempts[0] === undefined ? -1 : (finishedAt ?? now) - attempts[0].startedAt);
