/** Reads an NDJSON file that another stage wrote, and believes it only if every byte is the one that was written. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { NonRetryableError } from '@millrace/core';
import type { FileRef } from '../shapes.ts';

/**
 * Yields the lines; throws after the last one when the digest differs, so act on nothing before the loop has ended.
 * Throws NonRetryableError: the same bytes would be read again.
 */
export async function* verifiedLines({ path, sha256 }: FileRef, signal: AbortSignal): AsyncGenerator<string> {
  const hash = createHash('sha256');
  const bytes = createReadStream(path, { signal });
  bytes.on('data', (chunk) => hash.update(chunk));
  const lines = createInterface({ input: bytes, crlfDelay: Number.POSITIVE_INFINITY });
  // readline does not pass its input's errors on to the loop.
  let failure: NodeJS.ErrnoException | null = null;
  bytes.on('error', (error) => {
    failure = error;
    lines.close();
  });
  for await (const line of lines) yield line;
  signal.throwIfAborted();
  if (failure !== null) throw new NonRetryableError(`${path} cannot be read (${(failure as NodeJS.ErrnoException).code}); run the stage that wrote it again`, { cause: failure });
  if (hash.digest('hex') !== sha256) throw new NonRetryableError(`${basename(path)} is not the file that was written: its SHA-256 differs; run the stage that wrote it again`);
}
