import type { PipelineName, RunId } from './ids.ts';

/** The facts that a run's event log records, each with its coarse kind and the sentence shown for it. */
export const EVENT_TYPES = {
  'run.created': { kind: 'start', says: 'run created' },
  'run.admitted': { kind: 'state_change', says: 'run got its overlap slot' },
  'run.expanded': { kind: 'state_change', says: 'more stages of a wide transition were queued' },
  'run.cancelling': { kind: 'state_change', says: 'cancel requested' },
  'run.succeeded': { kind: 'success', says: 'run succeeded' },
  'run.failed': { kind: 'failure', says: 'run failed' },
  'run.cancelled': { kind: 'state_change', says: 'run cancelled' },
  'run.lock_taken_over': { kind: 'state_change', says: 'a stale overlap lock was taken over' },
  'run.repaired': { kind: 'state_change', says: 'the reconciler repaired the run' },
  'stage.started': { kind: 'start', says: 'stage started' },
  'stage.succeeded': { kind: 'success', says: 'stage succeeded' },
  'stage.failed': { kind: 'failure', says: 'stage failed' },
  'stage.retrying': { kind: 'error', says: 'attempt failed; the stage will be retried' },
  'stage.skipped': { kind: 'state_change', says: 'stage skipped' },
  'stage.cancelled': { kind: 'state_change', says: 'stage cancelled' },
  'stage.handed_back': { kind: 'state_change', says: 'the worker handed the stage back' },
  'stage.rescued': { kind: 'error', says: 'the worker was lost; the stage is queued again' },
  'stage.fenced': { kind: 'error', says: 'a late write was refused' },
  'stage.log': { kind: 'log', says: 'log' },
  'stage.progress': { kind: 'metric', says: 'progress' },
  'stage.metric': { kind: 'metric', says: 'metric' },
  'stage.artifact': { kind: 'metric', says: 'artifact stored' },
} as const;

export type EventType = keyof typeof EVENT_TYPES;
/** The last event of a run: nothing comes after it. */
export const isLastOfRun = (type: EventType): boolean => type === 'run.succeeded' || type === 'run.failed' || type === 'run.cancelled';
export type EventKind = 'start' | 'success' | 'failure' | 'log' | 'metric' | 'error' | 'state_change' | 'heartbeat';

/** A recorded fact. `seq` is dense per run: 1, 2, 3 … */
export interface RunEvent {
  readonly seq: number;
  readonly runId: RunId;
  readonly pipeline: PipelineName;
  /** The stage's name, or `pipeline` for facts of the whole run. */
  readonly stage: string;
  /** 0 for facts of the whole run. */
  readonly attempt: number;
  /** The stage's, or the run's for facts of the whole run. */
  readonly generation: number;
  readonly type: EventType;
  /** ms since the epoch, Redis's clock. */
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** `data` of `stage.log`: lines in order; `s` is the stream they came from. */
export interface LogData {
  readonly lines: readonly { readonly s: 'out' | 'err' | 'log'; readonly t: string }[];
}
