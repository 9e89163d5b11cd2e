import type { PipelineName, RunId } from './ids.ts';
import { isTerminalRun, isTerminalStage, type RunStatus, type StageStatus } from './states.ts';

interface EventRow {
  /** Coarse category. */
  readonly kind: EventKind;
  /** Text shown for it. */
  readonly says: string;
  /**
   * The state that the event moves its subject to: the run for `run.*`, the stage for all others; absent: none.
   * `run.created` itself carries where the run begins, and `run.resumed` where it goes on. Two moves are not those of
   * an event's own subject: `stage.started` moves a run from `starting` to `running`, and every stage that an event
   * names in `queued` is moved to `queued`.
   */
  readonly to?: RunStatus | StageStatus;
}

/** The types of events in a run's log. */
export const EVENT_TYPES = {
  'run.created': { kind: 'start', says: 'run created' },
  'run.admitted': { kind: 'state_change', says: 'run got its overlap lock', to: 'starting' },
  'run.expanded': { kind: 'state_change', says: 'more stages of a wide transition were queued' },
  'run.paused': { kind: 'state_change', says: 'run paused', to: 'paused' },
  'run.resumed': { kind: 'state_change', says: 'run resumed' },
  'run.cancelling': { kind: 'state_change', says: 'cancel requested', to: 'cancelling' },
  'run.succeeded': { kind: 'success', says: 'run succeeded', to: 'succeeded' },
  'run.failed': { kind: 'failure', says: 'run failed', to: 'failed' },
  'run.cancelled': { kind: 'state_change', says: 'run cancelled', to: 'cancelled' },
  'run.lock_taken_over': { kind: 'state_change', says: 'a stale overlap lock was taken over' },
  'run.repaired': { kind: 'state_change', says: 'the reconciler repaired the run' },
  'stage.started': { kind: 'start', says: 'stage started', to: 'running' },
  'stage.succeeded': { kind: 'success', says: 'stage succeeded', to: 'succeeded' },
  'stage.failed': { kind: 'failure', says: 'stage failed', to: 'failed' },
  'stage.retrying': { kind: 'error', says: 'attempt failed; the stage will be retried', to: 'retrying' },
  'stage.skipped': { kind: 'state_change', says: 'stage skipped', to: 'skipped' },
  'stage.upstream_failed': {
    kind: 'state_change',
    says: 'stage cannot run after a failure',
    to: 'upstream_failed',
  },
  'stage.cancelled': { kind: 'state_change', says: 'stage cancelled', to: 'cancelled' },
  'stage.reopened': { kind: 'state_change', says: 'stage is to run again: its next generation', to: 'pending' },
  'stage.handed_back': { kind: 'state_change', says: 'the worker handed the stage back', to: 'queued' },
  'stage.parked': { kind: 'state_change', says: 'the stage waits outside of its queue' },
  'stage.rescued': { kind: 'error', says: 'the worker was lost; the stage is queued again', to: 'queued' },
  'stage.fenced': { kind: 'error', says: 'a late write was refused' },
  'gate.opened': { kind: 'state_change', says: 'a gate waits for a decision', to: 'awaiting_gate' },
  'gate.passed': { kind: 'state_change', says: 'a gate asked nobody' },
  'gate.voted': { kind: 'state_change', says: 'a vote at a gate was given or withdrawn' },
  'gate.reminded': { kind: 'state_change', says: 'nobody has decided at a gate yet' },
  'gate.decided': { kind: 'state_change', says: 'a gate was closed' },
  'stage.log': { kind: 'log', says: 'log' },
  'stage.progress': { kind: 'metric', says: 'progress' },
  'stage.metric': { kind: 'metric', says: 'metric' },
  'stage.artifact': { kind: 'metric', says: 'artifact stored' },
} as const satisfies Readonly<Record<`${'run' | 'stage' | 'gate'}.${string}`, EventRow>>;

export type EventType = keyof typeof EVENT_TYPES;

const toOf = (type: EventType): RunStatus | StageStatus | null => (EVENT_TYPES[type] as EventRow).to ?? null;
/** The state that the event moves its run to; null: none. */
export const runStateAfter = (type: EventType): RunStatus | null =>
  type.startsWith('run.') ? (toOf(type) as RunStatus | null) : null;
/** The state that the event moves its stage to; null: none. */
export const stageStateAfter = (type: EventType): StageStatus | null =>
  type.startsWith('run.') ? null : (toOf(type) as StageStatus | null);

/** The last event of a run. */
export const isLastOfRun = (type: EventType): boolean => {
  const to = runStateAfter(type);
  return to !== null && isTerminalRun(to);
};
/** The event ends a stage. */
export const isLastOfStage = (type: EventType): boolean => {
  const to = stageStateAfter(type);
  return to !== null && isTerminalStage(to);
};
export type EventKind = 'start' | 'success' | 'failure' | 'log' | 'metric' | 'error' | 'state_change' | 'heartbeat';

/** A recorded fact. `seq` is dense per run: 1, 2, 3 … */
export interface RunEvent {
  readonly seq: number;
  readonly runId: RunId;
  readonly pipeline: PipelineName;
  /** The stage's name, or `pipeline` for events of the whole run. */
  readonly stage: string;
  /** 0 for events of the whole run. */
  readonly attempt: number;
  /** Of the stage, or of the run for events of the whole run. */
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
