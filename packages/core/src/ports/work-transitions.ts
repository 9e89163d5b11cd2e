import type { PipelineName, PipelineVersion, RunId, StageError, StageName, TriggerKind, WorkerId } from '../domain/index.ts';
import type { ArtifactAmount } from './artifacts.ts';

/** Stages that workers run: their claims, their outcomes, and what they report meanwhile. */
export interface WorkTransitions {
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
}

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
