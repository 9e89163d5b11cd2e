import type {
  Pause,
  Pipeline,
  PipelineName,
  PipelineResults,
  PipelineVersion,
  Run,
  RunEvent,
  RunId,
  RunStatus,
  RunSummary,
  StageName,
  StageRun,
  StageStatus,
  TriggerKind,
} from '../domain/index.ts';
import type { TokenView } from './access-transitions.ts';
import type { AuditHead, AuditText } from './audit-transitions.ts';
import type { ArtifactUse } from './artifacts.ts';
import type { StoredSchedule } from './schedule-transitions.ts';
import type { WorkerInfo } from './worker-transitions.ts';

/** All reads for views; none changes state. */
export interface Readings {
  /** The current version of each pipeline that is not retired, by name. */
  pipelines(): Promise<readonly Pipeline[]>;
  pipeline(name: PipelineName, version?: PipelineVersion): Promise<Pipeline | null>;
  /**
   * The version that was current when this process last read or registered the pipeline, from memory; null: it never
   * has.
   */
  knownPipeline(name: PipelineName): Promise<Pipeline | null>;
  /** The result of an Idempotency-Key used within the last 24 h, including a run that has since been pruned. */
  remembered(key: string): Promise<Remembered | null>;
  /**
   * Reports of the processes that load definition files: the live ones, else the last. Empty: there never was a report.
   */
  definitions(): Promise<readonly DefinitionsView[]>;
  /** When a process found that the store had lost everything, ms since the epoch; null: not within the last hour. */
  lostAt(): Promise<number | null>;
  /**
   * A consistent snapshot with every stage, attempt and output, as large as the run. Views use `runSummary` and
   * `stages`.
   */
  run(runId: RunId): Promise<Run | null>;
  runSummary(runId: RunId): Promise<RunSummary | null>;
  /** A page of the run's stages in definition order, a consistent snapshot. Null: no such run. */
  stages(runId: RunId, query: StageQuery): Promise<StagePage | null>;
  /**
   * Whether a run with an overlap lock was pruned before its closing work was done. False: the run is stored, was
   * closed, never existed, or was lost by this store. Meaningless for other runs.
   */
  wasPruned(runId: RunId): Promise<boolean>;
  artifactUse(runId: RunId): Promise<ArtifactUse>;
  /** Pruned runs whose artifacts are still to be removed, earliest pruned first. */
  prunedArtifacts(limit: number): Promise<{ readonly deployment: string; readonly runIds: readonly RunId[] }>;
  /** The ids that are stored runs, with the `deployment` at the same instant. */
  knownRuns(runIds: readonly RunId[]): Promise<{ readonly deployment: string; readonly runIds: readonly RunId[] }>;
  /** Newest first. */
  runs(query: RunQuery): Promise<Page<RunSummary>>;
  /** Runs of the pipeline that are not terminal, oldest first. */
  liveRuns(pipeline: PipelineName, limit: number): Promise<readonly RunId[]>;
  /** Number of such runs. */
  countLiveRuns(pipeline: PipelineName): Promise<number>;
  /** In the order of the names. */
  results(pipelines: readonly PipelineName[]): Promise<readonly PipelineResults[]>;
  /** When a run of each pipeline last succeeded, ms since the epoch; pipelines without a success have no entry. */
  lastSuccesses(): Promise<Readonly<Record<PipelineName, number>>>;
  /** The seq of the run's last event, and whether the run has ended. Null: no such run. */
  progress(runId: RunId): Promise<{ readonly lastSeq: number; readonly isOver: boolean } | null>;
  /** In order, seq > afterSeq. Null: no such run. */
  events(runId: RunId, range: { afterSeq: number; limit: number }): Promise<readonly RunEvent[] | null>;
  /** The last `limit` events before `beforeSeq` (exclusive; null: the end), in order. */
  eventsBefore(runId: RunId, range: { beforeSeq: number | null; limit: number }): Promise<readonly RunEvent[] | null>;
  /** The `stage.artifact` events of a run, in order, skipping the first `after`. Null: no such run. */
  artifactEvents(
    runId: RunId,
    range: { readonly after: number; readonly limit: number },
  ): Promise<readonly RunEvent[] | null>;
  /** Null: no such run, or no artifact with this id. */
  artifactEvent(runId: RunId, id: string): Promise<RunEvent | null>;
  outputsOf(runId: RunId, stageIndexes: readonly number[]): Promise<readonly unknown[]>;
  /** By lease expiry; with a page by name: at most its limit, after a given one. */
  workers(page?: { readonly after: string | null; readonly limit: number }): Promise<readonly WorkerView[]>;
  /** Queues of workers and current pipelines, and any that are not empty; with `names`, only these. */
  queues(names?: readonly string[]): Promise<readonly QueueView[]>;
  /** Every queue that `queues` may show, sorted. */
  queueNames(): Promise<readonly string[]>;
  /** Stages that wait for a worker with their code. */
  parked(): Promise<readonly ParkedView[]>;
  /** Pauses of pipelines and of the deployment. */
  pauses(): Promise<readonly PauseView[]>;
  /** What workers with a valid lease serve and can run: cheaper than `workers`, with less detail. */
  liveWorkers(): Promise<readonly WorkerInfo[]>;
  /** By name; with a page: at most its limit, after a given one. */
  locks(page?: { readonly after: string | null; readonly limit: number }): Promise<readonly LockView[]>;
  /** The overlap lock of the pipeline; null: no run holds it. */
  lock(pipeline: PipelineName): Promise<LockView | null>;
  schedules(): Promise<readonly StoredSchedule[]>;
  scheduleChanges(): Promise<ScheduleChanges>;
  /** The last instant handled for the schedule, ms since the epoch; null: none yet. */
  scheduleCursor(id: string): Promise<number | null>;
  /** The ledger, newest first, 1,000 at most; `before`: only instants before this one. */
  ticks(id: string, limit: number, before?: number): Promise<readonly TickView[]>;
  /** Named tokens, by name. */
  tokens(): Promise<readonly TokenView[]>;
  auditHead(): Promise<AuditHead>;
  /** Texts of the audit log before a seq (null: the end), newest first. */
  auditBefore(range: { readonly before: number | null; readonly limit: number }): Promise<readonly string[]>;
  /** Entries that are not in the log yet. */
  openAudits(): Promise<readonly AuditText[]>;
  /** Counters since the deployment began: `fenced`, `rescued`, `repaired`, `lock_taken_over`, … */
  counters(): Promise<Readonly<Record<string, number>>>;
  leader(): Promise<{ readonly holder: string; readonly fence: number; readonly ttlMs: number } | null>;
  /** When the store's clock last jumped, and by how much (negative: backwards), ms; null: never. */
  clockStep(): Promise<{ readonly at: number; readonly stepMs: number } | null>;
  /** The store's clock, ms since the epoch. */
  now(): Promise<number>;
}

export interface RunQuery {
  readonly pipeline?: PipelineName;
  readonly status?: readonly RunStatus[];
  /** `key=value` or `key`. */
  readonly label?: string;
  readonly trigger?: readonly TriggerKind[];
  /** A prefix or suffix of the run's id (domain/run-reference.ts). */
  readonly idPart?: string;
  /** A case-insensitive substring of the run's visible text (domain/mentions.ts). */
  readonly text?: string;
  /** created_at bounds, ms since the epoch, inclusive. */
  readonly since?: number;
  readonly until?: number;
  readonly limit: number;
  readonly cursor: string | null;
}
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export interface StageQuery {
  /** Only stages after this index in the definition; null: from the first. */
  readonly after: number | null;
  /** A page ends early once its stages exceed `STAGE_PAGE_BYTES`. */
  readonly limit: number;
  readonly status?: readonly StageStatus[];
  readonly names?: readonly StageName[];
  /** False: `output` is null. */
  readonly outputs: boolean;
}
export interface StagePage {
  /** From the same snapshot: events after `lastSeq` are not reflected in the page. */
  readonly run: RunSummary;
  readonly items: readonly StageRun[];
  /** The index of the last stage; null: no more follow. */
  readonly nextAfter: number | null;
}

/** The result of an Idempotency-Key. */
export interface Remembered {
  readonly bodyHash: string;
  /** Id of a run or a schedule. */
  readonly made: string;
  /** Null for the removal of a schedule. */
  readonly pipeline: string | null;
}

/** The pipelines that the files of one source define. */
export interface DefinitionsView {
  readonly source: string;
  readonly pipelines: readonly string[];
  readonly broken: readonly string[];
  /** False: the reporting process has ended, and no report has come since. */
  readonly live: boolean;
}

export interface WorkerView extends WorkerInfo {
  readonly worker: string;
  readonly leaseUntil: number;
  readonly registeredAt: number;
  /** Oldest first. */
  readonly holds: readonly { readonly runId: RunId; readonly stage: string; readonly since: number }[];
  /** It runs a stage that must run alone, or drains for one: it claims nothing else. */
  readonly holdsOff: boolean;
}
export interface QueueView {
  readonly queue: string;
  /** Including those that wait to run apart. */
  readonly waiting: number;
  /** Job ids of stages that wait for an empty worker. */
  readonly apart: readonly string[];
  readonly active: number;
  readonly delayed: number;
  readonly paused: boolean;
  /** Workers that serve it. */
  readonly workers: number;
}
/** Stages of one queue and code version, parked because the claiming worker lacked the code. */
export interface ParkedView {
  readonly queue: string;
  readonly pipeline: PipelineName;
  /** Null: commands, which a worker with any version of the pipeline can run. */
  readonly version: PipelineVersion | null;
  readonly stages: number;
  /** When the first of them was parked, ms since the epoch. */
  readonly since: number;
}
/** `pipeline` null: the whole deployment is paused. */
export interface PauseView extends Pause {
  readonly pipeline: PipelineName | null;
}
export interface LockView {
  readonly lock: string;
  readonly pipeline: PipelineName;
  readonly holder: RunId;
  readonly fence: number;
  readonly since: number;
  readonly ageMs: number;
  /** Runs that wait for the lock, in order. */
  readonly queued: readonly RunId[];
}
/** Shows whether schedules read earlier are still in force. */
export interface ScheduleChanges {
  /** Rises with every change of a stored schedule and of the list of current pipelines. */
  readonly revision: number;
  /**
   * When the first pipeline was registered, ms since the epoch; a change means the store lost everything in between.
   * Null: it has none.
   */
  readonly born: number | null;
  /** When schedules last began and retired pipelines came back, ms since the epoch; others have no entry. */
  readonly begun: Readonly<Record<string, number>>;
  readonly returned: Readonly<Record<string, number>>;
}
export interface TickView {
  readonly instant: number;
  readonly outcome: 'fired' | 'skipped' | 'missed' | 'caught_up';
  readonly reason: string | null;
  readonly runId: RunId | null;
  readonly handledAt: number;
}
