import type { Readable } from 'node:stream';
import type { GateApproval, GateFeedback, PipelineName, RunId, StageName, TriggerKind } from '../domain/index.ts';
import type { ArtifactMeta } from '../ports/index.ts';

/** Passed to a StageHandler: its input, its identity, and how to report. */
export interface StageContext<Params = Readonly<Record<string, unknown>>, Inputs = Readonly<Record<string, unknown>>> {
  /** The run's params: validated, defaults applied. */
  readonly params: Params;
  /**
   * Outputs of the stages this one depends on, and no others, by name; null for one that did not succeed, which only a
   * trigger rule (`when`) can let happen.
   */
  readonly inputs: Inputs;
  readonly runId: RunId;
  readonly pipeline: PipelineName;
  readonly stage: StageName;
  /** 1-based. */
  readonly attempt: number;
  /** Rises with every claim; pass it to systems that can reject a lower one. */
  readonly fence: number;
  /** `<run>.<stage>.<generation>`: the same in every attempt, so that other systems can recognise a repeat. */
  readonly idempotencyKey: string;
  /** `tick` is ms since the epoch. */
  readonly trigger: { readonly kind: TriggerKind; readonly tick?: number };
  /**
   * Aborted on cancel, timeout, drain or a lost lease; the reason is an `AbortReason`. The handler then has its stage's
   * grace to finish.
   */
  readonly signal: AbortSignal;
  /** How the gate before this stage was approved; null: there is none, or it asked nobody. `at`: ms since the epoch. */
  readonly gate: GateApproval | null;
  /** What was said at the gate after which this stage is made anew; null: it is not. */
  readonly feedback: GateFeedback | null;
  /** Folder of the definition file. */
  readonly dir: string;
  log(line: string): void;
  /** Like `log`, with back-pressure: settles when there is room for more lines. */
  writeLines(stream: 'out' | 'err', lines: readonly string[]): Promise<void>;
  /** `fraction` is 0..1; values outside are clamped. @throws TypeError when it is not a number */
  progress(fraction: number, message?: string): void;
  /** @throws TypeError when the value is not finite or the name is empty or longer than 128 characters */
  metric(name: string, value: number, unit?: string): void;
  /**
   * Signals that the attempt is alive: resets `heartbeatTimeout` without logging. `details` are kept as a checkpoint,
   * soon and without waiting. @throws StageFailure as `checkpoint` does
   */
  heartbeat(details?: unknown): void;
  /**
   * Keeps JSON (at most 64 KiB) for the stage's next attempt, in place of what was kept before; settles when it is
   * durable. Counts as a heartbeat. Of several at once only the newest is sure to be kept.
   * @throws StageFailure `invalid_checkpoint`, `checkpoint_too_large`
   * @throws AbortReason `fenced` when the lease was lost: another attempt may run, and nothing was changed
   */
  checkpoint(data: unknown): Promise<void>;
  /**
   * What an earlier attempt of this stage kept last, or undefined. It outlives a retry, a hand-back and the worker, but
   * neither the end of the run nor a rerun of the stage.
   */
  readonly lastCheckpoint: unknown;
  /** Stores bytes as an artifact of this run; settles when they are durable. */
  artifact(name: string, content: ArtifactContent, options?: { readonly contentType?: string }): Promise<ArtifactMeta>;
  /**
   * The bytes of an artifact that any stage or attempt of this run stored, by what `artifact` returned for it.
   * @throws an error with the code `artifact_unreadable` when the run has no such bytes
   */
  readArtifact(artifact: Pick<ArtifactMeta, 'name' | 'sha256' | 'size'>): Promise<Readable>;
}

export type ArtifactContent = string | Uint8Array | Readable | { readonly file: string };

/** The body of a stage. Its return value is the stage's output: JSON, at most 256 KiB. */
export type StageHandler = (ctx: StageContext) => Promise<unknown>;
