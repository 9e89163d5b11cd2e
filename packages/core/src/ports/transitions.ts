import type {
  OverlapPolicy,
  Pipeline,
  PipelineName,
  PipelineVersion,
  RunEvent,
  RunId,
  RunStatus,
  ScheduleSpec,
  StageError,
  StageName,
  Trigger,
  TriggerKind,
  WorkerId,
} from '../domain/index.ts';
import type { ArtifactAmount } from './artifacts.ts';

/**
 * Every durable write of the system: each is one atomic, conditional transition, in Redis one script.
 * Each may be sent twice (a reply can be lost): the second answers as the first did, or says that it is over.
 * The Redis store and the in-memory twin pass one conformance suite (`testing/conformance`).
 */
export interface Transitions {
  /** Stores the version (idempotent) and, with `makeCurrent`, lets new runs start on it. */
  registerPipeline(pipeline: Pipeline, options: { makeCurrent: boolean }): Promise<void>;
  /**
   * Takes a pipeline out of the list of current ones; its runs and versions stay. Once it has answered, no run of it starts,
   * until it is registered as current again; its schedules then begin anew.
   */
  retirePipeline(name: PipelineName): Promise<void>;

  /**
   * Tells which pipelines the definition files of `source` define now, as a process has just loaded them (`loaded`), or that they still are what was
   * told last (a renewal). A renewal of a source that the store does not know changes nothing: load it anew.
   */
  registerDefinitions(command: RegisterDefinitions): Promise<{ readonly known: boolean }>;
  /** The process that told ends. What it told stays what is known last. */
  releaseDefinitions(source: string): Promise<void>;

  /** - -> `starting` (root stages queued) | `queued` (waits for the overlap slot). */
  startRun(command: StartRun): Promise<StartAnswer>;
  /**
   * queued | starting | running | retrying -> `cancelling`, or straight to `cancelled` when nothing runs.
   * Before it answers, no stage that has not started can start any more (S6).
   */
  cancelRun(command: CancelRun): Promise<CancelAnswer>;
  /** Goes on with a transition that was cut at `LIMITS.jobs_per_script`. `more`: the runs of which work is left, this one or one that its end let in. */
  expandRun(runId: RunId): Promise<{ more: readonly RunId[] }>;

  /** Registers a worker process, or renews its lease, and compares what it holds with what is recorded. */
  renewLease(command: RenewLease): Promise<LeaseAnswer>;
  /** The worker ends: what it still holds is queued again at once. */
  releaseWorker(worker: WorkerId): Promise<void>;
  /**
   * Records the outcome of a claim (if one is given) and claims the next ready stage of the queue (if `fetch`).
   * running -> succeeded | failed | retrying | cancelled | queued; queued | retrying -> running.
   */
  advance(command: Advance): Promise<AdvanceAnswer>;
  /** Several at once, in order, all of one worker and queue: as if each had been sent alone, but that what is due is looked for once, before the first that claims. */
  advanceAll(commands: readonly Advance[]): Promise<readonly AdvanceAnswer[]>;
  /**
   * Appends events of a running stage (log lines, progress, artifacts), fenced by the claim. `ordinal` numbers the reports of one claim
   * from 1: one that is sent again, because its reply was lost, is recorded once. Without it each call is a report of its own.
   * `artifactsOfRun`: what all attempts of the run may have recorded together; an artifact beyond it is left out, and the answer says so.
   */
  report(claim: ClaimRef, events: readonly ReportedEvent[], ordinal?: number, artifactsOfRun?: ArtifactAmount): Promise<ReportAnswer>;

  /**
   * Takes the stages of workers whose lease ended and queues them again. A loss counts for a stage that was all its worker held, and past `maxLost`
   * such losses it fails. Beside others nobody knows whose fault it was: a stage whose workers were lost twice so runs apart from then on.
   * `latest`: a clock of the store that shows more has jumped ahead, every lease looks ended by it, and nothing is done.
   */
  rescueLost(options: { maxLost: number; limit: number; latest?: number }): Promise<RescueAnswer>;
  /** Applies run, whole-stage and waiting timeouts that came due. `latest` as for `rescueLost`. */
  fireTimeouts(limit: number, latest?: number): Promise<number>;
  /**
   * The store's clock jumped: leases get their ttl, and delays and timeouts what was left of them. Schedules whose cursor is ahead of
   * the clock go on from now. Answers false when another caller has noted the same step.
   */
  noteClockStep(step: ClockStep): Promise<boolean>;
  /** Compares the next `limit` live runs with the queues and repairs differences older than `patienceMs` (default 5 s); cursor "0" starts and ends a pass. */
  reconcile(cursor: string, limit: number, patienceMs?: number): Promise<{ cursor: string; checked: number; repaired: number }>;
  /** Deletes terminal runs beyond `keep.count` or older than `keep.ageMs`, at most `limit`. */
  pruneRuns(keep: { count: number; ageMs: number }, limit: number): Promise<number>;
  /** The artifacts of these runs are removed: they are in `prunedArtifacts` no more. */
  forgetArtifacts(runIds: readonly RunId[]): Promise<void>;

  /** Renews or takes the scheduler's leadership; the answer's fence rises with each new leader. */
  lead(command: { scheduler: string; ttlMs: number }): Promise<{ leader: boolean; fence: number; holder: string }>;
  /** Sets or removes what is stored for a schedule. Once it has answered, no tick is handled by what was known before. */
  putSchedule(command: PutSchedule): Promise<PutScheduleAnswer>;
  /**
   * Records a tick that starts no run (skipped, missed) and moves the schedule's cursor. `done`: the tick was handled already;
   * `schedule_changed`: as for `startRun`.
   */
  recordTick(tick: RecordTick): Promise<'recorded' | 'done' | 'schedule_changed'>;
}

export interface RegisterDefinitions {
  /** Names the files: the same for every process that reads the same ones, so that the newest load is what holds. */
  readonly source: string;
  /** How long it holds without a renewal. */
  readonly ttlMs: number;
  /** Names, sorted. Of a renewal they are not looked at. */
  readonly pipelines: readonly string[];
  /** Names that broken files would define. */
  readonly broken: readonly string[];
  readonly loaded: boolean;
  /** The store had forgotten what this process had told it: noted as `lostAt` for an hour. */
  readonly afterLoss?: boolean;
}

export interface ClockStep {
  /** ms; negative: back. */
  readonly stepMs: number;
  /** From this instant of the new clock on, things may have been written by it, ms since the epoch. */
  readonly since: number;
  /** All that there may be. */
  readonly queues: readonly string[];
  readonly schedules: readonly string[];
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
  /** `liveRunId` is the run that holds the slot. */
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

/** Which claim a write belongs to. */
export interface ClaimRef {
  readonly runId: RunId;
  readonly stageIndex: number;
  readonly generation: number;
  readonly attempt: number;
  /** Rises with each claim of the run. A Redis that forgot its last writes gives none a second time. */
  readonly fence: number;
  /** Who was given the claim: nobody else's writes are taken. */
  readonly worker: WorkerId;
}

/** A stage that this worker may now run. */
export interface Claim extends ClaimRef {
  /** `jobIdOf(runId, stageIndex, generation)`. */
  readonly jobId: string;
  readonly pipeline: PipelineName;
  readonly version: PipelineVersion;
  readonly stage: StageName;
  readonly queue: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly trigger: { readonly kind: TriggerKind; readonly tick?: number };
  /** Outputs of the dependencies by stage name; null when there are too many to send along: read them with `outputsOf`. */
  readonly inputs: Readonly<Record<string, unknown>> | null;
  /** Redis's clock at the claim, ms. */
  readonly startedAt: number;
  /** When the whole stage times out, ms since the epoch, or null. */
  readonly stageDeadline: number | null;
}

export interface Advance {
  readonly worker: WorkerId;
  readonly queue: string;
  /** Names the slot of the worker that asks; one slot holds at most one claim. */
  readonly slot: string;
  readonly outcome: (ClaimRef & { readonly result: Outcome }) | null;
  readonly fetch: boolean;
}

/** How an attempt ended. */
export type Outcome =
  | { readonly kind: 'succeeded'; readonly outputJson: string }
  | { readonly kind: 'failed'; readonly error: StageError; readonly retryable: boolean /** Overrides a shorter policy delay, ms. */; readonly afterMs?: number }
  | { readonly kind: 'cancelled'; readonly reason: string }
  /**
   * Not run, or not run to its end, through no fault of the stage: back to the queue, no attempt is spent.
   * `no_compatible_version`: the stage is parked, outside of its queue, until a worker that is registered with its code has a free slot
   * (then before all that waits). `delayMs` counts only when the worker that hands it back is itself registered with that code.
   */
  | { readonly kind: 'handed_back'; readonly reason: 'drain' | 'no_compatible_version'; readonly delayMs: number };

export interface AdvanceAnswer {
  /** What became of the outcome: `retrying` and `failed` are the store's decision by the retry policy. `null`: none was given. */
  readonly recorded: 'succeeded' | 'failed' | 'retrying' | 'cancelled' | 'handed_back' | 'fenced' | null;
  readonly claim: Claim | null;
  /** When the queue's next delayed stage is due, ms since the epoch; 0: none. */
  readonly nextDueAt: number;
  /** The worker is not registered (its lease ended): it must register anew before it can claim. */
  readonly unregistered: boolean;
  /** The worker runs a stage that must run alone, or empties itself for one: there may be work, but not for it. Ask again in a while. */
  readonly holdsOff: boolean;
  /** Runs that have a transition to go on with: call `expandRun`. Of commands that were sent together the first answer has them all. */
  readonly expand: readonly RunId[];
}

export interface RenewLease {
  readonly worker: WorkerId;
  readonly ttlMs: number;
  readonly info: WorkerInfo;
  /** True for the first call of a process; a renewal of an unknown worker is refused. */
  readonly register: boolean;
  /** Numbers the renewals of a worker from 1. One that is sent again tells what was held when it was first sent: it finds no orphans. */
  readonly ordinal?: number;
  readonly held: readonly ClaimRef[];
}
export interface LeaseAnswer {
  readonly registered: boolean;
  /** Held claims that are no longer this worker's: abort them. */
  readonly fenced: readonly ClaimRef[];
  /** Held claims whose run is being cancelled. */
  readonly cancel: readonly (ClaimRef & { readonly reason: string; readonly graceMs: number | null })[];
  /** Stages recorded for this worker that it does not know (a lost reply); they were queued again. */
  readonly orphans: number;
}
export interface WorkerInfo {
  readonly host: string;
  readonly pid: number;
  readonly queues: readonly string[];
  readonly concurrency: number;
  /** `name@version` of the pipelines that it can run. */
  readonly pipelines: readonly string[];
}

/** An event that a running stage reports about itself. `data` is bounded by `LIMITS.event_bytes`. */
export interface ReportedEvent {
  readonly type: 'stage.log' | 'stage.progress' | 'stage.metric' | 'stage.artifact';
  readonly data: Readonly<Record<string, unknown>>;
}

export type ReportAnswer = 'ok' | 'fenced' | OverLimit;
/** What the run would have had with the first artifact that was left out. */
export interface OverLimit {
  readonly would: ArtifactAmount;
}

export interface RescueAnswer {
  readonly workers: readonly WorkerId[];
  readonly stages: number;
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
