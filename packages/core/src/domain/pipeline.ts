import type { PipelineName, PipelineVersion, StageName } from './ids.ts';
import type { RetryPolicy } from './retry-policy.ts';

/** The one model behind the TypeScript and the YAML form: plain JSON, immutable once versioned by its content hash. */
export interface Pipeline {
  readonly name: PipelineName;
  readonly version: PipelineVersion;
  readonly description: string;
  /** JSON Schema (draft 2020-12) of the params, or null when the pipeline takes none. */
  readonly params: JsonSchema | null;
  readonly modes: Readonly<Record<string, PipelineMode>>;
  readonly overlap: OverlapPolicy;
  /** Whole run, from its release to its end, ms; null: unbounded. */
  readonly timeoutMs: number | null;
  readonly schedules: readonly ScheduleSpec[];
  /** In topological order; a stage's index is its place here and its identity inside Redis. */
  readonly stages: readonly Stage[];
}

export interface Stage {
  readonly name: StageName;
  readonly index: number;
  readonly dependsOn: readonly StageName[];
  /** `all_succeeded`: every dependency succeeded; one that did not makes this stage `skipped`. */
  readonly when: 'all_succeeded';
  /** The pool of workers that may run it. */
  readonly queue: string;
  readonly handler: HandlerSpec;
  readonly retry: RetryPolicy;
  readonly timeouts: StageTimeouts;
  readonly output: OutputSpec;
  /** Between the cooperative signal and SIGKILL, ms. */
  readonly graceMs: number;
}

/** A function stage's code lives in its module; the hash of its source is what versions it. */
export type HandlerSpec =
  | { readonly kind: 'function'; readonly sourceHash: string }
  | { readonly kind: 'command'; readonly command: readonly string[]; readonly env: Readonly<Record<string, string>>; readonly cwd: string | null };

/** All in ms; null: unbounded. */
export interface StageTimeouts {
  /** One attempt, from its start to its end. */
  readonly attempt: number | null;
  /** Longest silence of a running attempt (a heartbeat, a log line or a progress report breaks it). */
  readonly heartbeat: number | null;
  /** All attempts and the waits between them, from when the stage was first queued. */
  readonly stage: number | null;
  /** Longest wait for a worker to start an attempt. */
  readonly queue: number | null;
}

export interface OutputSpec {
  /** Keys that the output object must have. */
  readonly required: readonly string[];
  /** JSON Schema that the output must meet, or null. */
  readonly schema: JsonSchema | null;
}

export interface PipelineMode {
  readonly params: Readonly<Record<string, unknown>>;
  readonly stages: readonly StageName[] | null;
  readonly overlap: OverlapPolicy | null;
}

/** What a start does while another run of the pipeline is live. */
export type OverlapPolicy = 'skip' | 'queue' | 'allow' | 'cancel_running';
export const OVERLAP_POLICIES: readonly OverlapPolicy[] = ['skip', 'queue', 'allow', 'cancel_running'];

export interface ScheduleSpec {
  /** Stable: `<pipeline>` for the first schedule, `<pipeline>-2` for the second, or as named in the definition. */
  readonly id: string;
  /** Five- or six-field cron, or null when `everyMs` is set. */
  readonly cron: string | null;
  /** Interval in ms, aligned to the Unix epoch, or null when `cron` is set. */
  readonly everyMs: number | null;
  readonly timezone: string;
  readonly overlap: OverlapPolicy | null;
  readonly params: Readonly<Record<string, unknown>>;
  readonly mode: string | null;
  /** Only these; null: the mode's, else all. */
  readonly stages: readonly StageName[] | null;
  readonly catchUp: CatchUp;
}

/** Which of the ticks that came due while no scheduler was up are run late, and how far back (ms). */
export interface CatchUp {
  readonly policy: 'none' | 'last' | 'all';
  readonly windowMs: number;
}

export type JsonSchema = Readonly<Record<string, unknown>>;
