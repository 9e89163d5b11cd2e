import { constants, existsSync } from 'node:fs';
import { chmod, type FileHandle, open, opendir, rename, rmdir, unlink } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';

const HANDLES = '/proc/self/fd';
/** O_PATH: opens even unreadable folders. Linux has it; Node has no constant for it. */
const FOLDER = 0x20_0000 | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** How many times to remove files added to a folder during its removal. */
const ROUNDS = 5;

export const canRemoveByHandle = (): boolean => existsSync(HANDLES);

/**
 * Removes a folder and its contents through its handle, so that swapping folders for links cannot redirect it. Nested
 * folders are moved to the top before they are emptied, so that none is too deep for a path.
 */
export const removeByHandle = async (path: string): Promise<void> => {
  const top = await open(path, FOLDER).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return error.code;
    throw error;
  });
  if (top === 'ENOENT') return;
  if (top === 'ENOTDIR') return ignoring('ENOENT', unlink(path));
  try {
    for (let round = 1; ; round++) {
      const folders = await empty(top, top);
      for (let name = folders.pop(); name !== undefined; name = folders.pop())
        folders.push(...(await removeBelow(top, name)));
      const error = await rmdir(path).catch((thrown: NodeJS.ErrnoException) => thrown);
      if (error === undefined || error.code === 'ENOENT') return;
      if (error.code !== 'ENOTEMPTY' || round === ROUNDS) throw error;
    }
  } finally {
    await top.close();
  }
};

/** Returns its subfolders, which are now beside it. */
const removeBelow = async (top: FileHandle, name: Buffer): Promise<readonly Buffer[]> => {
  const path = below(top, name);
  const folder = await open(path, FOLDER).catch((error: NodeJS.ErrnoException) => error);
  if (folder instanceof Error) {
    if (folder.code === 'ENOTDIR') await ignoring('ENOENT', unlink(path));
    else if (folder.code !== 'ENOENT') throw folder;
    return [];
  }
  try {
    const lifted = await empty(folder, top);
    const error = await rmdir(path).catch((thrown: NodeJS.ErrnoException) => thrown);
    // Something was added meanwhile: the next round finds it.
    if (error !== undefined && error.code !== 'ENOENT' && error.code !== 'ENOTEMPTY') throw error;
    return lifted;
  } finally {
    await folder.close();
  }
};

/** Removes the files and moves the folders to the top; returns their names there. */
const empty = async (folder: FileHandle, top: FileHandle): Promise<Buffer[]> => {
  const here = `${HANDLES}/${folder.fd}`;
  if (((await folder.stat()).mode & 0o700) !== 0o700) await chmod(here, 0o700);
  const folders: Buffer[] = [];
  for await (const { name } of (await opendir(here, {
    encoding: 'buffer' as BufferEncoding,
  })) as unknown as AsyncIterable<{ name: Buffer }>) {
    const path = below(folder, name);
    const error = await unlink(path).catch((thrown: NodeJS.ErrnoException) => thrown);
    if (error === undefined || error.code === 'ENOENT') continue;
    if (error.code !== 'EISDIR') throw error;
    const lifted = folder === top ? name : Buffer.from(randomUUID());
    if (folder !== top) await lift(path, below(top, lifted));
    folders.push(lifted);
  }
  return folders;
};

/** A read-only folder cannot be moved. */
const lift = async (from: Buffer, to: Buffer): Promise<void> => {
  const error = await rename(from, to).catch((thrown: NodeJS.ErrnoException) => thrown);
  if (error === undefined || error.code === 'ENOENT') return;
  if (error.code !== 'EACCES') throw error;
  const folder = await open(from, FOLDER);
  await chmod(`${HANDLES}/${folder.fd}`, 0o700).finally(() => folder.close());
  await ignoring('ENOENT', rename(from, to));
};

const below = (folder: FileHandle, name: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${HANDLES}/${folder.fd}/`), name]);

const ignoring = (code: string, act: Promise<void>): Promise<void> =>
  act.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== code) throw error;
  });
