import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { tsImport } from 'tsx/esm/api';
import { MillraceError } from '../domain/index.ts';
import { type CompiledPipeline, compilePipeline } from './compile-pipeline.ts';
import { isPipelineDefinition, sourceOfDefinition } from './define-pipeline.ts';

/** Runs a definition file in this process. @throws MillraceError `invalid_definition`, or what the file itself threw */
export const compileModule = async (file: string, cwd: string): Promise<CompiledPipeline> => {
  const module = (await tsImport(pathToFileURL(file).href, { parentURL: import.meta.url, tsconfig: false })) as {
    default?: unknown;
  };
  const exported = isPipelineDefinition(module.default)
    ? module.default
    : (module.default as { default?: unknown } | undefined)?.default;
  if (!isPipelineDefinition(exported))
    throw new MillraceError(
      'invalid_definition',
      `${shown(file, cwd)}: the file must "export default definePipeline(…)"`,
    );
  return compilePipeline(sourceOfDefinition(exported, shown(file, cwd)));
};

/** The path shown to users: relative to the working directory if inside it. */
export const shown = (file: string, cwd: string): string => {
  const short = relative(resolve(cwd), file);
  return short.startsWith('..') ? file : short;
};
