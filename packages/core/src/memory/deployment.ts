/** The whole state of one deployment: the twin of what Redis holds. */
import type {
  AttemptRecord,
  Gate,
  GateId,
  ParentCounts,
  Pause,
  Pipeline,
  PipelineName,
  PipelineVersion,
  Reach,
  Run,
  RunEvent,
  RunId,
  RunResult,
  RunStatus,
  ReusedFrom,
  Stage,
  StageError,
  StageName,
  StageStatus,
  WaitCause,
  WorkerId,
} from '../domain/index.ts';
import type {
  AdvanceAnswer,
  ArtifactAmount,
  AuditHead,
  Claim,
  FeedListener,
  ReportAnswer,
  StoredSchedule,
  TokenView,
  TickView,
  WorkerInfo,
} from '../ports/index.ts';
import type { Clock } from './clock.ts';
import type { Todo } from './cut.ts';

export interface Deployment {
  readonly clock: Clock;
  /** In [0, 1): scales the jitter of retry delays. */
  readonly random: () => number;
  readonly pipelines: Map<PipelineName, PipelineRecord>;
  /** By source; one whose end (ms since the epoch) has passed is its last report. */
  readonly definitions: Map<
    string,
    { readonly pipelines: readonly string[]; readonly broken: readonly string[]; readonly until: number }
  >;
  lostAt: number | null;
  /** In the order of their creation. */
  readonly runs: Map<RunId, RunRecord>;
  readonly pruned: Set<RunId>;
  /** Pruned runs whose artifacts are still to be removed. */
  readonly prunedArtifacts: Set<RunId>;
  /** Runs ever created, including pruned ones. */
  runsEver: number;
  readonly queues: Map<string, QueueRecord>;
  /** How many stages of a queue may run at once. */
  queueLimits: ReadonlyMap<string, number>;
  readonly workers: Map<WorkerId, WorkerRecord>;
  /** By pipeline; null: of the whole deployment. */
  readonly pauses: Map<PipelineName | null, Pause>;
  /** Who resumed what last. */
  readonly resumes: Map<PipelineName | null, Pick<Pause, 'by' | 'reason'>>;
  /** What each key created: a run or a schedule. */
  readonly idempotency: Map<
    string,
    { readonly bodyHash: string; readonly made: string; readonly pipeline: string | null; readonly until: number }
  >;
  readonly schedules: Map<string, StoredSchedule>;
  scheduleRevision: number;
  /** When the first pipeline was registered. */
  born: number | null;
  /** By schedule and by pipeline; ms since the epoch. */
  readonly schedulesBegun: Map<string, number>;
  readonly pipelinesReturned: Map<PipelineName, number>;
  /** Per schedule, in the order they were handled. */
  readonly ticks: Map<string, TickView[]>;
  /** Per schedule: the last instant handled. */
  readonly cursors: Map<string, number>;
  /** By name. */
  readonly tokens: Map<string, TokenView>;
  /** Texts of entries: the log, the oldest first, and by id those that are not in it yet. */
  readonly audit: { readonly log: string[]; head: AuditHead; readonly open: Map<string, string> };
  readonly counters: Map<string, number>;
  leader: { holder: string; fence: number; until: number; ttlMs: number } | null;
  leaderFence: number;
  /** The last jump of the clock. */
  clockStep: { readonly at: number; readonly stepMs: number } | null;
  /** Stages that a step may touch, and how many are left to the current one. */
  readonly cut: { readonly most: number; left: number; readonly unfinished: Set<RunRecord> };
  /** By pipeline and stage, as `<pipeline>/<stage>`. */
  readonly lastApproved: Map<string, GateId>;
  readonly listeners: Set<FeedListener>;
  readonly cancelListeners: Set<(runId: RunId) => void>;
}

export interface PipelineRecord {
  readonly versions: Map<PipelineVersion, Pipeline>;
  current: PipelineVersion | null;
  /** Formerly current; no run of it may start. */
  retired: boolean;
  /** Of the newest run. */
  fence: number;
  /** The overlap lock: its holder and since when, and the runs waiting for it, in order. */
  holder: { readonly run: RunRecord; readonly since: number } | null;
  readonly waiting: RunRecord[];
  lastSuccessAt: number | null;
  /** The last first. */
  results: readonly RunResult[];
}

export interface RunRecord
  extends Pick<Run, 'runId' | 'trigger' | 'mode' | 'params' | 'labels' | 'reason' | 'fence' | 'createdAt'> {
  /** Rises with every run of the deployment. */
  readonly place: number;
  readonly pipeline: Pipeline;
  status: RunStatus;
  /** When it left `queued`; the run's timeout starts here. */
  admittedAt: number | null;
  /** Steps of the clock since then, which shift due times. */
  timersMovedMs: number;
  startedAt: number | null;
  finishedAt: number | null;
  /** Of stages that count for how the run ends, in the order in which they failed. */
  failures: readonly NonNullable<Run['error']>[];
  /** That of the first of them, or the one the cancel ends it with; null unless the run failed. */
  error: Run['error'];
  cancel: {
    readonly reason: string | null;
    readonly by: string | null;
    readonly graceMs: number | null;
    readonly failWith: StageError | null;
    readonly commandId: string | null;
  } | null;
  /** The last one. */
  pause: Pause | null;
  /** Stages that are still to be opened again, by index; null: no rerun was cut. */
  rerun: Rerun | null;
  /** The run's stages by index, in plan order. */
  readonly stages: ReadonlyMap<number, StageRecord>;
  /** Number of stages that have not ended, and of those running. */
  open: number;
  running: number;
  /** Of the newest claim. */
  claimFence: number;
  /** Work left over by steps. */
  readonly todo: Todo[];
  /** Of a retry, from its admission on: the dependants of kept stages are visited. */
  readonly begins: Todo[];
  readonly retryOf: RunId | null;
  readonly retries: RunId[];
  /** Artifacts of kept stages, as their own runs recorded them. */
  readonly keptArtifacts: readonly RunEvent[];
  readonly log: RunEvent[];
  /** In the order of their opening. */
  readonly gates: GateRecord[];
  /** Artifacts recorded by all attempts. */
  artifacts: ArtifactAmount;
}

export interface Rerun {
  readonly reach: Map<number, Reach>;
  readonly stage: StageName;
  /** Among the dependants of the next one, up to which they no longer count its end. */
  place: number;
  readonly told: { readonly by: string | null; readonly reason: string | null };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface GateRecord extends Mutable<Gate> {
  readonly stageIndex: number;
  readonly dependsOnIndexes: readonly number[];
  /** What was left of the stage's timeout, ms. */
  readonly timeLeft: number | null;
  /** Of the last approval that had any. */
  values: unknown;
  /** How many escalations have passed. */
  reminded: number;
  /** The last commands that changed something, for repeats. */
  readonly answered: { readonly commandId: string; readonly kind: 'decided' | 'voted' }[];
}

export interface StageRecord {
  readonly definition: Stage;
  /** Both within this run: edges to stages outside a subset do not exist. */
  readonly dependencies: readonly StageRecord[];
  readonly dependants: readonly StageRecord[];
  /** How many dependencies it has, and how those counted so far ended (queue-stages.ts). */
  readonly parents: { -readonly [K in keyof ParentCounts]: ParentCounts[K] };
  status: StageStatus;
  generation: number;
  /** What was said at the gate that had this generation made. */
  feedback: { readonly generation: number; readonly gate: GateRecord } | null;
  /** It ended while it was still to be opened again: its dependants have not counted it. */
  uncounted: boolean;
  /** Set: its result is that of an earlier run. */
  reusedFrom: ReusedFrom | null;
  attempt: number;
  /** Of the newest claim; 0: none. */
  fence: number;
  /** Failed attempts; lost and handed-back ones do not count. */
  failures: number;
  /** Workers lost while running it alone, and while running others beside it. */
  lost: number;
  suspicions: number;
  /** The last attempt was handed back and is not counted: the next claim has the same number. */
  repeatsAttempt: boolean;
  queuedAt: number | null;
  /**
   * Since when it is parked, for a worker with its code or by a pause. No cause is recorded while a live worker has its
   * code.
   */
  parked: { readonly since: number; readonly cause: WaitCause | null } | null;
  /** When a worker without its code first met this attempt; null: none has. */
  lackedCode: { readonly since: number; readonly attempt: number } | null;
  /** Steps of the clock since then, which shift due times. */
  timersMovedMs: number;
  /** When the whole stage times out; set when it is first queued. */
  deadline: number | null;
  startedAt: number | null;
  finishedAt: number | null;
  nextAttemptAt: number | null;
  worker: WorkerId | null;
  outputJson: string | null;
  error: StageError | null;
  readonly attempts: { -readonly [K in keyof AttemptRecord]: AttemptRecord[K] }[];
  /** Its entry in a queue; an entry that its stage no longer points to is stale. */
  entry: QueueEntry | null;
  /** The answer to each claim's outcome, by fence, for resends. */
  readonly answered: Map<number, { readonly recorded: NonNullable<AdvanceAnswer['recorded']>; readonly by: WorkerId }>;
  checkpoint: { readonly generation: number; readonly json: string } | null;
  /** The last numbered report of a claim, for resends. */
  reported: { readonly fence: number; readonly ordinal: number; readonly answer: ReportAnswer } | null;
}

/** How each generation of a stage begins. */
export const UNTOUCHED = {
  status: 'pending',
  reusedFrom: null,
  uncounted: false,
  attempt: 0,
  failures: 0,
  lost: 0,
  suspicions: 0,
  repeatsAttempt: false,
  queuedAt: null,
  parked: null,
  lackedCode: null,
  timersMovedMs: 0,
  deadline: null,
  startedAt: null,
  finishedAt: null,
  nextAttemptAt: null,
  worker: null,
  outputJson: null,
  error: null,
  entry: null,
} as const satisfies Partial<StageRecord>;

export interface QueueEntry {
  readonly run: RunRecord;
  readonly stage: StageRecord;
  /** Not before this instant. */
  dueAt: number;
  /** Its delay when it was queued. */
  readonly delayMs: number;
}
export interface QueueRecord {
  /** Next first. */
  waiting: QueueEntry[];
  /** Ordered by due time; equal ones in order of arrival. */
  delayed: QueueEntry[];
  /** Stages that run apart. */
  apart: QueueEntry[];
  /** The worker that drains itself for them. */
  emptying: WorkerId | null;
}

export interface WorkerRecord {
  readonly worker: WorkerId;
  info: WorkerInfo;
  readonly registeredAt: number;
  /** Of the last renewal or registration. */
  renewedAt: number;
  /** Of the last renewal, if it had one. */
  ordinal: number | null;
  leaseUntil: number;
  /** The queue of the stage that it runs alone, or drains itself for. */
  apart: string | null;
  /** Whether it held a single stage when its lease ended. Its rescue takes several steps. */
  judged: { readonly leaseUntil: number; readonly alone: boolean } | null;
  leaseMs: number;
  /** One slot holds at most one claim. */
  readonly slots: Map<string, Claim>;
}

export const emptyDeployment = (clock: Clock, random: () => number, stagesPerStep: number): Deployment => ({
  clock,
  random,
  pipelines: new Map(),
  definitions: new Map(),
  lostAt: null,
  runs: new Map(),
  pruned: new Set(),
  prunedArtifacts: new Set(),
  runsEver: 0,
  queues: new Map(),
  queueLimits: new Map(),
  workers: new Map(),
  pauses: new Map(),
  resumes: new Map(),
  idempotency: new Map(),
  schedules: new Map(),
  scheduleRevision: 0,
  born: null,
  schedulesBegun: new Map(),
  pipelinesReturned: new Map(),
  ticks: new Map(),
  cursors: new Map(),
  tokens: new Map(),
  audit: { log: [], head: { seq: 0, hash: '', firstSeq: 1 }, open: new Map() },
  counters: new Map(),
  leader: null,
  leaderFence: 0,
  clockStep: null,
  cut: { most: stagesPerStep, left: stagesPerStep, unfinished: new Set() },
  lastApproved: new Map(),
  listeners: new Set(),
  cancelListeners: new Set(),
});

export const count = (deployment: Deployment, counter: string): void => {
  deployment.counters.set(counter, (deployment.counters.get(counter) ?? 0) + 1);
};
