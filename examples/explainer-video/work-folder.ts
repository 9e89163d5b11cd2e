import { mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StageTools } from './shapes.ts';

/**
 * A folder for an attempt's files, removed when it ends. What an attempt of this stage left behind that was killed is
 * removed by the next one on the same machine.
 */
export const inWorkFolder = async <T>(
  { idempotencyKey, fence }: Pick<StageTools, 'idempotencyKey' | 'fence'>,
  work: (folder: string) => Promise<T>,
): Promise<T> => {
  const ofStage = join(tmpdir(), 'millrace-explainer-video', idempotencyKey);
  const folder = join(ofStage, String(fence));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(ofStage))
    if (Number(name) < fence) await rm(join(ofStage, name), { recursive: true, force: true });
  try {
    return await work(folder);
  } finally {
    await rm(ofStage, { recursive: true, force: true });
  }
};
