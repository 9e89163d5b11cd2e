import { readFile, stat } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { tsImport } from 'tsx/esm/api';
import { LIMITS, MillraceError, type Pipeline, type StageName } from '../domain/index.ts';
import { type CompiledPipeline, compilePipeline } from './compile-pipeline.ts';
import { isPipelineDefinition, sourceOfDefinition } from './define-pipeline.ts';
import { findPipelineFiles } from './find-pipeline-files.ts';
import type { StageHandler } from './stage-context.ts';
import { sourceOfYaml } from './yaml-source.ts';

/** A pipeline ready to run. */
export interface LoadedPipeline {
  readonly pipeline: Pipeline;
  /** Absolute. */
  readonly file: string;
  /** Absolute folder of the file. */
  readonly dir: string;
  /** Of the function stages. */
  readonly handlers: ReadonlyMap<StageName, StageHandler>;
}

/**
 * Every pipeline in the folders, files and globs. One that is wrong does not stop the others: it is a problem,
 * an `invalid_definition` that names its file. Two files with one pipeline name are a problem, and neither is loaded.
 */
export const loadPipelines = async (
  patterns: readonly string[],
  cwd: string,
): Promise<{ readonly loaded: readonly LoadedPipeline[]; readonly problems: readonly MillraceError[] }> => {
  const { files, problems } = await findPipelineFiles(patterns, cwd);
  const loaded: LoadedPipeline[] = [];
  for (const file of files) {
    try {
      loaded.push(await loadPipeline(file, cwd));
    } catch (error) {
      problems.push(problemOf(file, cwd, error));
    }
  }
  return withoutNamesakes(loaded, problems, cwd);
};

/** @throws MillraceError `invalid_definition`, or what the file itself threw */
const loadPipeline = async (file: string, cwd: string): Promise<LoadedPipeline> => {
  const compiled = /\.ya?ml$/.test(file) ? await compileYaml(file, cwd) : await compileModule(file, cwd);
  return { ...compiled, file, dir: dirname(file) };
};

const compileYaml = async (file: string, cwd: string): Promise<CompiledPipeline> => {
  const { size } = await stat(file);
  if (size > LIMITS.definition_bytes)
    throw new MillraceError('invalid_definition', `${shown(file, cwd)}: the file is ${size} bytes; the limit definition_bytes is ${LIMITS.definition_bytes}`);
  return compilePipeline(sourceOfYaml(await readFile(file, 'utf8'), shown(file, cwd)));
};

const compileModule = async (file: string, cwd: string): Promise<CompiledPipeline> => {
  const module = (await tsImport(pathToFileURL(file).href, { parentURL: import.meta.url, tsconfig: false })) as { default?: unknown };
  const exported = isPipelineDefinition(module.default) ? module.default : (module.default as { default?: unknown } | undefined)?.default;
  if (!isPipelineDefinition(exported)) throw new MillraceError('invalid_definition', `${shown(file, cwd)}: the file must "export default definePipeline(…)"`);
  return compilePipeline(sourceOfDefinition(exported, shown(file, cwd)));
};

const problemOf = (file: string, cwd: string, error: unknown): MillraceError => {
  if (error instanceof MillraceError) return error;
  const message = `${shown(file, cwd)}: the file could not be loaded: ${error instanceof Error ? error.message : String(error)}`;
  return new MillraceError('invalid_definition', message, { errors: [{ path: shown(file, cwd), message }], cause: error });
};

const withoutNamesakes = (
  loaded: readonly LoadedPipeline[],
  problems: readonly MillraceError[],
  cwd: string,
): { loaded: readonly LoadedPipeline[]; problems: readonly MillraceError[] } => {
  const files = new Map<string, string[]>();
  for (const { pipeline, file } of loaded) files.set(pipeline.name, [...(files.get(pipeline.name) ?? []), shown(file, cwd)]);
  const twice = [...files].filter(([, paths]) => paths.length > 1);
  const namesakes = twice.map(([name, paths]) => {
    const message = `pipeline "${name}" is defined in ${paths.join(' and ')}: give each its own name`;
    return new MillraceError('invalid_definition', message, { errors: paths.map((path) => ({ path, message })) });
  });
  return { loaded: loaded.filter(({ pipeline }) => files.get(pipeline.name)!.length === 1), problems: [...problems, ...namesakes] };
};

const shown = (file: string, cwd: string): string => {
  const short = relative(resolve(cwd), file);
  return short.startsWith('..') ? file : short;
};
