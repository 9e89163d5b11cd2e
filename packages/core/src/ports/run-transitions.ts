import type {
  GateId,
  OverlapPolicy,
  PipelineName,
  PipelineVersion,
  ReusedFrom,
  RunEvent,
  RunId,
  RunStatus,
  StageError,
  StageName,
  Trigger,
} from '../domain/index.ts';
import type { AuditText } from './audit-transitions.ts';

/** Runs as a whole. */
export interface RunTransitions {
  /** - -> `starting` (root stages queued) | `queued` (waits for the overlap lock). */
  startRun(command: StartRun): Promise<StartAnswer>;
  /**
   * queued | starting | running | retrying -> `cancelling`, or straight to `cancelled` when nothing runs.
   * Once it returns, no further stage can start (S6).
   */
  cancelRun(command: CancelRun): Promise<CancelAnswer>;
  /**
   * queued | starting | running -> `paused`: running stages end, and no other starts until `resumeRun`. Its timeouts
   * stand still meanwhile (docs/adr/pauses.md). A run that is paused stays so.
   */
  pauseRun(command: PauseRun): Promise<PauseAnswer>;
  /**
   * paused -> where it was. Nothing was lost: what waited goes on waiting, at the front of its queue. A run whose
   * pipeline is paused too stays paused by that.
   */
  resumeRun(command: PauseRun): Promise<ResumeAnswer>;
  /**
   * Opens the next generation of a stage of a live run that has ended or waits, and of what depends on it. A stage that
   * runs loses its claim: its outcome is refused. Once it returns, no stage starts on an output that is to be made
   * again: a run of which more stages open again than one step may touch is held, paused, until `expandRun` has opened
   * the last one.
   */
  rerunStage(command: RerunStage): Promise<RerunAnswer>;
  /**
   * Pauses or resumes a pipeline, or all (null). Once it returns, no stage of its runs starts, or they may start again;
   * `followPauses` says so in the runs, and otherwise the claim or the sweep that meets them first. New runs are
   * accepted, and wait. False: it was so already, and who paused it first stands.
   */
  setPause(command: SetPause): Promise<boolean>;
  /** Pauses and resumes these runs as their pipelines and the deployment are. */
  followPauses(runIds: readonly RunId[]): Promise<void>;
  /**
   * Continues a transition cut short at `LIMITS.jobs_per_script`. `more`: runs with work left, this one or one that its
   * end admitted.
   */
  expandRun(runId: RunId): Promise<{ more: readonly RunId[] }>;
}

export interface StartRun {
  /** Chosen by the caller, so that a repeated command starts the same run. */
  readonly runId: RunId;
  readonly pipeline: PipelineName;
  readonly version: PipelineVersion;
  readonly trigger: Trigger;
  readonly overlap: OverlapPolicy;
  readonly mode: string | null;
  /** Validated, with defaults applied. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Run only these stages: dependencies outside the set count as met. Null: all stages. */
  readonly stages: readonly StageName[] | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly reason: string | null;
  /** The Idempotency-Key and a hash of its request body. Kept 24 h. */
  readonly idempotency: { readonly key: string; readonly bodyHash: string } | null;
  /**
   * The run whose overlap lock was taken over, because it ended without releasing it; recorded as
   * `run.lock_taken_over`.
   */
  readonly lockTakenOverFrom?: RunId;
  /**
   * For a tick: the schedule revision it was judged at. If the revision has moved on, the start is refused with
   * `schedule_changed`.
   */
  readonly scheduleRevision?: number;
  /**
   * The version comes from a cache: if it is no longer the pipeline's current one, the start is refused with
   * `outdated`.
   */
  readonly onlyIfCurrent?: boolean;
  /** The audit log's entry of this start: opened with the run, and only if there is one (`openAudit`). */
  readonly audit?: AuditText;
  /** Set for the retry of an ended run. */
  readonly retry?: RetryStart;
}

/** What a retry takes from the run that it retries. */
export interface RetryStart {
  readonly of: RunId;
  /** Stages that are from the start as the retried run left them; they are among the new run's stages. */
  readonly kept: readonly KeptStage[];
  /** Ids of the artifacts of the kept stages, in the order they were stored; the new run owns their files too. */
  readonly artifacts: readonly string[];
}
export type KeptStage = { readonly stage: StageName } & (
  | { readonly status: 'succeeded'; readonly reusedFrom: ReusedFrom }
  | { readonly status: 'skipped'; readonly reusedFrom: null }
);

export type StartAnswer =
  | {
      readonly kind: 'started' | 'queued';
      readonly runId: RunId;
      readonly cancelled: readonly RunId[];
      /**
       * The run's whole log when its start was recorded; null: the start continued afterwards, so the run has to be
       * read.
       */
      readonly events: readonly RunEvent[] | null;
    }
  | { readonly kind: 'repeated'; readonly runId: RunId; readonly cancelled: readonly RunId[] }
  /** `liveRunId` is the run that holds the overlap lock. */
  | { readonly kind: 'overlap'; readonly liveRunId: RunId }
  | { readonly kind: 'outdated' }
  /** The run to retry does not exist any more, or not as it was. */
  | { readonly kind: 'source_gone' }
  | { readonly kind: 'idempotency_mismatch' | 'unknown_version' | 'retired' | 'tick_done' | 'schedule_changed' };

export interface CancelRun {
  readonly runId: RunId;
  readonly reason: string | null;
  readonly by: string | null;
  /** Overrides the grace of every stage, ms. */
  readonly graceMs: number | null;
  /** Set by the watchdog: the run ends `failed` with this error instead of `cancelled`. */
  readonly failWith?: StageError;
  /**
   * Chosen by the caller, so that a repeated command is the same cancel. Without it, repeating a cancel that ended the
   * run answers `terminal`.
   */
  readonly commandId?: string;
}

export type CancelAnswer =
  | {
      readonly kind: 'cancelling' | 'cancelled' /** Runs to go on with by `expandRun`. */;
      readonly more: readonly RunId[];
    }
  | { readonly kind: 'terminal'; readonly status: RunStatus }
  | { readonly kind: 'unknown' };

export interface PauseRun {
  readonly runId: RunId;
  readonly by: string | null;
  readonly reason: string | null;
}

export interface SetPause extends Omit<PauseRun, 'runId'> {
  /** Null: the whole deployment. */
  readonly pipeline: PipelineName | null;
  readonly paused: boolean;
}

export interface RerunStage extends PauseRun {
  readonly stage: StageName;
  /** False: stages that depend on it keep the results that they have. */
  readonly downstream: boolean;
  /** After whose decision it is made anew: its notes reach the stage. Null: none. */
  readonly gate: GateId | null;
  /** Seq of the last event of which the caller knows: if the log is longer, the command is refused with `moved`. */
  readonly ifSeq: number | null;
  /**
   * An Idempotency-Key and a hash of what was asked, kept 24 h: the same command again opens no further generation.
   */
  readonly idempotency: { readonly key: string; readonly bodyHash: string } | null;
}

export type RerunAnswer =
  /** `more`: runs to go on with by `expandRun`. */
  | { readonly kind: 'reopened'; readonly more: readonly RunId[] }
  /** Nothing was done, because an earlier transition is still to be continued, by `expandRun`. */
  | { readonly kind: 'unfinished'; readonly more: readonly RunId[] }
  | { readonly kind: 'terminal'; readonly status: RunStatus }
  /** `never`: its trigger rule does not let it run, by how the stages before it ended. */
  | {
      readonly kind:
        | 'running'
        | 'not_begun'
        | 'never'
        | 'moved'
        | 'cancelling'
        | 'idempotency_mismatch'
        | 'unknown'
        | 'unknown_stage';
    };

export type PauseAnswer =
  | { readonly kind: 'paused' | 'cancelling' | 'unknown' }
  | { readonly kind: 'terminal'; readonly status: RunStatus };

export type ResumeAnswer =
  /** `more`: runs to go on with by `expandRun`. */
  | { readonly kind: 'resumed'; readonly more: readonly RunId[] }
  | { readonly kind: 'not_paused' | 'terminal'; readonly status: RunStatus }
  /** Its pipeline or the deployment is paused: the run goes on when that is resumed. */
  | { readonly kind: 'stays_paused' }
  | { readonly kind: 'unknown' };
