import type { Pipeline, PipelineName } from '../domain/index.ts';

/** Pipelines, their versions, and the files that define them. */
export interface DefinitionTransitions {
  /** Stores the version (idempotent) and, with `makeCurrent`, lets new runs start on it. */
  registerPipeline(pipeline: Pipeline, options: { makeCurrent: boolean }): Promise<void>;
  /**
   * Takes a pipeline out of the list of current ones; its runs and versions stay. Once it has answered, no run of it starts,
   * until it is registered as current again; its schedules then begin anew.
   */
  retirePipeline(name: PipelineName): Promise<void>;
  /**
   * Tells which pipelines the definition files of `source` define now, as a process has just loaded them (`loaded`), or that they still are what was
   * told last (a renewal). A renewal of a source that the store does not know changes nothing: load it anew.
   */
  registerDefinitions(command: RegisterDefinitions): Promise<{ readonly known: boolean }>;
  /** The process that told ends. What it told stays what is known last. */
  releaseDefinitions(source: string): Promise<void>;
}

export interface RegisterDefinitions {
  /** Names the files: the same for every process that reads the same ones, so that the newest load is what holds. */
  readonly source: string;
  /** How long it holds without a renewal. */
  readonly ttlMs: number;
  /** Names, sorted. Of a renewal they are not looked at. */
  readonly pipelines: readonly string[];
  /** Names that broken files would define. */
  readonly broken: readonly string[];
  readonly loaded: boolean;
  /** The store had forgotten what this process had told it: noted as `lostAt` for an hour. */
  readonly afterLoss?: boolean;
}
