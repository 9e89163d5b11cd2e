import { lstat, opendir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { ownerOfName } from './owned-name.ts';
import { removeFolder } from './remove-folder.ts';

/**
 * Age at which an untouched entry counts as left over, whatever its owner, ms. Owners touch entries in use at every
 * sweep.
 */
const ABANDONED_MS = 24 * 60 * 60_000;

export interface SweptPlace {
  readonly folder: string;
  /** Only names with this prefix are considered. */
  readonly prefix: string;
  /** Also sweep unmarked names by age, because the folder is ours alone. */
  readonly isOurs: boolean;
}

/**
 * Removes leftovers of killed processes: at once if the owner was on this machine and is dead, by age
 * if the owner cannot be checked. Returns the paths removed, and reports failures with their errors.
 */
export const sweepLeftovers = async (
  { folder, prefix, isOurs }: SweptPlace,
  onError: (path: string, error: unknown) => void,
): Promise<readonly string[]> => {
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
