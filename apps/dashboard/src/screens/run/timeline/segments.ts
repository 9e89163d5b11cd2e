/** Splits a stage's time into segments: queued, running, between attempts. Pure. */
import type { AttemptRecord, StageRun } from '@millrace/core/domain';

/**
 * `between`: backoff after a failed attempt plus the wait for a worker; the split is not recorded. `backoff`: until the
 * known instant of the next attempt.
 */
export type SegmentKind = 'queued' | 'backoff' | 'between' | AttemptRecord['status'];

export interface Segment {
  readonly kind: SegmentKind;
  /** ms since the epoch. */
  readonly from: number;
  /** Null: still open. */
  readonly to: number | null;
  /** Null: not an attempt. */
  readonly attempt: AttemptRecord | null;
}

type Timed = Pick<StageRun, 'status' | 'queuedAt' | 'finishedAt' | 'nextAttemptAt' | 'attempts'>;

/**
 * In order, without overlap. Only the last enqueueing is recorded: after a lost worker, the first wait is not shown.
 * `retriedAt`: when backoffs ended, as far as events said, ms since the epoch, ascending.
 */
export const segmentsOf = (stage: Timed, retriedAt: readonly number[] = []): readonly Segment[] => {
  const segments: Segment[] = [];
  const { attempts, queuedAt, nextAttemptAt } = stage;
  const first = attempts[0];
  if (queuedAt !== null && (first === undefined || queuedAt <= first.startedAt))
    segments.push(waiting('queued', queuedAt, first?.startedAt ?? stage.finishedAt));
  attempts.forEach((attempt, index) => {
    segments.push({ kind: attempt.status, from: attempt.startedAt, to: attempt.finishedAt, attempt });
    if (attempt.finishedAt === null) return;
    const until = attempts[index + 1]?.startedAt ?? (stage.status === 'retrying' || stage.status === 'queued' ? null : stage.finishedAt);
    if (until === attempt.finishedAt) return;
    segments.push(...gap(attempt, attempt.finishedAt, until, until === null ? nextAttemptAt : dueWithin(retriedAt, attempt.finishedAt, until)));
  });
  return segments.filter(({ from, to }) => to === null || to > from);
};

/** What follows an attempt: a lost worker or a hand-back requeues the stage, a failure starts a backoff. */
const gap = ({ status }: AttemptRecord, from: number, to: number | null, due: number | null): readonly Segment[] => {
  if (status === 'worker_lost' || status === 'handed_back') return [waiting('queued', from, to)];
  if (due === null) return [waiting('between', from, to)];
  return [waiting('backoff', from, due), waiting('queued', due, to)];
};

const dueWithin = (instants: readonly number[], from: number, to: number): number | null => instants.find((at) => at >= from && at <= to) ?? null;

const waiting = (kind: SegmentKind, from: number, to: number | null): Segment => ({ kind, from, to, attempt: null });

/** Labels of the kinds. */
export const SEGMENT_WORDS: Readonly<Record<SegmentKind, string>> = {
  queued: 'in the queue',
  backoff: 'backoff',
  between: 'backoff, then waiting for a worker',
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
  worker_lost: 'worker lost',
  handed_back: 'handed back',
};
