import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A separate folder with these files, beside the repository's installed tools; removed after the test. */
export const plant = (files: Readonly<Record<string, string>>): string => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-planted-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
};

/** Runs a tool as the gates do: by name from node_modules/.bin, or `node`. */
export const runTool = (
  folder: string,
  program: string,
  ...words: string[]
): { readonly passed: boolean; readonly said: string } => {
  const path = program === 'node' ? process.execPath : join(ROOT, 'node_modules/.bin', program);
  const { status, stdout, stderr } = spawnSync(path, words, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', VITEST: '' },
  });
  return { passed: status === 0, said: `${stdout}${stderr}` };
};
