import { constants } from 'node:fs';
import { lstat, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunId, type RunId } from '../domain/index.ts';
import type { ArtifactOwner } from '../ports/index.ts';
import { ifAbsent } from './if-absent.ts';

const KEPT_UNTIL = 'kept-until';

/**
 * Records, as a file's mtime, until when (ms since the epoch) only the deployment itself may remove its artifacts;
 * other deployments that share the folder leave them alone until then. Returns false when it has none.
 */
export const keepArtifacts = async (root: string, deployment: string, until: number): Promise<boolean> => {
  const { O_WRONLY, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  const path = join(root, 'runs', deployment, KEPT_UNTIL);
  const note = await open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600).catch(ifAbsent(null));
  if (note === null) return false;
  await note.utimes(new Date(until), new Date(until)).finally(() => note.close());
  return true;
};

/**
 * The deployment's runs that have stored nothing since `before` (ms since the epoch), oldest first, after the run
 * `after`.
 */
export const oldOwners = async (
  root: string,
  deployment: string,
  before: number,
  after: string,
  limit: number,
): Promise<readonly RunId[]> => {
  const folder = join(root, 'runs', deployment);
  const found: RunId[] = [];
  for (const name of (await readdir(folder).catch(ifAbsent<string[]>([]))).sort()) {
    if (name <= after || !isRunId(name)) continue;
    const { mtimeMs } = await lstat(join(folder, name)).catch(() => ({ mtimeMs: Infinity }));
    if (mtimeMs < before) found.push(name);
    if (found.length === limit) break;
  }
  return found;
};

/**
 * Runs of other deployments whose claim expired before `now`: their Redis was emptied, or they no longer exist. Removes
 * their empty folders.
 */
export const abandonedOwners = async (
  root: string,
  own: string,
  now: number,
  limit: number,
): Promise<readonly ArtifactOwner[]> => {
  const found: ArtifactOwner[] = [];
  for (const deployment of await readdir(join(root, 'runs')).catch(ifAbsent([]))) {
    const folder = join(root, 'runs', deployment);
    const { mtimeMs: until } = await lstat(join(folder, KEPT_UNTIL)).catch(() => ({ mtimeMs: Infinity }));
    if (deployment === own || until >= now) continue;
    const runIds = (await readdir(folder)).filter(isRunId);
    if (runIds.length === 0) await rm(folder, { recursive: true });
    found.push(...runIds.slice(0, limit - found.length).map((runId) => ({ deployment, runId })));
  }
  return found;
};
