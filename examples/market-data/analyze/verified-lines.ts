/** Reads an NDJSON file that another stage wrote, and believes it only if every byte is the one that was written. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { NonRetryableError } from '@millrace/core';
import type { FileRef } from '../shapes.ts';

/**
 * Checks the digest of the whole file, then yields its lines; the file is under a name of its digest and never written
 * again.
 * @throws NonRetryableError when it is gone or another: the next attempt would find the same
 */
export async function* verifiedLines({ path, sha256 }: FileRef, signal: AbortSignal): AsyncGenerator<string> {
  const digest = await digestOf(path, signal);
  if (digest !== sha256)
    throw new NonRetryableError(
      `${basename(path)} is not the file that was written: its SHA-256 differs; run the stage that wrote it again`,
    );
  yield* createInterface({ input: createReadStream(path, { signal }), crlfDelay: Number.POSITIVE_INFINITY });
  // An abort ends the lines early without an error.
  signal.throwIfAborted();
}

async function digestOf(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { signal })) hash.update(chunk as Buffer);
  } catch (cause) {
    signal.throwIfAborted();
    throw new NonRetryableError(
      `${path} cannot be read (${(cause as NodeJS.ErrnoException).code}); run the stage that wrote it again`,
      { cause },
    );
  }
  return hash.digest('hex');
}
