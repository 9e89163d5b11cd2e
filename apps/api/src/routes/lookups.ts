import {
  isName,
  isRunId,
  MillraceError,
  type Pipeline,
  type PipelineName,
  type PipelineVersion,
  type RunId,
  type RunSummary,
  type StageName,
} from '@millrace/core/domain';
import { definitionFiles, isServed, unknownPipeline } from '@millrace/core/engine';
import type { Readings, StagePage, StageQuery } from '@millrace/core/ports';
import type { ApiDeps } from '../api-deps.ts';

/** @throws MillraceError `unknown_pipeline` */
export const pipelineNamed = async (store: Readings, name: string): Promise<Pipeline> => {
  const pipeline = isName(name) ? await store.pipeline(name as PipelineName) : null;
  if (pipeline) return pipeline;
  throw await unknownPipeline(store, name);
};

/** Problem of the file that would define the pipeline. */
export const problemOfFile = (problems: ApiDeps['problems'], name: string): MillraceError | null =>
  problems.find(({ extra }) => extra['pipeline'] === name) ?? null;

type DefinitionDeps = Pick<ApiDeps, 'store' | 'problems' | 'defined'>;

/**
 * Problem of the pipeline's definition: its file is broken, or no process has a file that defines it any more. `read`:
 * for many of them, once.
 */
export const definitionProblem = async (
  { store, problems, defined }: DefinitionDeps,
  name: string,
  read = () => definitionFiles(store),
): Promise<MillraceError | null> => {
  if (defined?.has(name)) return null;
  const problem = problemOfFile(problems, name);
  if (problem !== null) return problem;
  // A name that was never defined has no problem to report.
  if (!isName(name) || !(await store.pipeline(name as PipelineName))) return null;
  const files = await read();
  const missing = files.told ? files.missing(name) : null;
  return missing === null ? null : new MillraceError('invalid_definition', missing);
};

/**
 * Why the pipeline cannot run; null: it can, or a live worker still has the version registered before its file broke or
 * was removed.
 */
export const notRunnable = async (deps: DefinitionDeps, name: string): Promise<MillraceError | null> => {
  const problem = await definitionProblem(deps, name);
  return problem === null || (isName(name) && (await isServed(deps.store, name))) ? null : problem;
};

/** The version a run is pinned to, even of a retired pipeline. @throws MillraceError `unknown_pipeline` */
export const pipelineAt = async (store: Readings, name: string, version: string | undefined): Promise<Pipeline> => {
  if (version === undefined) return pipelineNamed(store, name);
  const pipeline = isName(name) ? await store.pipeline(name as PipelineName, version as PipelineVersion) : null;
  if (pipeline) return pipeline;
  throw new MillraceError(
    'unknown_pipeline',
    `there is no version "${version.slice(0, 80)}" of pipeline "${name.slice(0, 60)}"`,
  );
};

/** @throws MillraceError `unknown_run` */
export const runWithId = async (store: Readings, id: string): Promise<RunSummary> =>
  (await store.runSummary(runIdOf(id))) ?? refuse(unknownRun(id));

/** The stages of a run returned by default. */
export const FIRST_STAGES: StageQuery = { after: null, limit: 500, outputs: true };

/** The run with some of its stages. @throws MillraceError `unknown_run` */
export const stagesWithId = async (store: Readings, id: string, query: Partial<StageQuery> = {}): Promise<StagePage> =>
  (await store.stages(runIdOf(id), { ...FIRST_STAGES, ...query })) ?? refuse(unknownRun(id));

/** @throws MillraceError `unknown_run`, or `unknown_stage` if a stage is named that the run does not have */
export const checkStage = async (store: Readings, runId: string, name: string | undefined): Promise<void> => {
  if (name === undefined) return;
  const { items } = await stagesWithId(store, runId, { names: [name as StageName], outputs: false });
  if (items.length === 0) throw new MillraceError('unknown_stage', `the run has no stage "${name.slice(0, 100)}"`);
};

/** @throws MillraceError `unknown_run` when the text cannot be a run's id */
export const runIdOf = (id: string): RunId => {
  return isRunId(id) ? id : refuse(unknownRun(id));
};

export const unknownRun = (id: string): MillraceError =>
  new MillraceError('unknown_run', `there is no run "${id.slice(0, 60)}"`);
const refuse = (error: MillraceError): never => {
  throw error;
};

/**
 * The pipeline of the endpoints that name none: the configured one, else the only one. @throws MillraceError
 * `unknown_pipeline`
 */
export const defaultPipeline = async ({ config, store }: Pick<ApiDeps, 'config' | 'store'>): Promise<Pipeline> => {
  if (config.defaultPipeline !== null) return pipelineNamed(store, config.defaultPipeline);
  const [only, ...others] = await store.pipelines();
  if (only && others.length === 0) return only;
  throw new MillraceError(
    'unknown_pipeline',
    `there are ${only ? others.length + 1 : 0} pipelines: set MILLRACE_DEFAULT_PIPELINE to choose the one for this path`,
  );
};
