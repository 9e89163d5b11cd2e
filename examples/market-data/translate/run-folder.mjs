/** The folder in which the stages of one run hand each other their large files. */
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** Folders of older runs are removed; their artifacts stay in the artifact store. */
export const RUNS_KEPT = 24;
const MARKER = '.market-data';

/** Makes `<data dir>/work/<run id>` and returns its absolute path. @param {string} dataDir @param {string} runId */
export async function makeRunFolder(dataDir, runId) {
  if (!/^[A-Za-z0-9-]{1,64}$/.test(runId)) throw new Error(`MILLRACE_RUN_ID "${runId}" is not a run id`);
  const folder = resolve(dataDir, 'work', runId);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, MARKER), '', { mode: 0o600 });
  return folder;
}

/**
 * Removes this pipeline's folders but for the newest ones; run ids sort by time. @param {string} dataDir @param
 * {string} runId
 */
export async function removeOldRunFolders(dataDir, runId) {
  const work = resolve(dataDir, 'work');
  const older = (await readdir(work))
    .filter((name) => name < runId)
    .sort()
    .reverse();
  for (const name of older.slice(RUNS_KEPT - 1)) {
    const ours = await stat(join(work, name, MARKER)).catch(() => null);
    if (ours) await rm(join(work, name), { recursive: true, force: true });
  }
}
