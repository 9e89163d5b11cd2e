import type { OverlapPolicy, PipelineName, PipelineVersion, RunEvent, RunId, RunStatus, StageError, StageName, Trigger } from '../domain/index.ts';

/** Runs as a whole. */
export interface RunTransitions {
  /** - -> `starting` (root stages queued) | `queued` (waits for the overlap lock). */
  startRun(command: StartRun): Promise<StartAnswer>;
  /**
   * queued | starting | running | retrying -> `cancelling`, or straight to `cancelled` when nothing runs.
   * Before it answers, no stage that has not started can start any more (S6).
   */
  cancelRun(command: CancelRun): Promise<CancelAnswer>;
  /** Goes on with a transition that was cut at `LIMITS.jobs_per_script`. `more`: the runs of which work is left, this one or one that its end let in. */
  expandRun(runId: RunId): Promise<{ more: readonly RunId[] }>;
}

export interface StartRun {
  /** Chosen by the caller, so that the same command twice is the same run. */
  readonly runId: RunId;
  readonly pipeline: PipelineName;
  readonly version: PipelineVersion;
  readonly trigger: Trigger;
  readonly overlap: OverlapPolicy;
  readonly mode: string | null;
  /** Validated, with defaults applied. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Run only these stages: dependencies outside the set count as met. Null: all of them. */
  readonly stages: readonly StageName[] | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly reason: string | null;
  /** The Idempotency-Key and a hash of the body that came with it. Kept 24 h. */
  readonly idempotency: { readonly key: string; readonly bodyHash: string } | null;
  /** The overlap lock was taken over from this run, which had ended without releasing it: recorded as `run.lock_taken_over`. */
  readonly lockTakenOverFrom?: RunId;
  /** Of a tick: the revision of the schedules that it was judged by. Another one by now refuses the start, with `schedule_changed`. */
  readonly scheduleRevision?: number;
  /** The version was read a while ago: when it is not the pipeline's current one any more, the start is refused with `outdated`. */
  readonly onlyIfCurrent?: boolean;
}

export type StartAnswer =
  | {
      readonly kind: 'started' | 'queued';
      readonly runId: RunId;
      readonly cancelled: readonly RunId[];
      /** The run's whole log when its start was recorded; null: the start went on after that, and the run has to be read. */
      readonly events: readonly RunEvent[] | null;
    }
  | { readonly kind: 'repeated'; readonly runId: RunId; readonly cancelled: readonly RunId[] }
  /** `liveRunId` is the run that holds the overlap lock. */
  | { readonly kind: 'overlap'; readonly liveRunId: RunId }
  | { readonly kind: 'outdated' }
  | { readonly kind: 'idempotency_mismatch' | 'unknown_version' | 'retired' | 'tick_done' | 'schedule_changed' };

export interface CancelRun {
  readonly runId: RunId;
  readonly reason: string | null;
  readonly by: string | null;
  /** Overrides each stage's grace, ms. */
  readonly graceMs: number | null;
  /** Set by the watchdog: the run ends `failed` with this error instead of `cancelled`. */
  readonly failWith?: StageError;
  /** Chosen by the caller, so that the same command twice is the same cancel: without it a run that it has ended is `terminal` the second time. */
  readonly commandId?: string;
}

export type CancelAnswer =
  | { readonly kind: 'cancelling' | 'cancelled' /** Runs to go on with by `expandRun`. */; readonly more: readonly RunId[] }
  | { readonly kind: 'terminal'; readonly status: RunStatus }
  | { readonly kind: 'unknown' };
