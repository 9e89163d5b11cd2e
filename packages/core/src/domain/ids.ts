/** Branded identifiers: a string can never become one of these by accident. */
declare const brand: unique symbol;
type Branded<B extends string> = string & { readonly [brand]: B };

/** One execution of a pipeline; a UUID v7, so that ids sort by creation time. */
export type RunId = Branded<'RunId'>;
export type PipelineName = Branded<'PipelineName'>;
/** The first 16 hex digits of the SHA-256 of the canonical definition. */
export type PipelineVersion = Branded<'PipelineVersion'>;
export type StageName = Branded<'StageName'>;
/** One worker process, from its start to its end; a new process is a new worker. */
export type WorkerId = Branded<'WorkerId'>;

/** Rises with every claim of a run's stages; a write that carries a lower one is refused. */
export type FencingToken = number & { readonly [brand]: 'FencingToken' };

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;
/** What a pipeline, stage, queue or mode may be called; it is safe in a path, a key and a job id. */
export const NAME_RULE = 'a letter, then up to 62 letters, digits, "-" or "_"';
export const isName = (text: string): boolean => NAME.test(text);

const RUN_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
export const isRunId = (text: string): text is RunId => RUN_ID.test(text);

/** The id under which BullMQ carries a StageRun, and by which a claim is known. */
export const jobIdOf = (runId: RunId, stageIndex: number, generation: number): string => `${runId}.${stageIndex}.${generation}`;
