/** An NDJSON file that appears under its final name only when it is whole, and whose name carries its digest. */
import { createHash, randomUUID } from 'node:crypto';
import { copyFile, link, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

const CHUNK = 256 * 1024;

export class RowFile {
  rows = 0;
  #bytes = 0;
  #pending = '';
  #hash = createHash('sha256');

  /**
   * @param {import('node:fs/promises').FileHandle} handle @param {string} temporary @param {string} folder @param
   * {string} stem
   */
  constructor(handle, temporary, folder, stem) {
    this.handle = handle;
    this.temporary = temporary;
    this.folder = folder;
    this.stem = stem;
  }

  /** @param {string} folder @param {string} stem */
  static async create(folder, stem) {
    const temporary = join(folder, `.${stem}.${randomUUID()}.partial`);
    return new RowFile(await open(temporary, 'wx', 0o600), temporary, folder, stem);
  }

  /** Appends a row; await what it returns, if anything, to keep memory constant. @param {object} row */
  add(row) {
    this.rows += 1;
    this.#pending += `${JSON.stringify(row)}\n`;
    return this.#pending.length >= CHUNK ? this.#flush() : undefined;
  }

  /**
   * Makes the file durable and gives it its name, `<stem>.<16 hex digits of its SHA-256>.ndjson`: an attempt that
   * was given up on and finishes late can only ever put the same bytes there.
   */
  async finish() {
    await this.#flush();
    await this.handle.sync();
    await this.handle.close();
    const sha256 = this.#hash.digest('hex');
    const path = join(this.folder, `${this.stem}.${sha256.slice(0, 16)}.ndjson`);
    await rename(this.temporary, path);
    return { path, sha256, bytes: this.#bytes };
  }

  async discard() {
    await this.handle.close().catch(() => {});
    await rm(this.temporary, { force: true });
  }

  async #flush() {
    const chunk = Buffer.from(this.#pending);
    this.#pending = '';
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
    await this.handle.writeFile(chunk);
  }
}

/**
 * Offers a finished file as an artifact: a second name for the same bytes, or a copy where file systems differ. @param
 * {string} path @param {string} target
 */
export async function publish(path, target) {
  await link(path, target).catch(() => copyFile(path, target));
}
