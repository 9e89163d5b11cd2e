import type { GateDefinition } from './gates.ts';
import type { PipelineName, PipelineVersion, StageName } from './ids.ts';
import type { RetryPolicy } from './retry-policy.ts';
import type { TriggerRuleName } from './trigger-rules.ts';

/** The model behind both the TypeScript and the YAML form: plain JSON, immutable, versioned by its content hash. */
export interface Pipeline {
  readonly name: PipelineName;
  readonly version: PipelineVersion;
  readonly description: string;
  /** JSON Schema (draft 2020-12) of the params, or null when the pipeline takes none. */
  readonly params: JsonSchema | null;
  readonly modes: Readonly<Record<string, PipelineMode>>;
  readonly overlap: OverlapPolicy;
  /** Limit for the whole run, from its admission to its end, ms; null: unbounded. */
  readonly timeoutMs: number | null;
  readonly schedules: readonly ScheduleSpec[];
  /** In topological order; a stage's index is its position here and identifies it inside Redis. */
  readonly stages: readonly Stage[];
}

export interface Stage {
  readonly name: StageName;
  readonly index: number;
  readonly dependsOn: readonly StageName[];
  /** When it runs, by how its dependencies ended. */
  readonly when: TriggerRuleName;
  /** Absent: it is no teardown. The set-ups are among `dependsOn`, and `when` is `all_done`. */
  readonly teardown?: Teardown;
  /** Absent: nobody is asked. */
  readonly gate?: GateDefinition;
  /** The pool of workers that may run it. */
  readonly queue: string;
  readonly handler: HandlerSpec;
  readonly retry: RetryPolicy;
  readonly timeouts: StageTimeouts;
  readonly output: OutputSpec;
  /** Between the cooperative signal and SIGKILL, ms. */
  readonly graceMs: number;
}

/** Undoes what its set-ups did: it is skipped if none of them ran. */
export interface Teardown {
  readonly of: readonly StageName[];
  /** Whether its own failure can fail the run. */
  readonly failsRun: boolean;
}

/** A function stage's code is in its module; the hash of its source is part of the version. */
export type HandlerSpec =
  | { readonly kind: 'function'; readonly sourceHash: string }
  | {
      readonly kind: 'command';
      readonly command: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly cwd: string | null;
    }
  /** Nothing: the stage is its gate. */
  | { readonly kind: 'gate' };

/** All in ms; null: unbounded. */
export interface StageTimeouts {
  /** Limit for one attempt, from start to end. */
  readonly attempt: number | null;
  /** Longest time a running attempt may go without a heartbeat, a log line or a progress report. */
  readonly heartbeat: number | null;
  /** Limit for all attempts and the waits between them, from when the stage was first queued. */
  readonly stage: number | null;
  /** Longest wait for a worker to start an attempt. */
  readonly queue: number | null;
}

export interface OutputSpec {
  /** Required keys of the output object. */
  readonly required: readonly string[];
  /** JSON Schema of the output, or null. */
  readonly schema: JsonSchema | null;
}

export interface PipelineMode {
  readonly params: Readonly<Record<string, unknown>>;
  readonly stages: readonly StageName[] | null;
  readonly overlap: OverlapPolicy | null;
}

/** How a start is treated while another run of the pipeline is live. */
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
  /** Run only these stages; null: the mode's, else all. */
  readonly stages: readonly StageName[] | null;
  readonly catchUp: CatchUp;
}

/** Which ticks missed while no scheduler was up run late, and how far back (ms). */
export interface CatchUp {
  readonly policy: 'none' | 'last' | 'all';
  readonly windowMs: number;
}

export type JsonSchema = Readonly<Record<string, unknown>>;
