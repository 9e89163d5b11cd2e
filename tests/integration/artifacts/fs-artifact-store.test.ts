import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { abandonedOwners, FsArtifactStore, keepArtifacts, oldOwners } from '@millrace/core/artifacts';
import type { RunId } from '@millrace/core/domain';
import { afterEach, beforeEach, expect, test } from 'vitest';

let root: string;
let store: FsArtifactStore;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-test-'));
  store = new FsArtifactStore(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const runOf = (number: number, deployment = 'one') => ({
  deployment,
  runId: `01890000-0000-7000-8000-${String(number).padStart(12, '0')}` as RunId,
});
const A = runOf(1);
const B = runOf(2);
const digestOf = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');
const put = (owner: typeof A, bytes: string) => store.put(owner, Readable.from([Buffer.from(bytes)]));
const read = async (owner: typeof A, bytes: string) => {
  const found = await store.get(owner, digestOf(bytes));
  return found && text(found);
};
/** Every regular file of the store's folder, in so far as it has bytes of an artifact. */
const files = (below = root): readonly string[] =>
  readdirSync(below, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /^[0-9a-f]{64}$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));

test('bytes come back by their digest; the same bytes put at once, many times, by two runs, are one file', async () => {
  const bytes = Buffer.alloc(3_000_000, 'abc\0');
  const digest = digestOf(bytes);
  const stored = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      store.put(i % 2 === 0 ? A : B, Readable.from([bytes.subarray(0, 7), bytes.subarray(7)])),
    ),
  );
  expect(new Set(stored.map((one) => JSON.stringify(one)))).toEqual(
    new Set([JSON.stringify({ sha256: digest, size: bytes.length })]),
  );
  for (const owner of [A, B]) expect((await buffer((await store.get(owner, digest))!)).equals(bytes)).toBe(true);
  expect(await readdir(join(root, 'sha256', digest.slice(0, 2), digest.slice(2, 4)))).toEqual([digest]);
  expect(await readdir(join(root, 'tmp'))).toEqual([]);
  await put(A, 'later');
  await put(B, 'later');
  await put(B, 'later');
  await store.remove(A);
  expect(await read(B, 'later')).toBe('later');
});

test('a stream that breaks leaves nothing', async () => {
  const breaking = Readable.from(
    (async function* () {
      yield Buffer.from('half');
      throw new Error('cut');
    })(),
  );
  await expect(store.put(A, breaking)).rejects.toThrow('cut');
  expect(await readdir(join(root, 'tmp'))).toEqual([]);
});

test('what is not a digest, or not there, or of another run, or a link, is not there', async () => {
  const { sha256 } = await put(A, 'mine');
  expect(await read(A, 'mine')).toBe('mine');
  expect(await store.get(B, sha256)).toBeNull();
  expect(await store.get(runOf(1, 'two'), sha256)).toBeNull();
  for (const name of ['../../etc/passwd', '', 'a'.repeat(64), 'A'.repeat(64)])
    expect(await store.get(A, name)).toBeNull();
  const place = join(root, 'runs', A.deployment, A.runId);
  rmSync(join(place, sha256));
  writeFileSync(join(root, 'secret'), 'foreign');
  symlinkSync(join(root, 'secret'), join(place, sha256));
  expect(await store.get(A, sha256)).toBeNull();
  symlinkSync(place, join(root, 'runs', A.deployment, B.runId));
  rmSync(join(place, sha256));
  writeFileSync(join(place, sha256), 'mine');
  expect(await store.get(B, sha256)).toBeNull();
});

test('a range is its bytes, both ends included', async () => {
  const { sha256 } = await put(A, '0123456789');
  expect(await text((await store.get(A, sha256, { range: { start: 2, end: 4 } }))!)).toBe('234');
  expect(await text((await store.get(A, sha256, { range: { start: 9, end: 9 } }))!)).toBe('9');
  expect(await store.get(A, 'b'.repeat(64), { range: { start: 0, end: 1 } })).toBeNull();
});

test('bytes go with the last run that owns them, whichever deployment it is of', async () => {
  for (const owner of [A, B, runOf(1, 'two')]) await put(owner, 'shared');
  await put(A, 'of A alone');
  await store.remove(A);
  expect([await read(A, 'shared'), await read(A, 'of A alone'), await read(B, 'shared')]).toEqual([
    null,
    null,
    'shared',
  ]);
  expect(existsSync(join(root, 'runs', A.deployment, A.runId))).toBe(false);
  await Promise.all([store.remove(B), store.remove(B)]);
  expect(await read(runOf(1, 'two'), 'shared')).toBe('shared');
  await store.remove(runOf(1, 'two'));
  expect(files()).toEqual([]);
  await store.remove(A);
});

test('a remover that is killed half-way, and what it left, leave no bytes behind', async () => {
  for (const bytes of ['one', 'two']) await put(A, bytes);
  // As it was killed: one name for other runs is gone, the run's own are not.
  rmSync(files(join(root, 'sha256'))[0]!);
  await store.remove(A);
  expect(files()).toEqual([]);
});

test('runs that store the same bytes while others with them are removed always have them', async () => {
  const lost: string[] = [];
  const bytes = ['x', 'y'];
  const live = async (lane: number): Promise<void> => {
    for (let round = 0; round < 60; round++) {
      const owner = runOf(1_000 * lane + round);
      await Promise.all(bytes.map((one) => put(owner, one)));
      for (const one of bytes) if ((await read(owner, one)) !== one) lost.push(`${lane} ${round} ${one}`);
      await store.remove(owner);
    }
  };
  await Promise.all([1, 2, 3, 4, 5, 6].map(live));
  expect(lost).toEqual([]);
  expect(files()).toEqual([]);
});

test('unreported artifacts are found by age alone', async () => {
  const now = Date.now();
  for (const owner of [A, B, runOf(3, 'gone'), runOf(4, 'gone'), runOf(5, 'kept')]) await put(owner, 'x');
  await keepArtifacts(root, 'one', now + 1_000);
  await keepArtifacts(root, 'gone', now - 1_000);
  await keepArtifacts(root, 'kept', now + 1_000);
  await put(runOf(6, 'says-nothing'), 'x');
  expect(await oldOwners(root, 'one', now - 60_000, '', 10)).toEqual([]);
  expect(await oldOwners(root, 'one', now + 60_000, '', 10)).toEqual([A.runId, B.runId]);
  expect(await oldOwners(root, 'one', now + 60_000, '', 1)).toEqual([A.runId]);
  expect(await oldOwners(root, 'one', now + 60_000, A.runId, 10)).toEqual([B.runId]);
  const abandoned = await abandonedOwners(root, 'one', now, 10);
  expect(abandoned).toEqual(expect.arrayContaining([runOf(3, 'gone'), runOf(4, 'gone')]));
  expect(abandoned).toHaveLength(2);
  for (const owner of abandoned) await store.remove(owner);
  expect(await abandonedOwners(root, 'one', now, 10)).toEqual([]);
  expect((await readdir(join(root, 'runs'))).sort()).toEqual(['kept', 'one', 'says-nothing']);
});
