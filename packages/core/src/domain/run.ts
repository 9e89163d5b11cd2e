import type { GateId } from './gates.ts';
import type { PipelineName, PipelineVersion, RunId, StageName } from './ids.ts';
import type { RunStatus, StageStatus } from './states.ts';
import type { Wait } from './wait-causes.ts';

/** One execution of a pipeline, without its stages. Times are ms since the epoch, by Redis's clock. */
export interface RunFacts {
  readonly runId: RunId;
  readonly pipeline: PipelineName;
  readonly version: PipelineVersion;
  readonly status: RunStatus;
  readonly generation: number;
  /** The ended run that it retries; null: it is no retry. */
  readonly retryOf: RunId | null;
  /** Runs that retry it, oldest first: the last 50. They may be pruned before it. */
  readonly retries: readonly RunId[];
  /** True if some stage's output is a fallback. */
  readonly degraded: boolean;
  readonly trigger: Trigger;
  readonly mode: string | null;
  readonly params: Readonly<Record<string, unknown>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly reason: string | null;
  /** Rises with every run of the pipeline. */
  readonly fence: number;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly durationMs: number | null;
  readonly nextAttemptAt: number | null;
  readonly error: RunError | null;
  /** Who paused it; null: it is not paused. */
  readonly pause: Pause | null;
  /** Last event's seq. */
  readonly lastSeq: number;
}

/** The part of a run read by lists, sweeps and metrics, at a cost independent of its number of stages. */
export interface RunSummary extends RunFacts {
  readonly stageCounts: StageCounts;
}

/** Counts of the run's stages. `ended`: in any terminal state. */
export interface StageCounts {
  readonly total: number;
  readonly ended: number;
  readonly running: number;
}

/** A run as a whole. */
export interface Run extends RunFacts {
  readonly stages: readonly StageRun[];
}

export interface StageRun {
  readonly stage: StageName;
  readonly status: StageStatus;
  readonly generation: number;
  /** 0 before the first attempt starts. */
  readonly attempt: number;
  readonly queue: string;
  readonly provenance: Provenance;
  /** Whose result it is, if it is reused. */
  readonly reusedFrom: ReusedFrom | null;
  readonly queuedAt: number | null;
  /** Why and since when the stage is parked outside its queue; null: it is not. */
  readonly waitingFor: Wait | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly durationMs: number | null;
  readonly nextAttemptAt: number | null;
  readonly worker: string | null;
  readonly fence: number;
  readonly output: unknown;
  readonly error: StageError | null;
  readonly attempts: readonly AttemptRecord[];
}

/** Where a stage's result comes from: an attempt of this run, an earlier run, a cache, or its fallback. */
export const PROVENANCES = ['ran', 'reused', 'cached', 'fallback'] as const;
export type Provenance = (typeof PROVENANCES)[number];

/** The run and the generation that made a reused result: the first of a chain of retries. */
export interface ReusedFrom {
  readonly runId: RunId;
  readonly generation: number;
  /** It was made for a run with other params. */
  readonly otherParams: boolean;
}

export interface AttemptRecord {
  /** Of the stage. */
  readonly generation: number;
  /** From 1 on in each generation. */
  readonly attempt: number;
  /** `gated`: it opened the gate of its stage. */
  readonly status: 'running' | 'succeeded' | 'failed' | 'cancelled' | 'worker_lost' | 'handed_back' | 'gated';
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly worker: string;
  readonly error: StageError | null;
}

/** An attempt in short: "2"; of a later generation "3.2", which is attempt 2 of generation 3. */
export const attemptLabel = ({
  generation,
  attempt,
}: {
  readonly generation: number;
  readonly attempt: number;
}): string => (generation === 1 ? String(attempt) : `${generation}.${attempt}`);

export interface StageError {
  /** A code from the catalogue or the error's name: `timed_out`, `worker_lost`, `command_failed`, `TypeError` … */
  readonly code: string;
  readonly message: string;
}

export interface RunError extends StageError {
  readonly stage: StageName | null;
  readonly attempt: number | null;
}

/** `since`: ms since the epoch. */
export interface Pause {
  readonly since: number;
  /**
   * What was paused: this run, its pipeline, or the whole deployment. `rerun`: the run, for the moment that it takes to
   * open many of its stages again.
   */
  readonly scope: PauseScope;
  readonly by: string | null;
  readonly reason: string | null;
  /** Absent: somebody paused it. */
  readonly cause?: PauseCause;
}
/** What paused a run. */
export type PauseCause = { readonly kind: 'gate_rejected'; readonly gate: GateId };
export const PAUSE_SCOPES = ['run', 'pipeline', 'deployment', 'rerun'] as const;
export type PauseScope = (typeof PAUSE_SCOPES)[number];

export const TRIGGER_KINDS = ['manual', 'schedule', 'backfill', 'upstream', 'webhook', 'retry'] as const;
export type TriggerKind = (typeof TRIGGER_KINDS)[number];
export interface Trigger {
  readonly kind: TriggerKind;
  readonly scheduleId?: string;
  /** The due instant, ms since the epoch. */
  readonly tick?: number;
  /** The tick was missed while no scheduler was up, and runs late. */
  readonly caughtUp?: boolean;
  readonly by?: string;
}
