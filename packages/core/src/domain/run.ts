import type { PipelineName, PipelineVersion, RunId, StageName } from './ids.ts';
import type { RunStatus, StageStatus } from './states.ts';
import type { Wait } from './wait-causes.ts';

/** One execution of a pipeline, but for its stages. Times are ms since the epoch, by Redis's clock. */
export interface RunFacts {
  readonly runId: RunId;
  readonly pipeline: PipelineName;
  readonly version: PipelineVersion;
  readonly status: RunStatus;
  readonly generation: number;
  /** True when some stage's output is a fallback. */
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
  /** Last event's seq. */
  readonly lastSeq: number;
}

/** What lists, sweeps and metrics read of a run: it costs the same however many stages the run has. */
export interface RunSummary extends RunFacts {
  readonly stageCounts: StageCounts;
}

/** Of the stages that the run has. `ended`: whatever their end. */
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
  /** 0 before the first attempt started. */
  readonly attempt: number;
  readonly queue: string;
  readonly provenance: 'ran' | 'cached' | 'fallback';
  readonly queuedAt: number | null;
  /** What the stage waits for outside of its queue; null: it does not. */
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

export interface AttemptRecord {
  readonly attempt: number;
  readonly status: 'running' | 'succeeded' | 'failed' | 'cancelled' | 'worker_lost' | 'handed_back';
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly worker: string;
  readonly error: StageError | null;
}

export interface StageError {
  /** A code of the catalogue or the error's own name: `timed_out`, `worker_lost`, `command_failed`, `TypeError` … */
  readonly code: string;
  readonly message: string;
}

export interface RunError extends StageError {
  readonly stage: StageName | null;
  readonly attempt: number | null;
}

export const TRIGGER_KINDS = ['manual', 'schedule', 'backfill', 'upstream', 'webhook', 'retry'] as const;
export type TriggerKind = (typeof TRIGGER_KINDS)[number];
export interface Trigger {
  readonly kind: TriggerKind;
  readonly scheduleId?: string;
  /** The due instant, ms since the epoch. */
  readonly tick?: number;
  /** The tick was missed while no scheduler was up, and is run late. */
  readonly caughtUp?: boolean;
  readonly by?: string;
}
