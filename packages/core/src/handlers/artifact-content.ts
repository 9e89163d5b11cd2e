import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import type { ArtifactContent } from '../definition/index.ts';
import { SystemFailure } from '../scratch/index.ts';
import { StageFailure } from './stage-failure.ts';

/** An artifact's bytes. Whatever breaks in them is thrown to who reads them, and nowhere else. */
export type ArtifactBytes = AsyncIterable<unknown> | Iterable<unknown>;

/**
 * A stream whose error nobody listens to ends the process. One that is given as an artifact can break at any time: before it is
 * read, or after storing it has failed. To be called in the tick in which it was given.
 */
export const expectErrors = (content: unknown): void => {
  if (isObject(content) && typeof content['on'] === 'function') (content as unknown as Readable).on('error', () => {});
};

/** @throws StageFailure `invalid_artifact` when it is no content, or one that was read before; see openFile */
export const openContent = async (name: string, content: ArtifactContent, dir: string): Promise<ArtifactBytes> => {
  if (typeof content === 'string') return [Buffer.from(content)];
  if (content instanceof Uint8Array) return [content];
  if (content instanceof Readable) return unread(name, content);
  if (isObject(content) && Symbol.asyncIterator in content) return content as AsyncIterable<unknown>;
  const file = isObject(content) ? content['file'] : undefined;
  if (typeof file === 'string' && file !== '' && !file.includes('\0')) return openFile(name, resolve(dir, file));
  throw new StageFailure('invalid_artifact', `the content of artifact ${JSON.stringify(name)} must be a text, bytes, a stream or { file: "path" }`);
};

/**
 * A regular file, opened. A pipe would wait for a writer, and with it one of the few threads that all stages read files with.
 * @throws StageFailure `artifact_unreadable`; SystemFailure when that is not the file's fault
 */
export const openFile = async (name: string, path: string | Buffer): Promise<Readable> => {
  const what = `artifact ${JSON.stringify(name)}: the file ${path.toString()}`;
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EMFILE' || error.code === 'ENFILE') throw new SystemFailure(what, error);
    throw new StageFailure('artifact_unreadable', new SystemFailure(what, error).message, { cause: error });
  });
  try {
    if (!(await file.stat()).isFile()) throw new StageFailure('artifact_unreadable', `${what} is not a regular file`);
    return file.createReadStream();
  } catch (error) {
    await file.close().catch(() => {});
    throw error;
  }
};

/** What was read to its end, or closed, would be stored as no bytes at all. */
const unread = (name: string, stream: Readable): Readable => {
  if (stream.errored) throw stream.errored;
  if (!stream.readableEnded && !stream.destroyed) return stream;
  throw new StageFailure('invalid_artifact', `the stream of artifact ${JSON.stringify(name)} was read or closed before`);
};

const isObject = (value: unknown): value is Readonly<Record<PropertyKey, unknown>> => typeof value === 'object' && value !== null;
