import type { Readable } from 'node:stream';
import type { PipelineName, RunId, StageName, TriggerKind } from '../domain/index.ts';
import type { ArtifactMeta } from '../ports/index.ts';

/** What a StageHandler is given: its input, who it is, and how it reports. */
export interface StageContext<Params = Readonly<Record<string, unknown>>, Inputs = Readonly<Record<string, unknown>>> {
  /** Of the run: validated, defaults applied. */
  readonly params: Params;
  /** Outputs of exactly the stages that this one depends on, by name. */
  readonly inputs: Inputs;
  readonly runId: RunId;
  readonly pipeline: PipelineName;
  readonly stage: StageName;
  /** 1-based. */
  readonly attempt: number;
  /** Rises with every claim; pass it to systems that can refuse a lower one. */
  readonly fence: number;
  /** `<run>.<stage>.<generation>`: the same in every attempt, so that the outside world can recognise a repeat. */
  readonly idempotencyKey: string;
  /** `tick` in ms since the epoch. */
  readonly trigger: { readonly kind: TriggerKind; readonly tick?: number };
  /** Aborted on cancel, timeout, drain or a lost lease; the reason is an `AbortReason`. A handler has its stage's grace to end. */
  readonly signal: AbortSignal;
  /** Folder of the definition file. */
  readonly dir: string;
  log(line: string): void;
  /** As `log`, for a stream's lines: settles when there is room for more. */
  writeLines(stream: 'out' | 'err', lines: readonly string[]): Promise<void>;
  /** `fraction` is 0..1; values outside are clamped. @throws TypeError when it is not a number */
  progress(fraction: number, message?: string): void;
  /** @throws TypeError when the value is not finite or the name is empty or longer than 128 characters */
  metric(name: string, value: number, unit?: string): void;
  /** Says "still alive" without a word: breaks the silence that `heartbeatTimeout` measures. */
  heartbeat(): void;
  /** Stores bytes with this run; settles when they are safe. */
  artifact(name: string, content: ArtifactContent, options?: { readonly contentType?: string }): Promise<ArtifactMeta>;
}

export type ArtifactContent = string | Uint8Array | Readable | { readonly file: string };

/** What runs when a stage runs. What it returns is the stage's output: JSON, at most 256 KiB. */
export type StageHandler = (ctx: StageContext) => Promise<unknown>;
