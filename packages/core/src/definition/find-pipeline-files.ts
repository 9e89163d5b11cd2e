import { access, constants, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { MillraceError } from '../domain/index.ts';

const FILES = '**/*.pipeline.{ts,mts,js,mjs,yaml,yml}';
const NEARLY = '**/*.{yaml,yml}';
const CALLED = 'called <name>.pipeline.ts, .mts, .js, .mjs, .yaml or .yml';
const NOT_OURS = ['**/node_modules/**', '**/dist/**', '**/.millrace/**'];

/** Absolute paths of the pipeline files that the folders, files and globs name, sorted; what cannot be read is a problem. */
export const findPipelineFiles = async (patterns: readonly string[], cwd: string): Promise<{ files: string[]; problems: MillraceError[] }> => {
  const files = new Set<string>();
  const problems: MillraceError[] = [];
  for (const pattern of patterns) {
    try {
      for (const file of await matching(pattern, cwd)) files.add(file);
    } catch (error) {
      const message = error instanceof MillraceError ? error.message : `${pattern}: ${reason(error as NodeJS.ErrnoException)}`;
      problems.push(new MillraceError('invalid_definition', message, { errors: [{ path: pattern, message }], cause: error }));
    }
  }
  return { files: [...files].sort(), problems };
};

const matching = async (pattern: string, cwd: string): Promise<readonly string[]> => {
  const path = resolve(cwd, pattern);
  const exists = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && isDynamicPattern(pattern)) return null;
    throw error;
  });
  if (exists?.isFile()) return isPipelineFile(path) ? [path] : refuseName(pattern);
  if (exists === null) return (await glob(pattern, { cwd, absolute: true, onlyFiles: true, ignore: NOT_OURS })).filter(isPipelineFile);
  await access(path, constants.R_OK | constants.X_OK);
  const inside = { cwd: path, absolute: true, onlyFiles: true, ignore: NOT_OURS, expandDirectories: false };
  const found = await glob(FILES, inside);
  if (found.length === 0) refuseMisnamed(pattern, await glob(NEARLY, { ...inside, absolute: false }));
  return found;
};

/** Of a folder without pipelines: files that were meant to be some are told, not passed over. */
const refuseMisnamed = (pattern: string, [first, ...others]: readonly string[]): void => {
  if (first === undefined) return;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  throw new MillraceError('invalid_definition', `${pattern}: nothing in this folder is ${CALLED}; ${first}${more} ${more ? 'are' : 'is'} not read`);
};

const isPipelineFile = (path: string): boolean => /\.pipeline\.(ts|mts|js|mjs|yaml|yml)$/.test(path);

const refuseName = (pattern: string): never => {
  throw new MillraceError('invalid_definition', `${pattern}: a pipeline file must be ${CALLED}`);
};

const reason = (error: NodeJS.ErrnoException): string => {
  if (error.code === 'ENOENT') return 'there is no such file or folder';
  if (error.code === 'EACCES') return 'the folder may not be read';
  return error.message;
};
