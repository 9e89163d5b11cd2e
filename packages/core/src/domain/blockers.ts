import type { GateId } from './gates.ts';
import type { PipelineName, RunId, StageName } from './ids.ts';
import type { PauseCause, PauseScope, StageError } from './run.ts';
import type { StageStatus } from './states.ts';

/**
 * What keeps a run or a stage from running. `since`: ms since the epoch; `liftsWhen`: a clause to follow "lifts when".
 */
export type Blocker = { readonly since: number; readonly liftsWhen: string } & (
  | { readonly code: 'overlap'; readonly evidence: { readonly holder: RunId | null; readonly ahead: number } }
  | {
      readonly code: 'paused';
      readonly evidence: {
        readonly scope: PauseScope;
        readonly by: string | null;
        readonly reason: string | null;
        readonly cause?: PauseCause;
      };
    }
  /** `who` may decide: `role:<role>` (and higher ones) or `name:<token>`. `deadline`: ms since the epoch. */
  | {
      readonly code: 'awaiting_gate';
      readonly evidence: {
        readonly gate: GateId;
        readonly who: readonly string[];
        readonly votes: number;
        readonly quorum: number;
        readonly deadline: number | null;
      };
    }
  | {
      readonly code: 'dependency';
      readonly evidence: {
        readonly stages: readonly { readonly stage: StageName; readonly status: StageStatus }[];
        readonly more: number;
      };
    }
  | {
      readonly code: 'backoff';
      readonly evidence: {
        readonly attempt: number;
        readonly nextAttemptAt: number;
        readonly error: StageError | null;
      };
    }
  /** `lost`: workers that served the queue and whose lease has expired. */
  | { readonly code: 'no_worker'; readonly evidence: { readonly queue: string; readonly lost: number } }
  | { readonly code: 'queue_paused'; readonly evidence: { readonly queue: string } }
  /** `version` null: a command, which a worker with any version of the pipeline can run. */
  /** `registered`: the versions of the pipeline that workers of the queue have instead, as `pipeline@version`. */
  | {
      readonly code: 'no_compatible_worker';
      readonly evidence: {
        readonly queue: string;
        readonly pipeline: PipelineName;
        readonly version: string | null;
        readonly registered: readonly string[];
      };
    }
  /** Two of its workers were lost while it ran beside other stages. */
  | { readonly code: 'runs_apart'; readonly evidence: { readonly queue: string } }
  | {
      readonly code: 'no_capacity';
      readonly evidence: { readonly queue: string; readonly slots: number; readonly waiting: number };
    }
);

/** Why a run's stages do not run. */
export interface Explanation {
  /** Time of the answer by the store's clock, ms since the epoch. */
  readonly at: number;
  /** Blockers of the run as a whole. */
  readonly blockers: readonly Blocker[];
  /** Closest to running first. A stage without blockers is about to be claimed. */
  readonly stages: readonly {
    readonly stage: StageName;
    readonly status: StageStatus;
    readonly blockers: readonly Blocker[];
  }[];
  /** Number of waiting stages, including those beyond `limit`. */
  readonly waiting: number;
}
