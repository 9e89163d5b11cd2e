import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export const DATA_FOLDER = '.millrace';

/**
 * The data folder, absolute: the configured one, else `.millrace` in `cwd` or in its nearest parent that has one, so
 * that commands work anywhere inside a project; else `.millrace` in `cwd`. A folder of another user is skipped: it
 * could name an address to send tokens to.
 */
export const findDataFolder = (named: string | undefined, cwd: string): string => {
  if (named) return resolve(cwd, named);
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    if (isOurs(join(folder, DATA_FOLDER))) return join(folder, DATA_FOLDER);
    if (dirname(folder) === folder) return resolve(cwd, DATA_FOLDER);
  }
};

const isOurs = (path: string): boolean => {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && found.isDirectory() && found.uid === (process.getuid?.() ?? found.uid);
};
