import {
  type AttemptRecord,
  isTerminalRun,
  isTerminalStage,
  jobIdOf,
  type Run,
  type RunStatus,
  type Stage,
  type StageError,
  type StageRun,
  type StageStatus,
} from '@millrace/core/domain';
import { Job, type JobState, type JobsOptions, type Queue } from 'bullmq';

/** BullMQ has no skipped or cancelled jobs; the board shows any text that a job gives as its state. */
type State = JobState | 'skipped' | 'cancelled';
type ChildCounts = Readonly<Record<'processed' | 'unprocessed' | 'ignored' | 'failed', number>>;

/** Details of a job besides its id; times in ms since the epoch. */
interface Facts {
  readonly name: string;
  readonly data: unknown;
  readonly opts: JobsOptions;
  readonly timestamp: number;
  readonly processedOn: number | null;
  readonly finishedOn: number | null;
  readonly attemptsMade: number;
  readonly failedReason: string | null;
  /** Errors of the failed attempts, oldest first. */
  readonly stacktrace: readonly string[];
  readonly delay?: number;
  readonly processedBy?: string | null;
  readonly returnvalue?: unknown;
}

/** A job as the board shows it, built from its run's record: nothing is read from BullMQ. */
export class FlowJob extends Job {
  readonly #state: State;
  readonly #children: ChildCounts;

  constructor(queue: Queue, id: string, state: State, facts: Facts, children: ChildCounts = NO_CHILDREN) {
    super(queue, facts.name, facts.data, facts.opts, id);
    this.#state = state;
    this.#children = children;
    this.timestamp = facts.timestamp;
    this.attemptsMade = facts.attemptsMade;
    this.stacktrace = [...facts.stacktrace];
    this.delay = facts.delay ?? 0;
    this.returnvalue = facts.returnvalue ?? null;
    if (facts.processedOn !== null) this.processedOn = facts.processedOn;
    if (facts.finishedOn !== null) this.finishedOn = facts.finishedOn;
    if (facts.failedReason !== null) this.failedReason = facts.failedReason;
    if (facts.processedBy) this.processedBy = facts.processedBy;
  }

  override getState(): Promise<JobState> {
    return Promise.resolve(this.#state as JobState);
  }

  override getDependenciesCount(): Promise<ChildCounts> {
    return Promise.resolve(this.#children);
  }

  override getIgnoredChildrenFailures(): Promise<Record<string, string>> {
    return Promise.resolve({});
  }
}

const NO_CHILDREN: ChildCounts = { processed: 0, unprocessed: 0, ignored: 0, failed: 0 };

const STAGE_STATES: Readonly<Record<StageStatus, State>> = {
  pending: 'waiting-children',
  ready: 'waiting-children',
  awaiting_gate: 'waiting-children',
  queued: 'waiting',
  running: 'active',
  retrying: 'delayed',
  succeeded: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
  skipped: 'skipped',
  upstream_failed: 'skipped',
};

const stateOfRun = (status: RunStatus): State => {
  if (status === 'succeeded') return 'completed';
  return status === 'failed' || status === 'cancelled' ? status : 'waiting-children';
};

export interface StageJobOptions {
  /** BullMQ's list it is in; absent: as recorded. */
  readonly state?: State | undefined;
  readonly output?: unknown;
}

/** `run` holds the record of the stage, perhaps among others. */
export const stageJob = (
  queue: Queue,
  runs: Queue,
  run: Run,
  spec: Stage,
  stage: StageRun,
  how: StageJobOptions = {},
) => {
  const { state = STAGE_STATES[stage.status], output } = how;
  const timestamp = stage.queuedAt ?? run.createdAt;
  return new FlowJob(queue, jobIdOf(run.runId, spec.index, stage.generation), state, {
    name: stage.stage,
    data: { run_id: run.runId, stage: stage.stage },
    opts: { attempts: spec.retry.maximumAttempts, parent: { id: run.runId, queue: runs.qualifiedName } },
    timestamp,
    processedOn: stage.startedAt,
    finishedOn: isTerminalStage(stage.status) ? stage.finishedAt : null,
    attemptsMade: stage.status === 'running' ? stage.attempt - 1 : stage.attempt,
    failedReason: reasonOf(stage.status, stage.error),
    stacktrace: stage.attempts.flatMap(failureOf),
    delay: stage.nextAttemptAt === null ? 0 : stage.nextAttemptAt - timestamp,
    processedBy: stage.worker,
    returnvalue: output,
  });
};

/** The run as the parent of its stages; counts the run's `stages`. */
export const runJob = (runs: Queue, run: Run, state?: State): FlowJob => {
  const { status } = run;
  return new FlowJob(
    runs,
    run.runId,
    state ?? stateOfRun(status),
    {
      name: run.pipeline,
      data: { run_id: run.runId },
      opts: {},
      timestamp: run.createdAt,
      processedOn: run.startedAt,
      finishedOn: run.finishedAt,
      attemptsMade: isTerminalRun(status) ? 1 : 0,
      failedReason: reasonOf(status, run.error),
      stacktrace: [],
    },
    childrenOf(run),
  );
};

const childrenOf = ({ stages }: Run): ChildCounts => {
  const failed = stages.filter(({ status }) => status === 'failed' || status === 'cancelled').length;
  const ended = stages.filter(({ status }) => isTerminalStage(status)).length;
  return { processed: ended - failed, failed, unprocessed: stages.length - ended, ignored: 0 };
};

const failureOf = ({ attempt, worker, error }: AttemptRecord): readonly string[] => {
  return error ? [`attempt ${attempt} on ${worker}: ${messageOf(error)}`] : [];
};

const messageOf = ({ code, message }: StageError): string => `${code}: ${message}`;

const reasonOf = (status: string, error: StageError | null): string | null => {
  if (error) return messageOf(error);
  return status === 'cancelled' ? status : null;
};
