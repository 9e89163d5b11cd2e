import type { GateActor, GateDecision, GateId, GateKind, GateStatus } from './gates.ts';
import type { StageError } from './run.ts';
import type { EventType, LogData, RunEvent } from './events.ts';
import type { Pause, TriggerKind } from './run.ts';
import type { StageStatus } from './states.ts';
import type { Wait } from './wait-causes.ts';

/**
 * The `data` of each event, in its wire spelling. Times are ms since the epoch, durations ms;
 * `duration_ms` is null if its subject never started. `queued` lists the stages that became claimable, in plan order.
 */
export interface EventData {
  'run.created': {
    readonly version: string;
    readonly trigger: {
      readonly kind: TriggerKind;
      readonly schedule_id?: string;
      readonly tick?: number;
      readonly caught_up?: boolean;
      readonly by?: string;
    };
    readonly mode: string | null;
    readonly labels: Readonly<Record<string, string>>;
    readonly reason: string | null;
    /** The run's fence: rises with every run of the pipeline. */
    readonly fence: number;
    readonly status: 'starting' | 'queued';
    /** The stages of this run, in plan order. */
    readonly stages: readonly string[];
    /** Empty while the run waits for its overlap lock. */
    readonly queued: readonly string[];
    /** Of a retry: the run that it retries. */
    readonly retry_of?: string;
    /** Stages that have succeeded from the start, by the run that made their results. */
    readonly reused?: readonly {
      readonly run_id: string;
      readonly generation: number;
      readonly other_params: boolean;
      readonly stages: readonly string[];
    }[];
    /** Stages that the retried run skipped, and that are skipped from the start. */
    readonly skipped?: readonly string[];
  };
  'run.admitted': { readonly queued: readonly string[] };
  'run.expanded': { readonly queued: readonly string[] };
  'run.paused': Pause;
  /** `status`: where it goes on; `queued`: the stages that were parked. */
  'run.resumed': {
    readonly status: 'queued' | 'starting' | 'running';
    readonly by: string | null;
    readonly reason: string | null;
    readonly queued: readonly string[];
  };
  'run.cancelling': { readonly reason: string | null; readonly by: string | null };
  'run.succeeded': { readonly duration_ms: number | null };
  'run.failed': {
    readonly error: StageError & { readonly stage: string | null; readonly attempt: number | null };
    readonly duration_ms: number | null;
  };
  'run.cancelled': { readonly reason: string | null; readonly by: string | null; readonly duration_ms: number | null };
  'run.lock_taken_over': Readonly<Record<string, unknown>>;
  /** `repairs`: the differences, as `kind:name`, 50 at most. */
  'run.repaired': { readonly repairs: readonly string[]; readonly queued: readonly string[] };
  'stage.started': { readonly worker: string; readonly fence: number; readonly queue: string };
  'stage.succeeded': { readonly duration_ms: number; readonly queued: readonly string[] };
  'stage.failed': {
    readonly error: StageError;
    readonly duration_ms: number | null;
    /** Absent: none, which is usual. */
    readonly queued?: readonly string[];
  };
  'stage.retrying': { readonly error: StageError; readonly delay_ms: number; readonly next_attempt_at: number };
  /** `because`: the dependency whose end decided it. */
  'stage.skipped': { readonly because: string; readonly queued?: readonly string[] };
  'stage.upstream_failed': { readonly because: string; readonly queued?: readonly string[] };
  'stage.cancelled': { readonly reason: string | null };
  /**
   * Its next generation began, the one that the event names. `because`: the stage that was told to run again; null: it
   * is this one, and `by` and `reason` say who told it and why, or `gate` after which decision it is made anew. `was`:
   * the state that the generation before it was left in.
   */
  'stage.reopened': {
    readonly because: string | null;
    readonly was: StageStatus;
    readonly by?: string | null;
    readonly reason?: string | null;
    readonly gate?: GateId;
    readonly queued?: readonly string[];
  };
  /** `next_attempt_at`, ms since the epoch: no worker may claim it earlier. */
  'stage.handed_back': { readonly reason: string; readonly worker: string; readonly next_attempt_at?: number };
  /** The stage is parked outside its queue. */
  'stage.parked': Wait;
  /** `alone`: the worker held no other stage. `lost`: number of workers lost while they ran only this stage. */
  'stage.rescued': { readonly worker: string; readonly lost: number; readonly alone: boolean };
  /** `what`: the kind of the refused outcome, or `report`. */
  'stage.fenced': { readonly fence: number; readonly current_fence: number; readonly what: string };
  /** `deadline`: ms since the epoch. */
  'gate.opened': {
    readonly gate: GateId;
    readonly kind: GateKind;
    readonly opening: number;
    readonly deadline: number | null;
    readonly shown_digest: string;
  };
  'gate.passed': { readonly reason: string };
  /** `votes`: how many there are now. */
  'gate.voted': {
    readonly gate: GateId;
    readonly verb: 'approve' | 'withdraw';
    readonly by: GateActor;
    readonly votes: number;
    readonly quorum: number;
  };
  'gate.reminded': {
    readonly gate: GateId;
    readonly after_ms: number;
    readonly notify: string | null;
    readonly add_approvers: readonly string[];
  };
  'gate.decided': {
    readonly gate: GateId;
    readonly status: GateStatus;
    readonly via: GateDecision['via'];
    readonly by: GateActor | null;
    readonly notes: string | null;
    /** Absent: none, which is usual. */
    readonly queued?: readonly string[];
  };
  'stage.log': LogData;
  'stage.progress': Readonly<Record<string, unknown>>;
  'stage.metric': Readonly<Record<string, unknown>>;
  'stage.artifact': Readonly<Record<string, unknown>>;
}

/** The event's data if the event has that type, else null. */
export const dataOf = <T extends EventType>(event: RunEvent, type: T): EventData[T] | null =>
  event.type === type ? (event.data as unknown as EventData[T]) : null;
