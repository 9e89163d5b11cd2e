import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { FsArtifactStore } from '@millrace/core/artifacts';
import { afterEach, beforeEach, expect, test } from 'vitest';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-test-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('bytes come back by their digest; the same bytes put at once, many times, are one file', async () => {
  const store = new FsArtifactStore(root);
  const bytes = Buffer.alloc(3_000_000, 'abc\0');
  const digest = createHash('sha256').update(bytes).digest('hex');
  const stored = await Promise.all(Array.from({ length: 8 }, () => store.put(Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]))));
  expect(new Set(stored.map((one) => JSON.stringify(one)))).toEqual(new Set([JSON.stringify({ sha256: digest, size: bytes.length })]));
  expect((await buffer((await store.get(digest))!)).equals(bytes)).toBe(true);
  expect(await readdir(join(root, 'sha256', digest.slice(0, 2), digest.slice(2, 4)))).toEqual([digest]);
  expect(await readdir(join(root, 'tmp'))).toEqual([]);
});

test('a stream that breaks leaves nothing', async () => {
  const store = new FsArtifactStore(root);
  const breaking = Readable.from(
    (async function* () {
      yield Buffer.from('half');
      throw new Error('cut');
    })(),
  );
  await expect(store.put(breaking)).rejects.toThrow('cut');
  expect(await readdir(join(root, 'tmp'))).toEqual([]);
});

test('what is not a digest, or not there, is not there', async () => {
  const store = new FsArtifactStore(root);
  for (const name of ['../../etc/passwd', '', 'a'.repeat(64), 'A'.repeat(64)]) expect(await store.get(name)).toBeNull();
});

test('a range is its bytes, both ends included', async () => {
  const store = new FsArtifactStore(root);
  const { sha256 } = await store.put(Readable.from([Buffer.from('0123456789')]));
  expect((await buffer((await store.get(sha256, { start: 2, end: 4 }))!)).toString()).toBe('234');
  expect((await buffer((await store.get(sha256, { start: 9, end: 9 }))!)).toString()).toBe('9');
  expect(await store.get('b'.repeat(64), { start: 0, end: 1 })).toBeNull();
});
