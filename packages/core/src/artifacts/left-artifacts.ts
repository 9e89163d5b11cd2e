import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunId, type RunId } from '../domain/index.ts';
import type { ArtifactOwner } from '../ports/index.ts';

const KEPT_UNTIL = 'kept-until';

/** Notes until when (ms since the epoch) the deployment's artifacts are its own to remove; whoever shares the folder with it leaves them alone until then. */
export const keepArtifacts = async (root: string, deployment: string, until: number): Promise<void> => {
  const folder = join(root, 'runs', deployment);
  await mkdir(folder, { recursive: true });
  const written = join(folder, `${KEPT_UNTIL}.${process.pid}`);
  await writeFile(written, `${new Date(until).toISOString()}\n`);
  await rename(written, join(folder, KEPT_UNTIL));
};

/** The deployment's runs that stored nothing since `before` (ms since the epoch), oldest first, from those after the run `after` on. */
export const oldOwners = async (root: string, deployment: string, before: number, after: string, limit: number): Promise<readonly RunId[]> => {
  const folder = join(root, 'runs', deployment);
  const found: RunId[] = [];
  for (const name of (await readdir(folder)).sort()) {
    if (name <= after || !isRunId(name)) continue;
    const { mtimeMs } = await stat(join(folder, name)).catch(() => ({ mtimeMs: Infinity }));
    if (mtimeMs < before) found.push(name);
    if (found.length === limit) break;
  }
  return found;
};

/** Runs of other deployments that nobody has kept since `now`: their Redis was emptied, or they are no more. An empty folder of one is removed. */
export const abandonedOwners = async (root: string, own: string, now: number, limit: number): Promise<readonly ArtifactOwner[]> => {
  const found: ArtifactOwner[] = [];
  for (const deployment of await readdir(join(root, 'runs'))) {
    const folder = join(root, 'runs', deployment);
    const until = Date.parse((await readFile(join(folder, KEPT_UNTIL), 'utf8').catch(() => '')).trim());
    if (deployment === own || !(until < now)) continue;
    const runIds = (await readdir(folder)).filter(isRunId);
    if (runIds.length === 0) await rm(folder, { recursive: true });
    found.push(...runIds.slice(0, limit - found.length).map((runId) => ({ deployment, runId })));
  }
  return found;
};
