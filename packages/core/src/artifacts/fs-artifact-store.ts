import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { ArtifactOwner, ArtifactStore, ByteRange } from '../ports/index.ts';
import { ifAbsent } from './if-absent.ts';
import { HeldFolder, NotPlainFile, ownedPrefix, removeFolder, systemFailure } from '../scratch/index.ts';

const SHA256 = /^[0-9a-f]{64}$/;
/** Errors of a file system without hard links, or that refuses this user a link to that file. */
const NO_LINK = ['EPERM', 'EACCES', 'EXDEV', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP', 'EINVAL'];

/**
 * Artifacts in a folder: each run has its files in `runs/<deployment>/<run>/<64 hex>`. Equal bytes of several runs are
 * one file with a name in each run, found through `sha256/<2 hex>/<2 hex>/<64 hex>`. The file system counts the owners,
 * and frees the file with the last one (docs/adr/artifacts.md). Paths contain only digests and ids, never user-chosen
 * names. Bytes are fsynced before they get their name, so a name never shows half a file.
 */
export class FsArtifactStore implements ArtifactStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async put(owner: ArtifactOwner, bytes: Readable): Promise<{ readonly sha256: string; readonly size: number }> {
    // It may fail before it is read, when nothing else listens for the error.
    bytes.on('error', () => {});
    const failed = systemFailure(`an artifact cannot be stored in ${this.#root}`);
    const temporary = join(this.#root, 'tmp', ownedPrefix('') + randomUUID());
    try {
      await mkdir(join(this.#root, 'tmp'), { recursive: true, mode: 0o700 }).catch(failed);
      const stored = await writeDurably(bytes, temporary, failed);
      await this.#publish(temporary, owner, stored.sha256).catch(failed);
      return stored;
    } catch (error) {
      bytes.destroy();
      throw error;
    } finally {
      // The original failure matters more than a failed clean-up.
      await rm(temporary, { force: true }).catch(() => {});
    }
  }

  async get(
    owner: ArtifactOwner,
    sha256: string,
    { size, range }: { readonly size?: number; readonly range?: ByteRange } = {},
  ): Promise<Readable | null> {
    if (!SHA256.test(sha256)) return null;
    try {
      const root = await HeldFolder.open(this.#root);
      const file = await root.open(['runs', owner.deployment, owner.runId, sha256]).finally(() => root.close());
      const found = await file.stat();
      if (found.isFile() && found.size === (size ?? found.size)) return file.createReadStream(range);
      await file.close();
    } catch (error) {
      if (
        !(error instanceof NotPlainFile) &&
        !['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')
      )
        throw error;
    }
    return null;
  }

  async share(from: ArtifactOwner, to: ArtifactOwner, digests: readonly string[]): Promise<string | null> {
    const failed = systemFailure(`an artifact cannot be stored in ${this.#root}`);
    const folder = this.#folderOf(to);
    await mkdir(folder, { recursive: true, mode: 0o700 }).catch(failed);
    for (const sha256 of digests) {
      if (!SHA256.test(sha256)) return sha256;
      const found = await linked(join(this.#folderOf(from), sha256), join(folder, sha256)).catch(failed);
      const bytes = found === 'linked' ? null : await this.get(from, sha256);
      if (bytes !== null) await this.put(to, bytes);
      else if (found !== 'linked') return sha256;
    }
    await syncFolder(folder).catch(failed);
    await syncFolder(join(folder, '..')).catch(failed);
    return null;
  }

  async remove(owner: ArtifactOwner): Promise<void> {
    const folder = this.#folderOf(owner);
    const digests = (await readdir(folder).catch(ifAbsent([]))).filter((name) => SHA256.test(name));
    // Before removing the run's own names, in case of a kill in between; and after, for runs with the same bytes
    // removed concurrently.
    for (const sha256 of digests) await this.#dropIndex(sha256, 2);
    await removeFolder(folder);
    for (const sha256 of digests) await this.#dropIndex(sha256, 1);
  }

  /**
   * Links the run to the file that other runs share, or to ours, which then gets the shared name. That name is only an
   * optimisation: without it the bytes are stored again, so removing it cannot harm a concurrent store.
   */
  async #publish(temporary: string, owner: ArtifactOwner, sha256: string): Promise<void> {
    const folder = this.#folderOf(owner);
    const [own, index] = [join(folder, sha256), this.#indexOf(sha256)];
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const found = await linked(index, own);
    if (found === 'absent' || found === 'full') {
      await mkdir(join(index, '..'), { recursive: true, mode: 0o700 });
      const isOwned = (await linked(temporary, own)) === 'linked';
      // A file at its maximum number of links: later runs get another copy.
      if (isOwned && found === 'full') await rename(temporary, index);
      else if (isOwned) await linked(temporary, index);
      else await rename(temporary, own);
    } else if (found === 'impossible') await rename(temporary, own);
    await syncFolder(folder);
    await syncFolder(join(folder, '..'));
  }

  /** Removes the shared name from a file that has no more links than this. */
  async #dropIndex(sha256: string, names: number): Promise<void> {
    const index = this.#indexOf(sha256);
    const found = await stat(index).catch(ifAbsent(null));
    if (found !== null && found.nlink <= names) await rm(index, { force: true });
  }

  #folderOf({ deployment, runId }: ArtifactOwner): string {
    return join(this.#root, 'runs', oneName(deployment), oneName(runId));
  }

  #indexOf(sha256: string): string {
    return join(this.#root, 'sha256', sha256.slice(0, 2), sha256.slice(2, 4), sha256);
  }
}

/**
 * `absent`: `from` does not exist; `full`: it is at its maximum number of links. An existing name has the same bytes.
 */
const linked = async (from: string, to: string): Promise<'linked' | 'absent' | 'full' | 'impossible'> => {
  try {
    await link(from, to);
    return 'linked';
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'EEXIST') return 'linked';
    if (code === 'ENOENT') return 'absent';
    if (code === 'EMLINK') return 'full';
    if (NO_LINK.includes(code)) return 'impossible';
    throw error;
  }
};

const oneName = (name: string): string => {
  if (!/^[\w-]+$/.test(name)) throw new TypeError(`${JSON.stringify(name)} is not a valid artifact folder name`);
  return name;
};

/** Errors of the source are thrown as they are; errors of the file go to `failed`. */
const writeDurably = async (
  bytes: Readable,
  path: string,
  failed: (cause: unknown) => never,
): Promise<{ sha256: string; size: number }> => {
  const file = await open(path, 'wx', 0o400).catch(failed);
  try {
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of bytes as AsyncIterable<Uint8Array | string>) {
      const piece = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      hash.update(piece);
      size += piece.length;
      await file.writeFile(piece).catch(failed);
    }
    await file.sync().catch(failed);
    return { sha256: hash.digest('hex'), size };
  } finally {
    await file.close().catch(failed);
  }
};

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
