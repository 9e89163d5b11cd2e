import { lstat, mkdir, mkdtemp, readdir, readFile, realpath, rename, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { removeFolder } from '@millrace/core/scratch';
import { wireExportManifest } from '@millrace/core/wire';
import { CliError, EXIT } from '../exit-codes.ts';

/** Characters of the folder's name that go into the name of the folder beside it. */
const PREFIX = 100;

/** A folder that is written beside its place, and put there once it is whole. */
export interface TargetFolder {
  /** Empty, with mode 0700. */
  readonly workFolder: string;
  /** Puts the folder into its place. What was there is removed if it is an export of the run and nothing else; any
   * other folder is kept, under the name that is answered. */
  publish(): Promise<string | null>;
  discard(): Promise<void>;
}

/**
 * @throws CliError usage when the folder exists, is not empty and is not an export of the run, unless `force`, or when
 *   it is no folder, or the one this process is in
 */
export const targetFolder = async (
  named: string,
  { runId, force }: { readonly runId: string; readonly force: boolean },
): Promise<TargetFolder> => {
  const path = await placeOf(named);
  const found = await stat(path).catch(() => null);
  if (found !== null && !found.isDirectory()) throw usage(`${named} is not a folder`);
  if (found !== null && isAbove(path, process.cwd()))
    throw usage(`${named} is the folder you are in, or above it: name one for the run`);
  const earlier = found === null ? null : await earlierExport(path);
  const isEmpty = found === null || (await readdir(path)).length === 0;
  if (!isEmpty && earlier?.run_id !== runId && !force)
    throw usage(`${named} is not empty${earlier === null ? '' : `: it is run ${earlier.run_id}`}`, [
      'name another folder; --force keeps this one under another name and takes its place',
    ]);
  const workFolder = await mkdtemp(join(dirname(path), `.${basename(path).slice(0, PREFIX)}.`));
  return {
    workFolder,
    publish: () => publish(workFolder, path, runId),
    discard: () => removeFolder(workFolder),
  };
};

const usage = (message: string, details: readonly string[] = []): CliError =>
  new CliError(EXIT.usage, message, { details });

/** The folder's path with links resolved; the folders above it are made. */
const placeOf = async (named: string): Promise<string> => {
  const path = resolve(named);
  try {
    return await realpath(path);
  } catch {
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      return join(await realpath(dirname(path)), basename(path));
    } catch (error) {
      throw new CliError(EXIT.failed, `cannot write ${named}: ${(error as Error).message}`, { cause: error });
    }
  }
};

const isAbove = (folder: string, path: string): boolean => !/^\.\.(?:\/|$)/.test(relative(folder, path));

/** The manifest of what was exported here before; null: this is no export. */
const earlierExport = async (path: string) => {
  try {
    return wireExportManifest.parse(JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8')));
  } catch {
    return null;
  }
};

const publish = async (workFolder: string, path: string, runId: string): Promise<string | null> => {
  const aside = `${path}.before-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  const isThere = await rename(path, aside).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
  try {
    await rename(workFolder, path);
  } catch (error) {
    if (isThere) await rename(aside, path).catch(() => {});
    throw error;
  }
  if (!isThere || (await isOnly(aside, runId))) {
    await removeFolder(aside);
    return null;
  }
  return aside;
};

/** Whether the folder holds an export of the run, or nothing, and no file besides. */
const isOnly = async (folder: string, runId: string): Promise<boolean> => {
  const manifest = await earlierExport(folder);
  if (manifest !== null && manifest.run_id !== runId) return false;
  const listed = new Set(['manifest.json', ...(manifest?.files ?? []).map(({ path }) => path)]);
  for (const name of await readdir(folder, { recursive: true, encoding: 'utf8' }))
    if (!listed.has(name) && !(await lstat(join(folder, name))).isDirectory()) return false;
  return manifest !== null || (await readdir(folder)).length === 0;
};
