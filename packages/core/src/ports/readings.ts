import type {
  Pipeline,
  PipelineName,
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
import type { ArtifactUse } from './artifacts.ts';
import type { StoredSchedule } from './schedule-transitions.ts';
import type { WorkerInfo } from './worker-transitions.ts';

/** Everything that views read; nothing here changes state. */
export interface Readings {
  /** The current version of each pipeline that is not retired, by name. */
  pipelines(): Promise<readonly Pipeline[]>;
  pipeline(name: PipelineName, version?: PipelineVersion): Promise<Pipeline | null>;
  /** The version that was current when this process last read or registered one of the name, without asking; null: it never has. */
  knownPipeline(name: PipelineName): Promise<Pipeline | null>;
  /** What was made with an Idempotency-Key within the last 24 h, a run that was pruned since included. */
  remembered(key: string): Promise<Remembered | null>;
  /** What the processes that load definition files have told: those that still do, else the last that did. Empty: nobody ever told. */
  definitions(): Promise<readonly DefinitionsView[]>;
  /** When a process found that the store had forgotten everything, ms since the epoch; null: not within the last hour. */
  lostAt(): Promise<number | null>;
  /** With every stage, attempt and output, at one instant: as large as the run is. Views take `runSummary` and `stages`. */
  run(runId: RunId): Promise<Run | null>;
  runSummary(runId: RunId): Promise<RunSummary | null>;
  /** A page of the run's stages in the order of its definition, all at one instant. Null: no such run. */
  stages(runId: RunId, query: StageQuery): Promise<StagePage | null>;
  /**
   * Of a run with an overlap lock: it was pruned before its closing work was done. False: it is here, or never was, or it was closed, or this
   * store forgot it. Of other runs it means nothing.
   */
  wasPruned(runId: RunId): Promise<boolean>;
  artifactUse(runId: RunId): Promise<ArtifactUse>;
  /** Pruned runs whose artifacts are still to be removed, the longest pruned first. */
  prunedArtifacts(limit: number): Promise<{ readonly deployment: string; readonly runIds: readonly RunId[] }>;
  /** Those of the ids that are runs here; `deployment` is of the same instant. */
  knownRuns(runIds: readonly RunId[]): Promise<{ readonly deployment: string; readonly runIds: readonly RunId[] }>;
  /** Newest first. */
  runs(query: RunQuery): Promise<Page<RunSummary>>;
  /** Runs of the pipeline that are not terminal, oldest first. */
  liveRuns(pipeline: PipelineName, limit: number): Promise<readonly RunId[]>;
  /** How many of them there are. */
  countLiveRuns(pipeline: PipelineName): Promise<number>;
  /** When a run of each pipeline last succeeded, ms since the epoch; one of which none ever did is missing. */
  lastSuccesses(): Promise<Readonly<Record<PipelineName, number>>>;
  /** How far the run has come: the seq of its last event, and whether it is over. Null: no such run. */
  progress(runId: RunId): Promise<{ readonly lastSeq: number; readonly isOver: boolean } | null>;
  /** In order, seq > afterSeq. Null: no such run. */
  events(runId: RunId, range: { afterSeq: number; limit: number }): Promise<readonly RunEvent[] | null>;
  /** The last `limit` events before `beforeSeq` (exclusive; null: the end), in order. */
  eventsBefore(runId: RunId, range: { beforeSeq: number | null; limit: number }): Promise<readonly RunEvent[] | null>;
  /** The `stage.artifact` events of a run, in order, after the first `after` of them. Null: no such run. */
  artifactEvents(runId: RunId, range: { readonly after: number; readonly limit: number }): Promise<readonly RunEvent[] | null>;
  /** Null: no such run, or it has no artifact of this id. */
  artifactEvent(runId: RunId, id: string): Promise<RunEvent | null>;
  outputsOf(runId: RunId, stageIndexes: readonly number[]): Promise<readonly unknown[]>;
  /** By the end of their leases; with a page by name, those after one of them, as many as its limit. */
  workers(page?: { readonly after: string | null; readonly limit: number }): Promise<readonly WorkerView[]>;
  /** Those of workers and of current pipelines, and those where something is left; with `names`, of these alone. */
  queues(names?: readonly string[]): Promise<readonly QueueView[]>;
  /** Every queue that `queues` may show, sorted. */
  queueNames(): Promise<readonly string[]>;
  /** Stages that wait for a worker with their code. */
  parked(): Promise<readonly ParkedView[]>;
  /** What the workers whose lease has not ended serve and can run: less than `workers` tells, and cheaper. */
  liveWorkers(): Promise<readonly WorkerInfo[]>;
  /** By name; with a page, those after one of them, as many as its limit. */
  locks(page?: { readonly after: string | null; readonly limit: number }): Promise<readonly LockView[]>;
  /** The overlap lock of the pipeline; null: no run has it. */
  lock(pipeline: PipelineName): Promise<LockView | null>;
  schedules(): Promise<readonly StoredSchedule[]>;
  scheduleChanges(): Promise<ScheduleChanges>;
  /** The last instant handled for the schedule, ms since the epoch; null: none yet. */
  scheduleCursor(id: string): Promise<number | null>;
  /** The ledger, newest first, 1,000 at most; `before`: only instants before this one. */
  ticks(id: string, limit: number, before?: number): Promise<readonly TickView[]>;
  /** Counters since the deployment began: `fenced`, `rescued`, `repaired`, `lock_taken_over`, … */
  counters(): Promise<Readonly<Record<string, number>>>;
  leader(): Promise<{ readonly holder: string; readonly fence: number; readonly ttlMs: number } | null>;
  /** When the store's clock was last seen to jump, and by how much (negative: back), ms; null: never. */
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
  /** The beginning or end of the run's id (domain/run-reference.ts). */
  readonly idPart?: string;
  /** A part of what the run shows (domain/mentions.ts), whatever its case. */
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
  /** Those after this index in the definition; null: from the first. */
  readonly after: number | null;
  /** The page is shorter where its stages would be more than `STAGE_PAGE_BYTES`. */
  readonly limit: number;
  readonly status?: readonly StageStatus[];
  readonly names?: readonly StageName[];
  /** False: `output` is null. */
  readonly outputs: boolean;
}
export interface StagePage {
  /** Of the same instant: what its events after `lastSeq` tell is not in the page. */
  readonly run: RunSummary;
  readonly items: readonly StageRun[];
  /** The index of the last one; null: no more follow. */
  readonly nextAfter: number | null;
}

/** Of an Idempotency-Key. */
export interface Remembered {
  readonly bodyHash: string;
  /** A run's or a schedule's id. */
  readonly made: string;
  /** Null: of a schedule's removal. */
  readonly pipeline: string | null;
}

/** Which pipelines the files of one source define. */
export interface DefinitionsView {
  readonly source: string;
  readonly pipelines: readonly string[];
  readonly broken: readonly string[];
  /** False: the process that told has ended, and nobody has told since. */
  readonly live: boolean;
}

export interface WorkerView extends WorkerInfo {
  readonly worker: string;
  readonly leaseUntil: number;
  readonly registeredAt: number;
  /** Oldest first. */
  readonly holds: readonly { readonly runId: RunId; readonly stage: string; readonly since: number }[];
  /** It runs a stage that must run alone, or empties itself for one: it claims nothing beside. */
  readonly holdsOff: boolean;
}
export interface QueueView {
  readonly queue: string;
  /** Those that wait apart included. */
  readonly waiting: number;
  /** Job ids of stages that wait for a worker that holds nothing else. */
  readonly apart: readonly string[];
  readonly active: number;
  readonly delayed: number;
  readonly paused: boolean;
  /** Workers that serve it. */
  readonly workers: number;
}
/** Of one queue and one code: stages that a worker without their code had been given. */
export interface ParkedView {
  readonly queue: string;
  readonly pipeline: PipelineName;
  /** Null: commands, which a worker with any version of the pipeline can run. */
  readonly version: PipelineVersion | null;
  readonly stages: number;
  /** Since when the first of them could not run, ms since the epoch. */
  readonly since: number;
}
export interface LockView {
  readonly lock: string;
  readonly pipeline: PipelineName;
  readonly holder: RunId;
  readonly fence: number;
  readonly since: number;
  readonly ageMs: number;
  /** Runs that wait for it, in order. */
  readonly queued: readonly RunId[];
}
/** What tells whether the schedules that somebody read are still those in force. */
export interface ScheduleChanges {
  /** Rises with every change of a stored schedule and of the list of current pipelines. */
  readonly revision: number;
  /** When the store was first told of a pipeline, ms since the epoch; another one than before: it has lost everything in between. Null: it knows none. */
  readonly born: number | null;
  /** When schedules last began, and when pipelines that had been retired came back, ms since the epoch; ids and names that never did are not in it. */
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
