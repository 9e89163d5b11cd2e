import { realpath } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, isAbsolute, relative, resolve } from 'node:path';
import { Readable } from 'node:stream';
import type { ArtifactContent } from '../definition/index.ts';
import { HeldFolder, NotPlainFile, openNamed, sizeOfPlain, SystemFailure } from '../scratch/index.ts';
import { StageFailure } from './stage-failure.ts';

/** An artifact's bytes. Errors reach only the reader. */
type ArtifactBytes = AsyncIterable<unknown> | Iterable<unknown>;

/** Content to store. `size`: its length in bytes, if known before reading. */
export interface OpenContent {
  readonly bytes: ArtifactBytes;
  readonly size: number;
  close(): Promise<void>;
}

/** A file read from its handle, so that the file checked is the file read, even if its name is reassigned. */
export class OpenFile implements AsyncIterable<Uint8Array>, OpenContent {
  readonly size: number;
  readonly #handle: FileHandle;

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.size = size;
  }
  get bytes(): this {
    return this;
  }
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const { buffer, bytesRead } = await this.#handle.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  }
  close(): Promise<void> {
    return this.#handle.close();
  }
}
const CHUNK_BYTES = 64 * 1_024;

/**
 * An unhandled stream error ends the process, and a stream passed as an artifact may fail at any time: before it is
 * read, or after storing it has failed. Call this in the tick that received the stream.
 */
export const expectErrors = (content: unknown): void => {
  if (isObject(content) && typeof content['on'] === 'function') (content as unknown as Readable).on('error', () => {});
};

/** @throws StageFailure `invalid_artifact` for a value that is not content, or was already read; see openFile */
export const openContent = async (name: string, content: ArtifactContent, dir: string): Promise<OpenContent> => {
  if (typeof content === 'string') return inMemory(Buffer.from(content));
  if (content instanceof Uint8Array) return inMemory(content);
  if (content instanceof Readable) return { bytes: unread(name, content), size: 0, close };
  if (isObject(content) && Symbol.asyncIterator in content)
    return { bytes: content as AsyncIterable<unknown>, size: 0, close };
  const file = isObject(content) ? content['file'] : undefined;
  if (typeof file === 'string' && file !== '' && !file.includes('\0'))
    return openFile(name, () => openBeside(dir, file), resolve(dir, file));
  throw new StageFailure(
    'invalid_artifact',
    `the content of artifact ${JSON.stringify(name)} must be a string, bytes, a stream or { file: "path" }`,
  );
};

const close = async (): Promise<void> => {};
const inMemory = (bytes: Uint8Array): OpenContent => ({ bytes: [bytes], size: bytes.length, close });

/**
 * A regular file with one name, opened by `open`.
 * @throws StageFailure `artifact_unreadable`; SystemFailure when the file is not at fault
 */
export const openFile = async (name: string, open: () => Promise<FileHandle>, shown: string): Promise<OpenFile> => {
  const what = `artifact ${JSON.stringify(name)}: the file ${shown}`;
  const refused = (error: unknown): never => {
    if (error instanceof NotPlainFile)
      throw new StageFailure('artifact_unreadable', `${what} ${error.message}`, { cause: error });
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EMFILE' || code === 'ENFILE') throw new SystemFailure(what, error);
    throw new StageFailure('artifact_unreadable', new SystemFailure(what, error).message);
  };
  const file = await open().catch(refused);
  try {
    return new OpenFile(file, await sizeOfPlain(file));
  } catch (error) {
    await file.close().catch(() => {});
    return refused(error);
  }
};

/** A relative path must stay, links resolved, in the folder of the definition: it may contain untrusted input. */
const openBeside = async (dir: string, file: string): Promise<FileHandle> => {
  if (isAbsolute(file)) return openNamed(file);
  const root = await realpath(dir);
  const target = resolve(root, file);
  const way = relative(root, await realpath(dirname(target)));
  if (way === '..' || way.startsWith('../') || isAbsolute(way))
    throw new NotPlainFile('is outside the folder of the definition: write its whole path');
  const folder = await HeldFolder.open(root);
  try {
    return await folder.open([...way.split('/').filter((name) => name !== ''), basename(target)]);
  } finally {
    await folder.close();
  }
};

/** A stream that was consumed or closed would be stored as zero bytes. */
const unread = (name: string, stream: Readable): Readable => {
  if (stream.errored) throw stream.errored;
  if (!stream.readableEnded && !stream.destroyed) return stream;
  throw new StageFailure(
    'invalid_artifact',
    `the stream of artifact ${JSON.stringify(name)} was already read or closed`,
  );
};

const isObject = (value: unknown): value is Readonly<Record<PropertyKey, unknown>> =>
  typeof value === 'object' && value !== null;
