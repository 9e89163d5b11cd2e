import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline as pump } from 'node:stream/promises';
import { PathSet } from '@millrace/core/domain';
import { wireExportManifest, type WireExportManifest } from '@millrace/core/wire';
import { type Entry, extract } from 'tar-stream';
import { CliError, EXIT } from '../exit-codes.ts';

const MANIFEST = 'manifest.json';
/** Bytes of a file's name on every system; and of a path, far below what systems take. */
const NAME_BYTES = 255;
const PATH_BYTES = 1_024;

interface Written {
  readonly size: number;
  readonly sha256: string;
}

/**
 * Writes an exported run into a folder that is empty and ours, and checks it against its manifest: each file by its
 * digest, and that none is absent or extra. Nothing is written outside of the folder.
 * @throws CliError failed, when the stream is cut, changed or not an export of this run, or a file cannot be written
 */
export const receiveRun = async (bytes: Readable, folder: string, runId: string): Promise<WireExportManifest> => {
  const entries = extract();
  const pumping = pump(bytes, entries);
  // The loop reports its error too, and first.
  pumping.catch(() => {});
  const taken = new PathSet();
  const written = new Map<string, Written>();
  try {
    for await (const entry of entries) {
      if (written.has(MANIFEST)) throw broken('something follows its manifest');
      const path = pathOf(entry.header);
      if (!taken.add(path)) throw broken(`two files are called ${JSON.stringify(path)}, on some systems`);
      written.set(path, await write(entry, join(folder, path)));
    }
    await pumping;
  } catch (error) {
    bytes.destroy();
    await pumping.catch(() => {});
    throw failureOf(error);
  }
  if (!written.delete(MANIFEST)) throw broken('it ended before its manifest');
  const manifest = parse(await readFile(join(folder, MANIFEST), 'utf8'));
  if (manifest.run_id !== runId) throw broken(`it is of run ${manifest.run_id}, not ${runId}`);
  check(manifest, written);
  for (const { path } of manifest.missing) if (path !== undefined) await rm(join(folder, path));
  return manifest;
};

const broken = (why: string): CliError => new CliError(EXIT.failed, `the export is not whole: ${why}`);

/** An error of the disk, or of the stream: a cut connection, or bytes that are no tar. */
const failureOf = (error: unknown): CliError => {
  if (error instanceof CliError) return error;
  const { message, path } = error as NodeJS.ErrnoException;
  if (path === undefined) return new CliError(EXIT.failed, `the export is not whole: ${message}`, { cause: error });
  return new CliError(EXIT.failed, `cannot write the export: ${message}`, { cause: error });
};

/** The path of an entry, if it is a plain file that stays in the folder. */
const pathOf = ({ name, type }: { readonly name: string; readonly type?: string | null | undefined }): string => {
  const shown = JSON.stringify(name.slice(0, 300));
  if (type !== 'file') throw broken(`${shown} is a ${type ?? 'special file'}, not a file`);
  const parts = name.split('/');
  const isSafe =
    Buffer.byteLength(name) <= PATH_BYTES &&
    !/[\u0000-\u001f\u007f\\]/.test(name) &&
    parts.every((part) => part !== '' && part !== '.' && part !== '..' && Buffer.byteLength(part) <= NAME_BYTES);
  if (!isSafe) throw broken(`it has a file with the path ${shown}, which is not written`);
  return name;
};

const write = async (entry: Entry, path: string): Promise<Written> => {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  const hash = createHash('sha256');
  let size = 0;
  const counted = async function* (pieces: AsyncIterable<Buffer>) {
    for await (const piece of pieces) {
      hash.update(piece);
      size += piece.length;
      yield piece;
    }
  };
  await pump(entry as unknown as Readable, counted, file.createWriteStream());
  return { size, sha256: hash.digest('hex') };
};

const parse = (text: string): WireExportManifest => {
  try {
    return wireExportManifest.parse(JSON.parse(text));
  } catch (error) {
    throw new CliError(EXIT.failed, `the export is not whole: its ${MANIFEST} cannot be read`, { cause: error });
  }
};

const check = ({ files, missing }: WireExportManifest, written: ReadonlyMap<string, Written>): void => {
  const unlisted = new Set(written.keys());
  for (const { path, size, sha256 } of files) {
    const file = written.get(path);
    if (!unlisted.delete(path) || file === undefined) throw broken(`${JSON.stringify(path)} is not in it`);
    if (file.size !== size || file.sha256 !== sha256)
      throw broken(`${JSON.stringify(path)} is not what was sent: its SHA-256 is ${file.sha256}, not ${sha256}`);
  }
  for (const { path } of missing)
    if (path !== undefined && !unlisted.delete(path)) throw broken(`${JSON.stringify(path)} is not in it`);
  for (const path of unlisted) throw broken(`its manifest does not list ${JSON.stringify(path)}`);
  for (const kind of ['state', 'events'] as const)
    if (!files.some((file) => file.kind === kind)) throw broken(`it has no file of ${kind}`);
};
