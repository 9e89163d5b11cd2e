/** Branded identifiers, so that a plain string cannot be passed by accident. */
declare const brand: unique symbol;
type Branded<B extends string> = string & { readonly [brand]: B };

/** One execution of a pipeline; a UUID v7, so that ids sort by creation time. */
export type RunId = Branded<'RunId'>;
export type PipelineName = Branded<'PipelineName'>;
/** The first 16 hex digits of the SHA-256 of the canonical definition. */
export type PipelineVersion = Branded<'PipelineVersion'>;
export type StageName = Branded<'StageName'>;
/** One worker process; a restarted process is a new worker. */
export type WorkerId = Branded<'WorkerId'>;

/** Rises with every claim of a run's stages; a write with a lower one is refused. */
export type FencingToken = number & { readonly [brand]: 'FencingToken' };

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;
/** Valid names of pipelines, stages, queues and modes: safe in paths, keys and job ids. */
export const NAME_RULE = 'a letter, then up to 62 letters, digits, "-" or "_"';
export const isName = (text: string): boolean => NAME.test(text);

const RUN_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
export const isRunId = (text: string): text is RunId => RUN_ID.test(text);

/** The BullMQ job id of a StageRun, which also identifies a claim. */
export const jobIdOf = (runId: RunId, stageIndex: number, generation: number): string =>
  `${runId}.${stageIndex}.${generation}`;
