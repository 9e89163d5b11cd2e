/** Splits a stage's time into segments: queued, running, between attempts. Pure. */
import type { AttemptRecord, StageRun } from '@millrace/core/domain';

/**
 * `between`: backoff after a failed attempt plus the wait for a worker; the split is not recorded. `backoff`: until the
 * known instant of the next attempt.
 */
export type SegmentKind = 'queued' | 'gate' | 'backoff' | 'between' | AttemptRecord['status'];

export interface Segment {
  readonly kind: SegmentKind;
  /** ms since the epoch. */
  readonly from: number;
  /** Null: still open. */
  readonly to: number | null;
  /** Null: not an attempt. */
  readonly attempt: AttemptRecord | null;
}

type Timed = Pick<StageRun, 'status' | 'generation' | 'queuedAt' | 'finishedAt' | 'nextAttemptAt' | 'attempts'>;

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
    const next = attempts[index + 1];
    // Between two generations the stage had ended, or waited for others.
    if ((next ?? stage).generation !== attempt.generation) {
      const from = queuedAt === null || queuedAt < attempt.finishedAt ? null : queuedAt;
      const to = next?.startedAt ?? stage.finishedAt;
      if (from !== null && (to === null || from < to)) segments.push(waiting('queued', from, to));
      return;
    }
    const until =
      next?.startedAt ?? (stage.status === 'retrying' || stage.status === 'queued' ? null : stage.finishedAt);
    if (until === attempt.finishedAt) return;
    segments.push(
      ...gap(
        attempt,
        attempt.finishedAt,
        until,
        until === null ? nextAttemptAt : dueWithin(retriedAt, attempt.finishedAt, until),
      ),
    );
  });
  return segments.filter(({ from, to }) => to === null || to > from);
};

/** What follows an attempt: a lost worker or a hand-back requeues the stage, a failure starts a backoff. */
const gap = ({ status }: AttemptRecord, from: number, to: number | null, due: number | null): readonly Segment[] => {
  // At a gate before the stage, or on its result.
  if (status === 'gated' || status === 'succeeded') return [waiting('gate', from, to)];
  if (status === 'worker_lost' || status === 'handed_back') return [waiting('queued', from, to)];
  if (due === null) return [waiting('between', from, to)];
  return [waiting('backoff', from, due), waiting('queued', due, to)];
};

const dueWithin = (instants: readonly number[], from: number, to: number): number | null =>
  instants.find((at) => at >= from && at <= to) ?? null;

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
  gated: 'asked at its gate',
  gate: 'at its gate',
};

type Ended = Pick<StageRun, 'stage' | 'startedAt' | 'finishedAt' | 'status'>;

/**
 * The critical path: from the stage that ended last back through the dependency that ended last, and so on. Running
 * stages count as ending last. Empty before anything has started.
 */
export const criticalPath = (
  stages: readonly Ended[],
  edges: readonly { readonly from: string; readonly to: string }[],
): ReadonlySet<string> => {
  const byName = new Map(stages.map((stage) => [stage.stage as string, stage]));
  const endOf = (stage: Ended): number =>
    stage.startedAt === null ? Number.NEGATIVE_INFINITY : (stage.finishedAt ?? Number.POSITIVE_INFINITY);
  const latest = (some: readonly Ended[]): Ended | undefined =>
    some
      .filter(({ startedAt }) => startedAt !== null)
      .reduce<Ended | undefined>(
        (last, stage) => (last === undefined || endOf(stage) > endOf(last) ? stage : last),
        undefined,
      );
  const dependencies = new Map<string, Ended[]>();
  for (const { from, to } of edges) {
    const stage = byName.get(from);
    if (stage) dependencies.set(to, [...(dependencies.get(to) ?? []), stage]);
  }
  const path = new Set<string>();
  for (
    let stage = latest(stages);
    stage !== undefined && !path.has(stage.stage);
    stage = latest(dependencies.get(stage.stage) ?? [])
  )
    path.add(stage.stage);
  return path;
};

export const ORDERS = { start: 'by start', name: 'by name', duration: 'longest first' } as const;
export type Order = keyof typeof ORDERS;

/** Returns a new list; stages that have not started come last, in topological order. */
export const inOrder = (stages: readonly StageRun[], order: Order, now: number): readonly StageRun[] => {
  if (order === 'name') return stages.toSorted((a, b) => a.stage.localeCompare(b.stage, 'en', { numeric: true }));
  if (order === 'start') return stages.toSorted((a, b) => startOf(a) - startOf(b) || 0);
  return stages.toSorted((a, b) => lengthOf(b, now) - lengthOf(a, now));
};

/** Infinities do not compare: use the largest finite number for stages that never started. */
const startOf = ({ attempts, queuedAt }: StageRun): number =>
  attempts[0]?.startedAt ?? queuedAt ?? Number.MAX_SAFE_INTEGER;
const lengthOf = ({ attempts, finishedAt }: StageRun, now: number): number =>
  attempts[0] === undefined ? -1 : (finishedAt ?? now) - attempts[0].startedAt;
