/** Writes a file that appears only when it is whole, under a name that carries its digest. */
import { createHash, randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileRef } from '../shapes.ts';

const CHUNK = 256 * 1024;

/**
 * `<folder>/<stem>.<16 hex digits of the SHA-256>.<extension>`: an attempt that finishes late can only put the same
 * bytes there.
 */
export async function writeWhole(
  folder: string,
  stem: string,
  extension: string,
  parts: Iterable<string> | AsyncIterable<string>,
): Promise<FileRef> {
  const temporary = join(folder, `.${stem}.${randomUUID()}.partial`);
  const file = await open(temporary, 'wx', 0o600);
  const hash = createHash('sha256');
  let bytes = 0;
  const write = async (text: string): Promise<void> => {
    const chunk = Buffer.from(text);
    hash.update(chunk);
    bytes += chunk.length;
    await file.writeFile(chunk);
  };
  try {
    let pending = '';
    for await (const part of parts) {
      pending += part;
      if (pending.length < CHUNK) continue;
      await write(pending);
      pending = '';
    }
    await write(pending);
    await file.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  const sha256 = hash.digest('hex');
  const path = join(folder, `${stem}.${sha256.slice(0, 16)}.${extension}`);
  await rename(temporary, path);
  return { path, sha256, bytes };
}

/** JSON in which every number is one: JSON.stringify alone would turn NaN and Infinity into null without a word. */
export function finiteJson(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (typeof inner === 'number' && !Number.isFinite(inner))
      throw new RangeError(`"${key}" is ${inner}, which JSON cannot say`);
    return inner;
  });
}
