import type {
  GateOpening,
  PipelineName,
  PipelineVersion,
  RunId,
  StageError,
  StageName,
  TriggerKind,
  WorkerId,
} from '../domain/index.ts';
import type { ArtifactAmount } from './artifacts.ts';

/** Stages on workers: claims, outcomes, and reports while they run. */
export interface WorkTransitions {
  /**
   * Records the outcome of a claim (if one is given) and claims the next ready stage of the queue (if `fetch`).
   * running -> succeeded | failed | retrying | cancelled | queued | awaiting_gate; queued | retrying -> running.
   */
  advance(command: Advance): Promise<AdvanceAnswer>;
  /**
   * Several at once, in order, for one worker and queue: as if each were sent alone, except that delayed stages are
   * promoted once, before the first claim.
   */
  advanceAll(commands: readonly Advance[]): Promise<readonly AdvanceAnswer[]>;
  /**
   * Appends events of a running stage (log lines, progress, artifacts) and keeps its checkpoint, fenced by the claim.
   * `ordinal` numbers the reports of one claim from 1, so that a report resent after a lost reply is recorded once.
   * Without it each call is a new report. `artifactsOfRun`: limit for all attempts of the run together; the answer
   * names an artifact beyond it, which is not recorded.
   */
  report(
    claim: ClaimRef,
    reports: readonly Report[],
    ordinal?: number,
    artifactsOfRun?: ArtifactAmount,
  ): Promise<ReportAnswer>;
}

/** The claim a write belongs to. */
export interface ClaimRef {
  readonly runId: RunId;
  readonly stageIndex: number;
  readonly generation: number;
  readonly attempt: number;
  /** Rises with each claim of the run. Never reissued, even by a Redis that lost its last writes. */
  readonly fence: number;
  /** The worker that received the claim; writes from any other are refused. */
  readonly worker: WorkerId;
}

/** A stage claimed by this worker. */
export interface Claim extends ClaimRef {
  /** `jobIdOf(runId, stageIndex, generation)`. */
  readonly jobId: string;
  readonly pipeline: PipelineName;
  readonly version: PipelineVersion;
  readonly stage: StageName;
  readonly queue: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly trigger: { readonly kind: TriggerKind; readonly tick?: number };
  /** Outputs of the dependencies by stage name; null when they are too many to include: read them with `outputsOf`. */
  readonly inputs: Readonly<Record<string, unknown>> | null;
  /** Redis's clock at the claim, ms. */
  readonly startedAt: number;
  /** When the whole stage times out, ms since the epoch, or null. */
  readonly stageDeadline: number | null;
  /** The last checkpoint kept in this generation when the claim was sent, as JSON; null: none. */
  readonly checkpointJson: string | null;
}

export interface Advance {
  readonly worker: WorkerId;
  readonly queue: string;
  /** The worker's slot that makes the claim; a slot holds at most one. */
  readonly slot: string;
  readonly outcome: (ClaimRef & { readonly result: Outcome }) | null;
  readonly fetch: boolean;
}

/** How an attempt ended. */
export type Outcome =
  | { readonly kind: 'succeeded'; readonly outputJson: string }
  /** The stage waits at its gate. */
  | { readonly kind: 'gate'; readonly opening: GateOpening }
  | {
      readonly kind: 'failed';
      readonly error: StageError;
      readonly retryable: boolean /** Overrides a shorter policy delay, ms. */;
      readonly afterMs?: number;
    }
  | { readonly kind: 'cancelled'; readonly reason: string }
  /**
   * Not run, or not to completion, through no fault of the stage: it returns to the queue and no attempt is spent.
   * `no_compatible_version`: the stage is parked outside its queue until a worker registered with its code has a free
   * slot (then it goes first). `delayMs` applies only if the worker that hands it back is itself registered with that
   * code.
   */
  | { readonly kind: 'handed_back'; readonly reason: 'drain' | 'no_compatible_version'; readonly delayMs: number };

export interface AdvanceAnswer {
  /**
   * How the outcome was recorded; the store chooses between `retrying` and `failed` by the retry policy. `null`: none
   * was given.
   */
  readonly recorded: 'succeeded' | 'failed' | 'retrying' | 'cancelled' | 'handed_back' | 'gate' | 'fenced' | null;
  readonly claim: Claim | null;
  /** When the queue's next delayed stage is due, ms since the epoch; 0: none. */
  readonly nextDueAt: number;
  /** The worker is not registered (its lease expired): it must register again before it can claim. */
  readonly unregistered: boolean;
  /**
   * The worker runs a stage that must run alone, or drains for one: it gets no other work meanwhile. Ask again later.
   */
  readonly holdsOff: boolean;
  /**
   * Runs with an unfinished transition: call `expandRun`. For commands sent together, the first answer lists them all.
   */
  readonly expand: readonly RunId[];
}

/** An event reported by a running stage. `data` is bounded by `LIMITS.event_bytes`. */
export interface ReportedEvent {
  readonly type: 'stage.log' | 'stage.progress' | 'stage.metric' | 'stage.artifact' | 'gate.passed';
  readonly data: Readonly<Record<string, unknown>>;
}

/** Replaces the stage's last checkpoint; no event tells of it. `json` is bounded by `LIMITS.checkpoint_bytes`. */
export interface Checkpoint {
  readonly type: 'checkpoint';
  readonly json: string;
}

export type Report = ReportedEvent | Checkpoint;

export type ReportAnswer = 'ok' | 'fenced' | OverLimit;

/** The run's totals, had the first rejected artifact been recorded. */
export interface OverLimit {
  readonly would: ArtifactAmount;
}
