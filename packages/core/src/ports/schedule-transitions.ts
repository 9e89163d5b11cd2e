import type { PipelineName, ScheduleSpec } from '../domain/index.ts';

/** Schedules, and ticks that start no run. */
export interface ScheduleTransitions {
  /** Sets or removes what is stored for a schedule. Once it has answered, no tick is handled by what was known before. */
  putSchedule(command: PutSchedule): Promise<PutScheduleAnswer>;
  /**
   * Records a tick that starts no run (skipped, missed) and moves the schedule's cursor. `done`: the tick was handled already;
   * `schedule_changed`: as for `startRun`.
   */
  recordTick(tick: RecordTick): Promise<'recorded' | 'done' | 'schedule_changed'>;
}

/** What a schedule does, whoever declared it. */
export type ScheduleSettings = Omit<ScheduleSpec, 'id'>;

/** What the API has set for a schedule; it wins over the definition. */
export interface StoredSchedule {
  readonly id: string;
  readonly pipeline: PipelineName;
  /** Null: as the pipeline's definition says, which may change; only the pause and the note are the API's. */
  readonly settings: ScheduleSettings | null;
  /** Since when (ms since the epoch) and by whom; null: not paused. */
  readonly paused: { readonly at: number; readonly by: string | null } | null;
  readonly note: string | null;
}

export interface PutSchedule {
  readonly id: string;
  /** Null: nothing is stored for it any more. */
  readonly stored: StoredSchedule | null;
  /** The schedule begins now: of the ticks up to this instant none is run that was not run yet. */
  readonly begins: boolean;
  /** The revision of the schedules that the caller decided by; null: whatever it is. */
  readonly revision: number | null;
  /** Of the request, or made for this one change so that it can be sent twice. Kept 24 h, in one space with those of runs. */
  readonly idempotency: { readonly key: string; readonly bodyHash: string } | null;
}

export type PutScheduleAnswer =
  | { readonly kind: 'put' }
  /** An earlier command with this key changed the schedule `id`. */
  | { readonly kind: 'repeated'; readonly id: string }
  /** `changed`: the revision is another one by now. */
  | { readonly kind: 'idempotency_mismatch' | 'changed' };

export interface RecordTick {
  readonly scheduleId: string;
  /** ms since the epoch. */
  readonly instant: number;
  readonly outcome: 'skipped' | 'missed';
  /** Null: the instant is older than the schedule and never was a tick of it. The cursor moves past it, and the ledger does not list it. */
  readonly reason: string | null;
  readonly scheduleRevision?: number;
}
