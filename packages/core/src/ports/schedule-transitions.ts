import type { PipelineName, ScheduleSpec } from '../domain/index.ts';

/** Schedules, and ticks that do not start a run. */
export interface ScheduleTransitions {
  /** Sets or removes the stored settings of a schedule. Once it returns, no tick is handled by the earlier settings. */
  putSchedule(command: PutSchedule): Promise<PutScheduleAnswer>;
  /**
   * Records a tick that starts no run (skipped, missed) and advances the schedule's cursor. `done`: the tick was
   * already handled; `schedule_changed`: as for `startRun`.
   */
  recordTick(tick: RecordTick): Promise<'recorded' | 'done' | 'schedule_changed'>;
}

/** The effect of a schedule, whether declared by the definition or the API. */
export type ScheduleSettings = Omit<ScheduleSpec, 'id'>;

/** Settings made through the API; they override the definition. */
export interface StoredSchedule {
  readonly id: string;
  readonly pipeline: PipelineName;
  /** Null: the definition's settings apply and may change; the API set only the pause and the note. */
  readonly settings: ScheduleSettings | null;
  /** When (ms since the epoch) it was paused and who paused it; null: not paused. */
  readonly paused: { readonly at: number; readonly by: string | null } | null;
  readonly note: string | null;
}

export interface PutSchedule {
  readonly id: string;
  /** Null: removes the stored settings. */
  readonly stored: StoredSchedule | null;
  /** The schedule begins now: ticks up to this instant that have not run never will. */
  readonly begins: boolean;
  /** The schedule revision the caller's decision is based on; null: any. */
  readonly revision: number | null;
  /**
   * Of the request, or generated for this change so that it can be resent. Kept 24 h; shares one namespace with those
   * of runs.
   */
  readonly idempotency: { readonly key: string; readonly bodyHash: string } | null;
}

export type PutScheduleAnswer =
  | { readonly kind: 'put' }
  /** An earlier command with this key already changed the schedule `id`. */
  | { readonly kind: 'repeated'; readonly id: string }
  /** `changed`: the revision has moved on. */
  | { readonly kind: 'idempotency_mismatch' | 'changed' };

export interface RecordTick {
  readonly scheduleId: string;
  /** ms since the epoch. */
  readonly instant: number;
  readonly outcome: 'skipped' | 'missed';
  /**
   * Null: the instant precedes the schedule and was never a tick of it. The cursor moves past it, and the ledger does
   * not list it.
   */
  readonly reason: string | null;
  readonly scheduleRevision?: number;
}
