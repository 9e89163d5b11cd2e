/* The versions of Millrace that are compared: this checkout's build and, with `--before`, that of another one. */
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const BENCH = fileURLToPath(new URL('..', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const AREAS = ['definition', 'engine', 'redis'];

/** Whether a version can be run from this folder. */
export const isBuilt = (root) =>
  existsSync(join(root, 'packages/core/dist')) && existsSync(join(root, 'apps/worker/dist/main.js'));

/**
 * In the order in which they take turns: the earlier one, when there is one, first. `close` removes what was written
 * for them.
 */
export const openVersions = async (before) => {
  const now = await versionOf('millrace', ROOT, BENCH);
  if (before === null) return { versions: [now], close: () => {} };
  const root = resolve(before);
  const folder = benchFor(root);
  return { versions: [await versionOf('before', root, folder), now], close: () => rmSync(folder, { recursive: true }) };
};

/**
 * `core`: the areas of its @millrace/core that the bench calls; `bench`: the folder of the pipelines that its worker
 * loads.
 */
const versionOf = async (name, root, bench) => {
  const { resolve: find } = createRequire(join(root, 'package.json'));
  const areas = AREAS.map(async (area) => [area, await import(pathToFileURL(find(`@millrace/core/${area}`)).href)]);
  return { name, root, bench, core: Object.fromEntries(await Promise.all(areas)) };
};

/** This bench's pipelines, in a folder where they import that checkout's packages. */
const benchFor = (root) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-before-'));
  for (const part of ['pipelines', 'workers']) cpSync(join(BENCH, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
};
