import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { HeldFolder, NotPlainFile } from '@millrace/core/scratch';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { attempt, removeTemporaryFolders, temporaryFolder, type Trial } from '../handlers/attempt-fixture.ts';

const OWN = 'of the command itself';
const SECRET = '"nobody may see this"';
const NAMES = Array.from({ length: 26 }, (_, i) => `name-that-is-foreign-${i}`);

/** Somebody's folder, with files of the names that a command uses itself too. */
let foreign: string;
beforeEach(async () => {
  foreign = await temporaryFolder();
  for (const name of [...NAMES, 'own', 'output.json']) writeFileSync(join(foreign, name), SECRET);
});
afterAll(removeTemporaryFolders);

const sh = (script: string) => ['sh', '-c', script];
const stored = (trial: Trial) =>
  trial.events
    .filter(({ type }) => type === 'stage.artifact')
    .map(({ data }) => data as { name: string; sha256: string });
const errorOf = async (trial: Trial) => {
  const outcome = await trial.outcome;
  return outcome.kind === 'failed' ? [outcome.error.code, outcome.error.message] : [outcome.kind];
};

/*
 * Swaps what is in a command's folder for links and back, as fast as it can: files, a folder, and the folder of
 * artifacts itself. It is no process of the command, so nothing ends it before the files are collected. `where` names
 * the folder; "racing" in it means that it has begun.
 */
const SWAPPER = `
const fs = require('node:fs');
const [where, foreign] = process.argv.slice(1);
let racing = '';
const swap = (dir) => {
  for (let i = 0; i < 6; i++) {
    fs.symlinkSync(foreign + '/own', dir + '.new');
    fs.renameSync(dir + '.new', dir + '/f' + i);
  }
  fs.renameSync(dir + '/d', dir + '.d');
  fs.symlinkSync(foreign, dir + '/d');
  fs.renameSync(dir, dir + '.real');
  fs.symlinkSync(foreign, dir);
  fs.unlinkSync(dir);
  fs.renameSync(dir + '.real', dir);
  fs.unlinkSync(dir + '/d');
  fs.renameSync(dir + '.d', dir + '/d');
  for (let i = 0; i < 6; i++) {
    fs.writeFileSync(dir + '.new', ${JSON.stringify(OWN)});
    fs.renameSync(dir + '.new', dir + '/f' + i);
  }
};
for (;;) {
  let dir = racing;
  try {
    dir = fs.readFileSync(where, 'utf8').trim();
    swap(dir);
    if (dir !== racing) fs.writeFileSync(dir + '.racing', '');
    racing = dir;
  } catch (error) {
    for (const [from, to] of [['.d', '/d'], ['.real', '']]) try { fs.renameSync(dir + from, dir + to); } catch {}
  }
}
`;

test('swapping files and folders for links while they are collected stores nothing foreign', async () => {
  const where = join(await temporaryFolder(), 'where');
  const swapper: ChildProcess = spawn(process.execPath, ['-e', SWAPPER, where, foreign], { stdio: 'inherit' });
  const digests = new Set<string>();
  const seen: string[] = [];
  try {
    for (let round = 0; round < 6; round++) {
      const trial = await attempt({
        command: sh(
          `mkdir -p "$MILLRACE_ARTIFACTS/d"; echo mine > "$MILLRACE_ARTIFACTS/d/own"; printf '${OWN}' > "$MILLRACE_ARTIFACTS/steady"; echo "$MILLRACE_ARTIFACTS" > ${where}.new; mv ${where}.new ${where}; while ! [ -e "$MILLRACE_ARTIFACTS.racing" ]; do :; done`,
        ),
      });
      await trial.outcome;
      for (const { sha256 } of stored(trial)) digests.add(sha256);
      seen.push(JSON.stringify(trial.events));
    }
  } finally {
    swapper.kill('SIGKILL');
  }
  const digestOf = (content: string) => createHash('sha256').update(content).digest('hex');
  expect(digests).toContain(digestOf(OWN));
  expect(digests).not.toContain(digestOf(SECRET));
  expect(seen.join()).not.toMatch(/name-that-is-foreign/);
}, 60_000);

const ONLY_PLAIN = /hard links|not a regular file/;

test('a command stores no file that has another name, or is a link, anywhere below its folder', async () => {
  const trial = await attempt({
    command: sh(
      `cd "$MILLRACE_ARTIFACTS"; ln ${foreign}/own hard; ln -s ${foreign}/own soft; ln -s ${foreign} d; mkdir e; ln ${foreign}/own e/hard; printf x > x; printf y > y; ln y ../y`,
    ),
  });
  expect(await errorOf(trial)).toEqual(['succeeded']);
  expect(stored(trial).map(({ name }) => name)).toEqual(['x']);
  const log = trial.lines('log').join('\n');
  expect(log).toMatch(/not regular files: d, soft/);
  expect(log).toMatch(
    /not stored as artifacts: e\/hard has 3 names \(hard links\).*, hard has 3 names .*, y has 2 names/,
  );
});

test.each([
  ['a link', 'ln -s FOREIGN/output.json "$MILLRACE_OUTPUT"'],
  ['a hard link', 'ln FOREIGN/output.json "$MILLRACE_OUTPUT"'],
  ['a pipe', 'mkfifo "$MILLRACE_OUTPUT"'],
  ['a folder', 'mkdir "$MILLRACE_OUTPUT"'],
  ['a device', 'ln -s /dev/zero "$MILLRACE_OUTPUT"'],
])('an output that is %s is not read', async (_, script) => {
  const [code, message] = await errorOf(await attempt({ command: sh(script.replace('FOREIGN', foreign)) }));
  expect(code).toBe('invalid_output');
  expect(message).toMatch(ONLY_PLAIN);
});

test('a command whose whole folder was replaced is still asked in the one that it was given', async () => {
  const trial = await attempt({
    command: sh(
      `cd "$MILLRACE_ARTIFACTS/.."; printf '{"a":1}' > "$MILLRACE_OUTPUT"; printf x > artifacts/x; here=$PWD; mv "$here" ${await temporaryFolder()}; ln -s ${foreign} "$here"`,
    ),
  });
  expect(await trial.outcome).toEqual({ kind: 'succeeded', outputJson: '{"a":1}' });
  expect(stored(trial).map(({ name }) => name)).toEqual(['x']);
});

test('a function names plain files: beside its definition by a path that stays there, elsewhere by the whole path', async () => {
  const dir = await temporaryFolder();
  mkdirSync(join(dir, 'sub'));
  writeFileSync(join(dir, 'sub', 'x'), 'x');
  symlinkSync(join(dir, 'sub'), join(dir, 'inside'));
  symlinkSync(foreign, join(dir, 'outside'));
  symlinkSync(join(foreign, 'own'), join(dir, 'soft'));
  linkSync(join(foreign, 'own'), join(dir, 'hard'));
  const run = (file: string) => attempt({ run: (ctx) => ctx.artifact('a', { file }) }, { dir });
  for (const file of ['sub/x', './sub/../sub/x', 'inside/x', join(dir, 'sub/x'), join(dir, 'inside/x')])
    expect([file, ...(await errorOf(await run(file)))]).toEqual([file, 'succeeded']);
  for (const [file, why] of [
    ['soft', /not a regular file/],
    [join(dir, 'soft'), /is a link/],
    ['hard', /has 2 names/],
    [join(dir, 'hard'), /has 2 names/],
    ['outside/own', /outside the folder of the definition/],
    ['../' + foreign.split('/').at(-1)! + '/output.json', /outside the folder of the definition/],
  ] as const) {
    const [code, message] = await errorOf(await run(file));
    expect([file, code, message]).toEqual([file, 'artifact_unreadable', expect.stringMatching(why)]);
  }
});

test.each([
  ['from its handle', true],
  ['by its path, where the system has no /proc', false],
])('a folder that is held leads to what is in it and through no link: %s', async (_, hasHandles) => {
  const dir = await temporaryFolder();
  mkdirSync(join(dir, 'a', 'b'), { recursive: true });
  writeFileSync(join(dir, 'a', 'b', 'own'), OWN);
  symlinkSync(foreign, join(dir, 'a', 'out'));
  symlinkSync(join(foreign, 'own'), join(dir, 'a', 'soft'));
  const held = await HeldFolder.open(dir, hasHandles);
  try {
    const file = await held.open(['a', Buffer.from('b'), 'own']);
    expect(await text(file.createReadStream())).toBe(OWN);
    const names: string[] = [];
    for await (const { name } of held.entries(['a'])) names.push(String(name));
    expect(names.sort()).toEqual(['b', 'out', 'soft']);
    await expect(held.open(['a', 'soft'])).rejects.toThrow(NotPlainFile);
    await expect(held.open(['a', 'out', 'own'])).rejects.toThrow(hasHandles ? /ENOTDIR/ : NotPlainFile);
    await expect(held.entries(['a', 'out']).next()).rejects.toThrow();
    for (const name of ['..', '.', '', 'a/b', '../x'])
      await expect(held.open([name])).rejects.toThrow('is not a file name');
  } finally {
    await held.close();
  }
});
