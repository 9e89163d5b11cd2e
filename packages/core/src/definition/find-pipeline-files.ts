import { access, constants, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { MillraceError } from '../domain/index.ts';

const FILES = '**/*.pipeline.{ts,mts,js,mjs,yaml,yml}';
const NEARLY = '**/*.{yaml,yml}';
const CALLED = 'called <name>.pipeline.ts, .mts, .js, .mjs, .yaml or .yml';
const NOT_OURS = ['**/node_modules/**', '**/dist/**', '**/.millrace/**'];

/**
 * Sorted absolute paths of the pipeline files matched by the folders, files and globs. An unreadable path is a problem,
 * and so is a name or a glob that matches nothing. A file reached by several paths (a linked release folder) counts
 * once.
 */
export const findPipelineFiles = async (
  patterns: readonly string[],
  cwd: string,
): Promise<{ files: string[]; problems: MillraceError[] }> => {
  const files = new Set<string>();
  const problems: MillraceError[] = [];
  for (const pattern of patterns) {
    try {
      for (const file of await matching(pattern, cwd)) files.add(file);
    } catch (error) {
      const message =
        error instanceof MillraceError ? error.message : `${pattern}: ${reason(error as NodeJS.ErrnoException)}`;
      problems.push(
        new MillraceError('invalid_definition', message, { errors: [{ path: pattern, message }], cause: error }),
      );
    }
  }
  return { files: await withoutLinks([...files].sort()), problems };
};

/** Each file once: under its real path if listed, else under the first one. */
const withoutLinks = async (paths: readonly string[]): Promise<string[]> => {
  const byFile = new Map<string, string>();
  for (const path of paths) {
    const file = await realpath(path).catch(() => path);
    if (path === file || !byFile.has(file)) byFile.set(file, path);
  }
  return [...byFile.values()].sort();
};

const matching = async (pattern: string, cwd: string): Promise<readonly string[]> => {
  const path = resolve(cwd, pattern);
  const exists = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && isDynamicPattern(pattern)) return null;
    throw error;
  });
  if (exists?.isFile()) return isPipelineFile(path) ? [path] : refuseName(pattern);
  if (exists === null) return matchingGlob(pattern, cwd);
  await access(path, constants.R_OK | constants.X_OK);
  const inside = { cwd: path, absolute: true, onlyFiles: true, ignore: NOT_OURS, expandDirectories: false };
  const found = await glob(FILES, inside);
  if (found.length === 0) refuseMisnamed(pattern, await glob(NEARLY, { ...inside, absolute: false }));
  return found;
};

const matchingGlob = async (pattern: string, cwd: string): Promise<readonly string[]> => {
  const matches = await glob(pattern, { cwd, absolute: true, onlyFiles: true, ignore: NOT_OURS });
  const found = matches.filter(isPipelineFile);
  if (found.length > 0) return found;
  if (matches.length > 0)
    throw new MillraceError(
      'invalid_definition',
      `${pattern}: none of the files that it matches (${matches.length}) is ${CALLED}`,
    );
  throw new MillraceError('invalid_definition', `${pattern}: matches no file`);
};

/** For a folder without pipelines: reports files that look like misnamed ones. */
const refuseMisnamed = (pattern: string, [first, ...others]: readonly string[]): void => {
  if (first === undefined) return;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  throw new MillraceError(
    'invalid_definition',
    `${pattern}: nothing in this folder is ${CALLED}; ${first}${more} ${more ? 'are' : 'is'} not read`,
  );
};

const isPipelineFile = (path: string): boolean => /\.pipeline\.(ts|mts|js|mjs|yaml|yml)$/.test(path);

const refuseName = (pattern: string): never => {
  throw new MillraceError('invalid_definition', `${pattern}: a pipeline file must be ${CALLED}`);
};

const reason = (error: NodeJS.ErrnoException): string => {
  if (error.code === 'ENOENT') return 'there is no such file or folder';
  if (error.code === 'ENOTDIR') return 'a part of the path is a file, not a folder';
  if (error.code === 'ELOOP') return 'its links lead in a circle';
  if (error.code === 'EACCES') return 'the folder may not be read';
  return error.message;
};
