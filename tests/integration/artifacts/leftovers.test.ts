import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownedPrefix, removeFolder, sweepLeftovers } from '@millrace/core/scratch';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keeperOf } from '../handlers/attempt-fixture.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'millrace-test-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const WORKER = fileURLToPath(new URL('../handlers/worker-to-kill.ts', import.meta.url));
const sweep = (isOurs: boolean, prefix = 'millrace-stage-') =>
  sweepLeftovers({ folder: root, prefix, isOurs }, (path, error) => {
    throw new Error(path, { cause: error });
  });
const isRoot = process.getuid?.() === 0;
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);

test('what a killed process left is swept by the next one, read-only folders too; what a living one has is not', async () => {
  // The shim and the keeper are killed first, so that nothing cleans up after the worker.
  const script = `cd "$(dirname "$MILLRACE_OUTPUT")"; mkdir -p a/b; echo x > a/b/c; chmod -R a-w a; echo $PPID; echo ready; sleep 60`;
  const worker = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', WORKER, script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: root },
  });
  const folders = () => readdirSync(root).filter((name) => name.startsWith('millrace-stage-'));
  const said: string[] = [];
  for await (const line of createInterface({ input: worker.stdout })) {
    if (line === 'ready') break;
    said.push(line);
  }
  expect(await sweep(false)).toEqual([]);
  expect(folders()).toHaveLength(1);
  const exited = new Promise((resolve) => worker.once('exit', resolve));
  worker.kill('SIGSTOP');
  process.kill(keeperOf(worker.pid!), 'SIGKILL');
  process.kill(-Number(said[0]), 'SIGKILL');
  worker.kill('SIGKILL');
  await exited;
  const left = folders().map((name) => join(root, name));
  expect(left).toHaveLength(1);
  expect(await sweep(false)).toEqual(left);
  expect(folders()).toEqual([]);
}, 20_000);

test('what has no owner here is left over by its age; what is not ours is never touched', async () => {
  const other = 'millrace-stage-0123abcd-1-5-';
  const reused = ownedPrefix('millrace-stage-').replace(/-\d+-$/, '-1-');
  const own = `${ownedPrefix('millrace-stage-')}mine`;
  const folders = [
    `${other}old`,
    `${other}new`,
    `${reused}pid-of-another-life`,
    own,
    'millrace-stage-unmarked',
    'millrace-other',
    '6ac2c3f1',
  ];
  for (const name of folders) {
    mkdirSync(join(root, name));
    if (name !== `${other}new`) utimesSync(join(root, name), daysAgo(3), daysAgo(3));
  }
  expect((await sweep(false)).map((path) => path.slice(root.length + 1)).sort()).toEqual(
    [`${other}old`, `${reused}pid-of-another-life`].sort(),
  );
  // Its age begins anew for those who cannot see that its owner lives.
  expect(statSync(join(root, own)).mtimeMs).toBeGreaterThan(daysAgo(1).getTime());
  expect((await sweep(true, '')).length).toBe(3);
  expect(readdirSync(root).sort()).toEqual([`${other}new`, own].sort());
});

test('a user who is not root removes folders that were made read-only', async () => {
  const folder = join(root, 'mine');
  mkdirSync(join(folder, 'gopath', 'mod'), { recursive: true });
  writeFileSync(join(folder, 'gopath', 'mod', 'a.go'), 'x');
  for (const path of ['', 'gopath', 'gopath/mod']) {
    if (isRoot) chownSync(join(folder, path), 65_534, 65_534);
    if (path !== '') chmodSync(join(folder, path), path === 'gopath' ? 0o000 : 0o555);
  }
  chmodSync(root, 0o777);
  const module = fileURLToPath(new URL('../../../packages/core/src/scratch/remove-folder.ts', import.meta.url));
  const code = `${isRoot ? 'process.setgid(65534); process.setuid(65534); ' : ''}await removeFolder(${JSON.stringify(folder)});`;
  const child = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      '--input-type=module',
      '-e',
      `const { removeFolder } = await import(${JSON.stringify(module)}); ${code}`,
    ],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
  expect(existsSync(folder)).toBe(false);
});

/** Runs JavaScript in a separate process. */
const node = (code: string, ...words: string[]) =>
  spawn(process.execPath, ['-e', code, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });

test('folders deeper than a path can be are removed', async () => {
  const folder = join(root, 'deep');
  mkdirSync(folder);
  const digs = node(
    `process.chdir(process.argv[1]); for (let i = 0; i < 2_100; i++) { fs.mkdirSync('d'); process.chdir('d'); } fs.writeFileSync('f', '');`,
    folder,
  );
  expect(await new Promise((resolve) => digs.once('exit', resolve))).toBe(0);
  await removeFolder(folder);
  expect(existsSync(folder)).toBe(false);
}, 60_000);

test('swapping folders for links while they are removed removes nothing else', async () => {
  const foreign = join(root, 'foreign');
  const names = Array.from({ length: 50 }, (_, i) => `f${i}`);
  mkdirSync(foreign);
  for (const name of names) writeFileSync(join(foreign, name), '');
  const folder = join(root, 'mine');
  const swapper = node(
    `const [folder, foreign] = process.argv.slice(1);
    const attempt = (act) => { try { act(); } catch {} };
    console.log('begins');
    for (let i = 0; ; i = (i + 1) % 10) {
      const name = folder + '/s' + i;
      attempt(() => fs.renameSync(name, name + '.away'));
      attempt(() => fs.symlinkSync(foreign, name));
      attempt(() => fs.unlinkSync(name));
      attempt(() => fs.renameSync(name + '.away', name));
    }`,
    folder,
    foreign,
  );
  await new Promise((resolve) => swapper.stdout.once('data', resolve));
  try {
    for (let round = 0; round < 40; round++) {
      // Each may be in the other's way.
      await Promise.all(
        Array.from({ length: 10 }, (_, i) =>
          mkdir(join(folder, `s${i}`, 'below'), { recursive: true }).catch(() => {}),
        ),
      );
      await removeFolder(folder).catch(() => {});
    }
  } finally {
    swapper.kill('SIGKILL');
  }
  // What this test makes may go through a link: that is not the question here.
  expect(readdirSync(foreign)).toEqual(expect.arrayContaining(names));
}, 60_000);
