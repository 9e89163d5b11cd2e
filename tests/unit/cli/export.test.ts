/** What "millrace export" writes from a tar stream: the whole export of the run, or nothing, and nothing elsewhere. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type Headers, pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { receiveRun } from '../../../apps/cli/src/export/receive-run.ts';
import { targetFolder } from '../../../apps/cli/src/export/target-folder.ts';

const RUN = '01938000-0000-7000-8000-000000000001';
const OTHER = '01938000-0000-7000-8000-000000000002';

let outer: string;
let folder: string;
let umask: number;
beforeEach(() => {
  umask = process.umask(0);
  outer = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-export-')));
  folder = join(outer, 'in');
  mkdirSync(folder);
});
afterEach(() => {
  process.umask(umask);
  rmSync(outer, { recursive: true, force: true });
});

type Entries = readonly (readonly [header: Partial<Headers> & { readonly name: string }, text?: string])[];
const tarOf = async (entries: Entries): Promise<Buffer> => {
  const tar = pack();
  for (const [header, text = ''] of entries) tar.entry(header, text);
  tar.finalize();
  return buffer(tar);
};

const fileOf = (path: string, text: string, kind = 'artifact') => ({
  path,
  kind,
  size: Buffer.byteLength(text),
  sha256: createHash('sha256').update(text).digest('hex'),
});
const FILES = {
  'state.json': '{}',
  'events.jsonl': '{"seq":1}\n',
  'logs/one/attempt-1.log': 'a line\n',
  'artifacts/one/deep/er/ü.txt': 'x'.repeat(3_000),
};
const kindOf = (path: string) => (path === 'state.json' ? 'state' : path === 'events.jsonl' ? 'events' : 'artifact');
const manifestOf = (files: Readonly<Record<string, string>>, over: object = {}): string =>
  JSON.stringify({
    format: 1,
    run_id: RUN,
    pipeline: 'p',
    version: 'v',
    status: 'succeeded',
    last_seq: 3,
    attempts: 'last',
    exported_at: '2026-11-30T00:00:00.000Z',
    files: Object.entries(files).map(([path, text]) => fileOf(path, text, kindOf(path))),
    missing: [],
    ...over,
  });
const exportOf = (files: Readonly<Record<string, string>> = FILES, over: object = {}, more: Entries = []) =>
  tarOf([
    ...Object.entries(files).map(([name, text]) => [{ name }, text] as const),
    ...more,
    [{ name: 'manifest.json' }, manifestOf(files, over)],
  ]);

const receive = (bytes: Buffer, pieces = 700) =>
  receiveRun(
    Readable.from(
      Array.from({ length: Math.ceil(bytes.length / pieces) }, (_, n) => bytes.subarray(n * pieces, (n + 1) * pieces)),
    ),
    folder,
    RUN,
  );
const below = (path: string): string[] => readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();
const filesBelow = (path: string) => below(path).filter((name) => lstatSync(join(path, name)).isFile());

describe('receiving', () => {
  test('a whole export is written as it was sent, for its owner alone', async () => {
    expect(await receive(await exportOf())).toMatchObject({ run_id: RUN, last_seq: 3 });
    expect(filesBelow(folder)).toEqual([...Object.keys(FILES), 'manifest.json'].sort());
    for (const [path, text] of Object.entries(FILES)) expect(readFileSync(join(folder, path), 'utf8')).toBe(text);
    for (const name of below(folder)) {
      const { mode } = lstatSync(join(folder, name));
      expect([name, (mode & 0o777).toString(8)]).toEqual([
        name,
        lstatSync(join(folder, name)).isFile() ? '600' : '700',
      ]);
    }
  });

  test('cut anywhere, it is refused', async () => {
    const whole = await exportOf();
    // The end of a tar is empty blocks.
    const content = whole.length - 1_024;
    for (let length = 0; length < content; length += 256) {
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
      await expect(receive(whole.subarray(0, length)), `after ${length} of ${content} bytes`).rejects.toThrow(
        /the export is not whole/,
      );
    }
  });

  test('a stream that breaks off with an error is refused, with the error', async () => {
    const whole = await exportOf();
    const breaking = Readable.from(
      (async function* () {
        yield whole.subarray(0, 1_500);
        throw new Error('the connection was reset');
      })(),
    );
    await expect(receiveRun(breaking, folder, RUN)).rejects.toThrow(
      'the export is not whole: the connection was reset',
    );
  });

  test('a changed byte in any file is named', async () => {
    const whole = await exportOf();
    for (const [path, text] of Object.entries(FILES)) {
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
      const changed = Buffer.from(whole);
      const at = changed.indexOf(text);
      changed[at] = changed[at]! ^ 1;
      await expect(receive(changed)).rejects.toThrow(`"${path}" is not what was sent`);
    }
  });

  test.each([
    ['..', '../out'],
    ['a name inside that climbs', 'artifacts/../../out'],
    ['an absolute name', '/tmp/millrace-export-out'],
    ['a doubled slash', 'artifacts//x'],
    ['a dot', './x'],
    ['a trailing slash', 'artifacts/x/'],
    ['a backslash', 'artifacts\\..\\..\\out'],
    ['a line end', 'artifacts/a\nb'],
    // Not ASCII, so that the tar carries it in a header that may hold anything.
    ['a NUL', 'artifacts/\u00fc\0b'],
    ['a component of 300 bytes', `artifacts/${'n'.repeat(300)}`],
    ['a path of 5,000 bytes', 'deep/'.repeat(1_000) + 'x'],
  ])('%s is refused, and nothing is written elsewhere', async (_, name) => {
    const bytes = await exportOf(FILES, {}, [[{ name }, 'evil']]);
    await expect(receive(bytes)).rejects.toThrow(/has a file with the path .* which is not written|is a directory/);
    expect(readdirSync(outer)).toEqual(['in']);
    expect(existsSync('/tmp/millrace-export-out')).toBe(false);
    expect(filesBelow(folder)).toEqual(Object.keys(FILES).sort());
  });

  test.each([
    { type: 'symlink' as const, linkname: '/etc' },
    { type: 'symlink' as const, linkname: '..' },
    { type: 'link' as const, linkname: 'state.json' },
    { type: 'directory' as const },
    { type: 'fifo' as const },
    { type: 'character-device' as const },
  ])('an entry that is no file is refused: $type $linkname', async (header) => {
    await expect(receive(await exportOf(FILES, {}, [[{ name: 'artifacts/one/x', ...header }]]))).rejects.toThrow(
      /"artifacts\/one\/x\/?" is a .*, not a file/,
    );
  });

  test.each([
    ['case', { 'artifacts/a/README': 'x', 'artifacts/a/readme': 'y' }],
    ['case of a folder', { 'artifacts/A/x': 'x', 'artifacts/a/x': 'y' }],
    ['how letters are composed', { 'artifacts/a/\u00fc': 'x', 'artifacts/a/u\u0308': 'y' }],
    ['that one is below the other', { 'artifacts/a/x': 'x', 'artifacts/a/x/y': 'y' }],
    ['that one is above the other', { 'artifacts/a/x/y': 'x', 'artifacts/a/X': 'y' }],
  ])('two paths that differ only in %s are refused', async (_, clashing) => {
    await expect(receive(await exportOf({ ...FILES, ...clashing }))).rejects.toThrow(/two files are called/);
  });

  test('a file twice, one more, one less, and another run are refused', async () => {
    await expect(receive(await exportOf(FILES, {}, [[{ name: 'state.json' }, '{}']]))).rejects.toThrow(/two files/);
    const again = async (bytes: Promise<Buffer>, message: RegExp) => {
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
      await expect(receive(await bytes)).rejects.toThrow(message);
    };
    await again(exportOf(FILES, {}, [[{ name: 'artifacts/more' }, 'x']]), /does not list "artifacts\/more"/);
    await again(
      exportOf(FILES, { files: [...JSON.parse(manifestOf({ ...FILES, less: 'x' })).files] }),
      /"less" is not in/,
    );
    await again(exportOf(FILES, { run_id: OTHER }), new RegExp(`it is of run ${OTHER}`));
    await again(exportOf({ 'state.json': '{}' }), /it has no file of events/);
    await again(exportOf(FILES, { format: 2 }), /its manifest.json cannot be read/);
    await again(
      tarOf([
        [{ name: 'manifest.json' }, manifestOf({})],
        [{ name: 'state.json' }, '{}'],
      ]),
      /something follows its manifest/,
    );
    await again(Promise.resolve(Buffer.from('<html>'.repeat(1_000))), /not whole/);
  });

  test('an artifact that was damaged is left out', async () => {
    const { sha256, size } = fileOf('', 'as it was');
    const missing = [
      {
        artifact_id: 'a',
        stage: 's',
        generation: 1,
        attempt: 1,
        name: 'x',
        size,
        sha256,
        reason: 'damaged',
        path: 'artifacts/s/x',
      },
    ];
    await receive(await exportOf(FILES, { missing }, [[{ name: 'artifacts/s/x' }, 'as it is!']]));
    expect(existsSync(join(folder, 'artifacts/s/x'))).toBe(false);
  });
});

describe('the folder', () => {
  const write = async (path: string, { force = false, text = '{}' } = {}) => {
    const target = await targetFolder(path, { runId: RUN, force });
    await receiveRun(Readable.from([await exportOf({ ...FILES, 'state.json': text })]), target.workFolder, RUN);
    return target.publish();
  };
  const refused = async (path: string, message: RegExp, options = {}) => {
    const before = below(outer);
    await expect(targetFolder(path, { runId: RUN, force: false, ...options })).rejects.toThrow(message);
    expect(below(outer)).toEqual(before);
  };

  test('is made with those above it, appears whole, and is its owner’s alone', async () => {
    const path = join(outer, 'new/er/run');
    const target = await targetFolder(path, { runId: RUN, force: false });
    expect(existsSync(path)).toBe(false);
    await target.discard();
    expect(filesBelow(outer)).toEqual([]);
    expect(await write(path)).toBeNull();
    expect(lstatSync(path).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(outer, 'new/er'))).toEqual(['run']);
  });

  test('one that is empty is taken, one with other content is not', async () => {
    expect(await write(folder)).toBeNull();
    expect(readdirSync(outer)).toEqual(['in']);
    const mine = join(outer, 'mine');
    mkdirSync(mine);
    writeFileSync(join(mine, 'thesis.txt'), 'years of work');
    await refused(mine, /mine is not empty/);
    await refused(join(mine, 'thesis.txt'), /is not a folder/, { force: true });
    await refused(join(mine, 'thesis.txt', 'x'), /cannot write/);
    const kept = await write(mine, { force: true });
    expect(readFileSync(join(kept!, 'thesis.txt'), 'utf8')).toBe('years of work');
    expect(filesBelow(mine)).toEqual([...Object.keys(FILES), 'manifest.json'].sort());
  });

  test('the same run is replaced; what else is in it is kept', async () => {
    await write(folder);
    expect(await write(folder, { text: '{"later":1}' })).toBeNull();
    expect(readFileSync(join(folder, 'state.json'), 'utf8')).toBe('{"later":1}');
    expect(readdirSync(outer)).toEqual(['in']);
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    const kept = await write(folder);
    expect(readFileSync(join(kept!, 'notes.txt'), 'utf8')).toBe('mine');
    expect(existsSync(join(folder, 'notes.txt'))).toBe(false);
    // A link is not what the manifest lists: it may lead to what is not ours.
    symlinkSync(join(kept!, 'notes.txt'), join(folder, 'link'));
    expect(await write(folder)).not.toBeNull();
    writeFileSync(join(folder, 'manifest.json'), manifestOf(FILES, { run_id: OTHER }));
    await refused(folder, new RegExp(`is not empty: it is run ${OTHER}`));
  });

  test('not the one you are in, nor one above it', async () => {
    const cwd = process.cwd();
    await refused(cwd, /is the folder you are in, or above it/, { force: true });
    await refused('/', /is the folder you are in, or above it/, { force: true });
  });

  test('a link to a folder leads to that folder', async () => {
    symlinkSync(folder, join(outer, 'link'));
    await write(join(outer, 'link'));
    expect(existsSync(join(folder, 'manifest.json'))).toBe(true);
    expect(lstatSync(join(outer, 'link')).isSymbolicLink()).toBe(true);
  });
});
