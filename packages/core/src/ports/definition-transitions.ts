import type { Pipeline, PipelineName } from '../domain/index.ts';

/** Pipelines, their versions, and the files that define them. */
export interface DefinitionTransitions {
  /** Stores the version (idempotent) and, with `makeCurrent`, lets new runs start on it. */
  registerPipeline(pipeline: Pipeline, options: { makeCurrent: boolean }): Promise<void>;
  /**
   * Removes a pipeline from the current ones; its runs and versions stay. Once it returns, no run of it starts
   * until it is registered as current again, when its schedules begin anew.
   */
  retirePipeline(name: PipelineName): Promise<void>;
  /**
   * Reports which pipelines the definition files of `source` define, as just loaded (`loaded`), or renews the last
   * report. A renewal for a source unknown to the store changes nothing: load the files again.
   */
  registerDefinitions(command: RegisterDefinitions): Promise<{ readonly known: boolean }>;
  /** The reporting process exits. Its report remains as the last known. */
  releaseDefinitions(source: string): Promise<void>;
}

export interface RegisterDefinitions {
  /** Identifies the files; equal in every process that reads the same ones, so that the newest load wins. */
  readonly source: string;
  /** How long the report is valid without a renewal. */
  readonly ttlMs: number;
  /** Names, sorted. Ignored in a renewal. */
  readonly pipelines: readonly string[];
  /** Names that broken files would define. */
  readonly broken: readonly string[];
  readonly loaded: boolean;
  /** The store had lost this process's report: noted as `lostAt` for an hour. */
  readonly afterLoss?: boolean;
}
