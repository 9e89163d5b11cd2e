import { lstat, opendir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { ownerOfName } from './owned-name.ts';
import { removeFolder } from './remove-folder.ts';

/** What stays untouched for so long is left over, whoever made it, ms. Owners touch what they use at every sweep. */
const ABANDONED_MS = 24 * 60 * 60_000;

export interface SweptPlace {
  readonly folder: string;
  /** Only names that begin with it are looked at. */
  readonly prefix: string;
  /** Also sweep, by age, names that carry no mark: all in the folder is ours. */
  readonly isOurs: boolean;
}

/**
 * Removes what processes left that were killed before they could: at once when its owner was of this machine and is dead, by its age
 * when its owner cannot be asked. Answers the paths removed; what cannot be removed is told with the error.
 */
export const sweepLeftovers = async ({ folder, prefix, isOurs }: SweptPlace, onError: (path: string, error: unknown) => void): Promise<readonly string[]> => {
  const removed: string[] = [];
  const found = await opendir(folder).catch(() => null);
  if (!found) return removed;
  for await (const { name } of found) {
    if (!name.startsWith(prefix)) continue;
    const owner = ownerOfName(name, prefix);
    if (owner === 'unmarked' && !isOurs) continue;
    const path = join(folder, name);
    try {
      if (owner === 'alive') await utimes(path, new Date(), new Date());
      else if (owner === 'dead' || (await isAbandoned(path))) {
        await removeFolder(path);
        removed.push(path);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') onError(path, error);
    }
  }
  return removed;
};

const isAbandoned = async (path: string): Promise<boolean> => Date.now() - (await lstat(path)).mtimeMs > ABANDONED_MS;
