import { constants, existsSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { type FileHandle, lstat, open, opendir, realpath } from 'node:fs/promises';

/** Opening relative to a folder's handle (Linux). */
const HANDLES = '/proc/self/fd';
/** O_NOFOLLOW_ANY: no link anywhere in the path. macOS has it (sys/fcntl.h); Node has no constant for it. */
const NO_LINKS = process.platform === 'darwin' ? 0x2000_0000 : constants.O_NOFOLLOW;
/**
 * Opening a pipe would block until it has a writer, and with it one of the few threads that all stages share for file
 * I/O.
 */
const READ = constants.O_RDONLY | constants.O_NONBLOCK;

/** The opened entry is not a regular file with a single name; the message continues after the file's name. */
export class NotPlainFile extends Error {}

/** Path components from the held folder down to an entry; empty: the folder itself. */
export type Names = readonly (Buffer | string)[];

/**
 * A folder held by its handle, whatever happens to its name. Entries are opened from the handle, one path component at
 * a time and without following links, so moving or replacing entries cannot lead outside. Without /proc it opens paths:
 * on macOS refusing links, and elsewhere checking again afterwards, where swapping a folder for a link twice at the
 * right moments goes unnoticed.
 */
export class HeldFolder {
  readonly #handle: FileHandle;
  /** Null: entries are opened from the handle. */
  readonly #path: string | null;

  private constructor(handle: FileHandle, path: string | null) {
    this.#handle = handle;
    this.#path = path;
  }

  /** Follows links in the path to the folder. */
  static async open(path: string, hasHandles = existsSync(HANDLES)): Promise<HeldFolder> {
    const real = hasHandles ? path : await realpath(path);
    return new HeldFolder(await open(real, READ | constants.O_DIRECTORY), hasHandles ? null : real);
  }

  /**
   * Opens the entry. The caller closes it.
   * @throws NotPlainFile for a link, a socket or a device without a driver; else the system's error
   */
  async open(names: Names, flags = 0): Promise<FileHandle> {
    try {
      return this.#path === null
        ? await this.#walk(names, READ | flags)
        : await openSeen(pathBelow(this.#path, names), READ | flags);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ELOOP' || code === 'ENXIO' || code === 'ENODEV')
        throw new NotPlainFile('is not a regular file', { cause: error });
      throw error;
    }
  }

  /** The entries of a folder, streamed. */
  async *entries(names: Names): AsyncGenerator<Dirent<Buffer>> {
    const handle = names.length === 0 ? this.#handle : await this.open(names, constants.O_DIRECTORY);
    try {
      const path = this.#path === null ? Buffer.from(`${HANDLES}/${handle.fd}`) : pathBelow(this.#path, names);
      // The types lack the encoding option for names.
      yield* (await opendir(path, { encoding: 'buffer' as BufferEncoding })) as unknown as AsyncIterable<
        Dirent<Buffer>
      >;
    } finally {
      if (handle !== this.#handle) await handle.close();
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  async #walk(names: Names, flags: number): Promise<FileHandle> {
    let folder = this.#handle;
    try {
      for (const name of names.slice(0, -1)) {
        const next = await openIn(folder, name, READ | constants.O_DIRECTORY);
        if (folder !== this.#handle) await folder.close();
        folder = next;
      }
      return await openIn(folder, names.at(-1)!, flags);
    } finally {
      if (folder !== this.#handle) await folder.close();
    }
  }
}

/**
 * Size in bytes. Refuses a hard link: its other name may belong to anyone, and the system offers no way to find out.
 * @throws NotPlainFile
 */
export const sizeOfPlain = async (file: FileHandle): Promise<number> => {
  const found = await file.stat();
  if (!found.isFile()) throw new NotPlainFile('is not a regular file');
  if (found.nlink > 1)
    throw new NotPlainFile(`has ${found.nlink} names (hard links), and the others may belong to other users: copy it`);
  return found.size;
};

/**
 * Opens a file by a given path, without following a link in the last component.
 * @throws NotPlainFile; else the system's error
 */
export const openNamed = async (path: string): Promise<FileHandle> => {
  try {
    return await open(path, READ | constants.O_NOFOLLOW);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENXIO' || code === 'ENODEV') throw new NotPlainFile('is not a regular file', { cause: error });
    if (code === 'ELOOP') throw new NotPlainFile('is a link: name its target instead', { cause: error });
    throw error;
  }
};

const openIn = (folder: FileHandle, name: Buffer | string, flags: number): Promise<FileHandle> =>
  open(Buffer.concat([Buffer.from(`${HANDLES}/${folder.fd}/`), oneName(name)]), flags | constants.O_NOFOLLOW);

const openSeen = async (path: Buffer, flags: number): Promise<FileHandle> => {
  const file = await open(path, flags | NO_LINKS);
  try {
    const [opened, real, seen] = await Promise.all([file.stat(), realpath(path, { encoding: 'buffer' }), lstat(path)]);
    if (!real.equals(path) || seen.dev !== opened.dev || seen.ino !== opened.ino)
      throw new NotPlainFile('was replaced while being opened');
    return file;
  } catch (error) {
    await file.close().catch(() => {});
    throw error;
  }
};

const pathBelow = (path: string, names: Names): Buffer =>
  Buffer.concat([Buffer.from(path), ...names.flatMap((name) => [SLASH, oneName(name)])]);
const SLASH = Buffer.from('/');

const oneName = (name: Buffer | string): Buffer => {
  const bytes = Buffer.from(name as string);
  if (bytes.length === 0 || bytes.includes('/') || bytes.equals(DOT) || bytes.equals(DOTS))
    throw new TypeError(`${String(name)} is not a file name`);
  return bytes;
};
const DOT = Buffer.from('.');
const DOTS = Buffer.from('..');
