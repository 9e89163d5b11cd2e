import { chmod, opendir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { retry } from '../engine/index.ts';
import { canRemoveByHandle, removeByHandle } from './remove-by-handle.ts';

/** Removes a folder and its contents, even below read-only folders. Links are removed, never followed. */
export const removeFolder = async (path: string): Promise<void> => {
  if (canRemoveByHandle()) return removeByHandle(path);
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 2 });
  } catch (error) {
    if (!['EACCES', 'EPERM', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await openUp(path);
    await rm(path, { recursive: true, force: true, maxRetries: 2 });
  }
};

/** Leaves entries that cannot be opened for `rm` to report. */
const openUp = async (path: string): Promise<void> => {
  await chmod(path, 0o700).catch(() => {});
  const folder = await opendir(path).catch(() => null);
  if (!folder) return;
  for await (const entry of folder) if (entry.isDirectory()) await openUp(join(path, entry.name));
};

const TRIED_AGAIN_MS = [1_000, 10_000, 60_000, 600_000];

/**
 * Removes the folder in the background, retrying a failure (say, a lack of file descriptors) while this process lives;
 * afterwards a sweep does.
 */
export const removeFolderLater = (path: string): void => {
  retry(() => removeFolder(path), { pauses: TRIED_AGAIN_MS, ref: false }).catch(() => {});
};
