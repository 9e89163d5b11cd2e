/** A new folder, which goes when the file's tests are over. */
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

let root: string | null = null;
afterAll(() => {
  if (root !== null) rmSync(root, { recursive: true, force: true });
});

export const temporaryFolder = (name: string): Promise<string> =>
  mkdtemp(join((root ??= mkdtempSync(join(tmpdir(), 'market-data-'))), `${name}-`));
