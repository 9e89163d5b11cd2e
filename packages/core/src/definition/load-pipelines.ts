import { readFile, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { LIMITS, MillraceError, type Pipeline, type StageName } from '../domain/index.ts';
import { compileModule, shown } from './compile-module.ts';
import { type CompiledPipeline, compilePipeline } from './compile-pipeline.ts';
import { differenceOf } from './difference.ts';
import { findPipelineFiles } from './find-pipeline-files.ts';
import { importGuarded } from './import-guarded.ts';
import { computed, type Probed, probeModules } from './probe-modules.ts';
import { readUtf8 } from './read-utf8.ts';
import type { StageHandler } from './stage-context.ts';
import { sourceOfYaml } from './yaml-source.ts';

/** A pipeline ready to run. */
export interface LoadedPipeline {
  readonly pipeline: Pipeline;
  /** Absolute. */
  readonly file: string;
  /** Absolute folder of the file. */
  readonly dir: string;
  /** Handlers of the function stages. */
  readonly handlers: ReadonlyMap<StageName, StageHandler>;
}

/** How long a definition file may take to load. */
const LOAD_MS = 30_000;

export interface LoadOptions {
  /**
   * Whether to import the probed files into this process, for the code of function stages. False: none of their code
   * runs here.
   */
  readonly handlers?: boolean;
  /** How long one file may take to load; default 30 s. */
  readonly limitMs?: number;
}

/**
 * Loads every pipeline in the folders, files and globs. A broken file does not stop the others: it yields an
 * `invalid_definition` problem that names the file, with the pipeline it would have defined in `extra.pipeline`. A
 * definition file is a program, so it is first probed in a separate process. Two files with the same pipeline name are
 * a problem, and neither is loaded.
 */
export const loadPipelines = async (
  patterns: readonly string[],
  cwd: string,
  { handlers = true, limitMs = LOAD_MS }: LoadOptions = {},
): Promise<{ readonly loaded: readonly LoadedPipeline[]; readonly problems: readonly MillraceError[] }> => {
  const { files, problems } = await findPipelineFiles(patterns, cwd);
  const probed = await probeModules(
    files.filter((file) => !isYaml(file)),
    cwd,
    { limitMs, print: !handlers, twice: !handlers },
  );
  const loaded: LoadedPipeline[] = [];
  for (const file of files) {
    try {
      const compiled = isYaml(file)
        ? await compileYaml(file, cwd)
        : await compileProbed(file, cwd, probed.get(file)!, handlers ? limitMs : null);
      loaded.push({ ...compiled, file, dir: dirname(file) });
    } catch (error) {
      problems.push(await problemOf(file, cwd, error));
    }
  }
  return withoutNamesakes(
    loaded,
    problems.map(unlessDefined(new Set(loaded.map(({ pipeline }) => pipeline.name)))),
    cwd,
  );
};

/** A broken file does not count against a pipeline that another file defines. */
const unlessDefined =
  (names: ReadonlySet<string>) =>
  (problem: MillraceError): MillraceError =>
    names.has(String(problem.extra['pipeline']))
      ? new MillraceError(problem.code, problem.message, {
          errors: problem.errors,
          errorCount: problem.errorCount,
          cause: problem.cause,
        })
      : problem;

const isYaml = (file: string): boolean => /\.ya?ml$/.test(file);

const compileYaml = async (file: string, cwd: string): Promise<CompiledPipeline> => {
  const { size } = await stat(file);
  if (size > LIMITS.definition_bytes)
    throw new MillraceError(
      'invalid_definition',
      `${shown(file, cwd)}: the file is ${size} bytes; the limit definition_bytes is ${LIMITS.definition_bytes}`,
    );
  return compilePipeline(sourceOfYaml(await textOf(file, cwd), shown(file, cwd)));
};

/** @throws MillraceError `invalid_definition` with the place of the first byte that is not UTF-8 */
const textOf = async (file: string, cwd: string): Promise<string> => {
  const read = readUtf8(await readFile(file));
  if ('text' in read) return read.text;
  const path = `${shown(file, cwd)}:${read.line}:${read.col}`;
  throw new MillraceError('invalid_definition', `${path}: ${read.message}`, {
    errors: [{ path, message: read.message }],
  });
};

/** `limitMs` null: use the probed definition without importing the file. */
const compileProbed = async (
  file: string,
  cwd: string,
  probed: Probed,
  limitMs: number | null,
): Promise<CompiledPipeline> => {
  await textOf(file, cwd);
  if ('problem' in probed) throw probed.problem;
  if (limitMs === null) return { pipeline: probed.pipeline, handlers: new Map() };
  const compiled = await importGuarded(() => compileModule(file, cwd), limitMs);
  if (compiled.pipeline.version !== probed.pipeline.version)
    throw computed(file, cwd, differenceOf(probed.pipeline, compiled.pipeline));
  return compiled;
};

const problemOf = async (file: string, cwd: string, error: unknown): Promise<MillraceError> => {
  const pipeline = await nameMeant(file);
  if (error instanceof MillraceError)
    return new MillraceError(error.code, error.message, {
      errors: error.errors,
      errorCount: error.errorCount,
      extra: { ...error.extra, pipeline },
      cause: error,
    });
  const message = `${shown(file, cwd)}: the file could not be loaded: ${error instanceof Error ? error.message : String(error)}`;
  return new MillraceError('invalid_definition', message, {
    errors: [{ path: shown(file, cwd), message }],
    extra: { pipeline },
    cause: error,
  });
};

/** The pipeline that a broken file would define, by its text, else by its file name. */
const nameMeant = async (file: string): Promise<string> => {
  const { size } = await stat(file).catch(() => ({ size: 0 }));
  const text = size > LIMITS.definition_bytes ? '' : await readFile(file, 'utf8').catch(() => '');
  const written = isYaml(file)
    ? /^name:\s*["']?([\w.-]+)/m.exec(text)
    : /\bdefinePipeline\s*\(\s*["'`]([\w.-]+)["'`]/.exec(text);
  return written?.[1] ?? basename(file).replace(/\.pipeline\.\w+$/, '');
};

const withoutNamesakes = (
  loaded: readonly LoadedPipeline[],
  problems: readonly MillraceError[],
  cwd: string,
): { loaded: readonly LoadedPipeline[]; problems: readonly MillraceError[] } => {
  const files = new Map<string, string[]>();
  for (const { pipeline, file } of loaded)
    files.set(pipeline.name, [...(files.get(pipeline.name) ?? []), shown(file, cwd)]);
  const twice = [...files].filter(([, paths]) => paths.length > 1);
  const namesakes = twice.map(([name, paths]) => {
    const message = `pipeline "${name}" is defined in ${paths.join(' and ')}: give each its own name`;
    return new MillraceError('invalid_definition', message, {
      errors: paths.map((path) => ({ path, message })),
      extra: { pipeline: name },
    });
  });
  return {
    loaded: loaded.filter(({ pipeline }) => files.get(pipeline.name)!.length === 1),
    problems: [...problems, ...namesakes],
  };
};
