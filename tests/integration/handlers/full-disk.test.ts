/** A disk that is really full: a separate file system, which takes root to mount. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FsArtifactStore } from '@millrace/core/artifacts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { attempt, removeTemporaryFolders } from './attempt-fixture.ts';

const mount = (folder: string): boolean =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', folder]).status === 0;
const unmount = (folder: string): void => void spawnSync('umount', [folder]);
/** In most containers not even root may. */
const canMount = ((): boolean => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-mount-'));
  const can = process.platform === 'linux' && mount(folder);
  if (can) unmount(folder);
  rmSync(folder, { recursive: true });
  return can;
})();

let disk: string;
beforeEach(() => {
  disk = mkdtempSync(join(tmpdir(), 'millrace-mount-'));
  if (canMount) mount(disk);
});
afterEach(async () => {
  if (canMount) unmount(disk);
  rmSync(disk, { recursive: true });
  await removeTemporaryFolders();
});

const fill = (): void => {
  try {
    writeFileSync(join(disk, 'ballast'), Buffer.alloc(1_000_000));
  } catch {
    // It is full now.
  }
};
const full = (what: string) => ({
  kind: 'failed',
  error: { code: 'ENOSPC', message: `${what}: ENOSPC: the disk is full` },
  retryable: true,
});
const isScratch = (name: string): boolean => name.startsWith('millrace-stage-');
const title = (what: string): string => (canMount ? what : `${what} (skipped: no file system can be mounted here)`);

test.runIf(canMount)(
  title('no room for the scratch folder: the stage fails with the folder, and leaves none'),
  async () => {
    const before = process.env['TMPDIR'];
    fill();
    process.env['TMPDIR'] = disk;
    try {
      const params = { text: 'x'.repeat(10_000) };
      expect(await (await attempt({ command: ['true'] }, { params, dir: '/' })).outcome).toEqual(
        full(`no scratch folder can be made in ${disk}`),
      );
      expect(readdirSync(disk).filter(isScratch)).toEqual([]);
      rmSync(join(disk, 'ballast'));
      expect((await (await attempt({ command: ['true'] }, { params, dir: '/' })).outcome).kind).toBe('succeeded');
      expect(readdirSync(disk).filter(isScratch)).toEqual([]);
    } finally {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
    }
  },
);

test.runIf(canMount)(
  title('no room for an artifact: the stage fails with the folder, and no half of it stays'),
  async () => {
    const artifacts = join(disk, 'artifacts');
    const services = { artifacts: new FsArtifactStore(artifacts) };
    const bytes = Buffer.alloc(500_000, 'x');
    const stages = [
      {
        run: async (ctx: { artifact(name: string, bytes: Buffer): Promise<unknown> }) =>
          void (await ctx.artifact('large.bin', bytes)),
      },
      { command: ['sh', '-c', 'head -c 500000 /dev/zero > $MILLRACE_ARTIFACTS/large.bin'] },
    ];
    for (const stage of stages) {
      expect(await (await attempt(stage as never, { services })).outcome).toEqual(
        full(`an artifact cannot be stored in ${artifacts}`),
      );
      expect(readdirSync(join(artifacts, 'tmp'))).toEqual([]);
    }
  },
);
