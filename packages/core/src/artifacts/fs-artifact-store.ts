import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { ArtifactStore, ByteRange } from '../ports/index.ts';
import { ownedPrefix, systemFailure } from '../scratch/index.ts';

const SHA256 = /^[0-9a-f]{64}$/;

/**
 * Artifacts in a folder: `sha256/<2 hex>/<2 hex>/<64 hex>`. Paths are made of digests only, never of names that
 * people chose. Bytes are on the disk (fsync) before they get their name, so a name never shows half a file.
 */
export class FsArtifactStore implements ArtifactStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async put(bytes: Readable): Promise<{ readonly sha256: string; readonly size: number }> {
    // It may break before it is read, and then nobody else hears of it.
    bytes.on('error', () => {});
    const failed = systemFailure(`an artifact cannot be stored in ${this.#root}`);
    const temporary = join(this.#root, 'tmp', ownedPrefix('') + randomUUID());
    try {
      await mkdir(join(this.#root, 'tmp'), { recursive: true, mode: 0o700 }).catch(failed);
      const stored = await writeDurably(bytes, temporary, failed);
      await this.#publish(temporary, stored.sha256).catch(failed);
      return stored;
    } catch (error) {
      bytes.destroy();
      // Why it failed says more than that its beginnings cannot be removed.
      await rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
  }

  async get(sha256: string, range?: ByteRange): Promise<Readable | null> {
    if (!SHA256.test(sha256)) return null;
    const path = this.#pathOf(sha256);
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    return found?.isFile() ? createReadStream(path, range) : null;
  }

  /** Two puts of the same bytes rename onto one name: either file is right. */
  async #publish(temporary: string, sha256: string): Promise<void> {
    const path = this.#pathOf(sha256);
    const folder = join(path, '..');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await rename(temporary, path);
    await syncFolder(folder);
  }

  #pathOf(sha256: string): string {
    return join(this.#root, 'sha256', sha256.slice(0, 2), sha256.slice(2, 4), sha256);
  }
}

/** What breaks in the bytes is thrown as it is; what breaks in the file goes to `failed`. */
const writeDurably = async (bytes: Readable, path: string, failed: (cause: unknown) => never): Promise<{ sha256: string; size: number }> => {
  const file = await open(path, 'wx', 0o600).catch(failed);
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
