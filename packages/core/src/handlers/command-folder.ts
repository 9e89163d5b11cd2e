import { lstat, mkdir, mkdtemp, open, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InexactJsonError, LIMITS, parseExactJson } from '../domain/index.ts';
import { ownedPrefix, removeFolder, removeFolderLater, SystemFailure, systemFailure } from '../scratch/index.ts';
import { StageFailure } from './stage-failure.ts';

/** The files through which a command and its attempt speak; only this user may read them. */
export interface CommandFolder {
  readonly path: string;
  readonly input: string;
  readonly output: string;
  readonly artifacts: string;
}

/** Its scratch folder begins so, in the system's folder for temporary files; the mark of its owner follows. */
export const SCRATCH_PREFIX = 'millrace-stage-';

/** @throws SystemFailure naming the folder, when the disk is full or the process is out of file descriptors */
export const createCommandFolder = async (input: unknown): Promise<CommandFolder> => {
  const failed = systemFailure(`no scratch folder can be made in ${tmpdir()}`);
  const path = await mkdtemp(join(tmpdir(), ownedPrefix(SCRATCH_PREFIX))).catch(failed);
  const folder = { path, input: join(path, 'input.json'), output: join(path, 'output.json'), artifacts: join(path, 'artifacts') };
  try {
    await mkdir(folder.artifacts).catch(failed);
    await writeFile(folder.input, JSON.stringify(input)).catch(failed);
    return folder;
  } catch (error) {
    await removeCommandFolder(folder);
    throw error;
  }
};

/** Null: it is gone. What cannot be removed has harmed no result, so it is a line for the log; it is tried again later. */
export const removeCommandFolder = async (folder: CommandFolder): Promise<string | null> => {
  try {
    await removeFolder(folder.path);
    return null;
  } catch (error) {
    removeFolderLater(folder.path);
    return new SystemFailure(`the scratch folder ${folder.path} could not be removed`, error).message;
  }
};

/**
 * What the command wrote to its output file; null when it wrote none.
 * @throws StageFailure `invalid_output`, `output_too_large`
 */
export const readOutput = async (folder: CommandFolder): Promise<unknown> => {
  const found = await lstat(folder.output).catch(() => null);
  if (found === null) return null;
  // A pipe would wait for ever, and a link could lead to any file of this user.
  if (!found.isFile()) throw new StageFailure('invalid_output', 'MILLRACE_OUTPUT is not a regular file');
  if (found.size > LIMITS.output_bytes)
    throw new StageFailure('output_too_large', `the output is ${found.size} bytes; the limit output_bytes is ${LIMITS.output_bytes}: store it as an artifact`);
  const text = decode(await readBounded(folder.output).catch(systemFailure('MILLRACE_OUTPUT cannot be read')));
  if (text.trim() === '') return null;
  try {
    return parseExactJson(text, 'output');
  } catch (error) {
    if (error instanceof InexactJsonError) throw new StageFailure('invalid_output', `MILLRACE_OUTPUT: ${error.message}`);
    throw new StageFailure('invalid_output', `MILLRACE_OUTPUT does not hold JSON: ${(error as Error).message}`);
  }
};

const readBounded = async (path: string): Promise<Uint8Array> => {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LIMITS.output_bytes), 0, LIMITS.output_bytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
};

const decode = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new StageFailure('invalid_output', 'MILLRACE_OUTPUT does not hold UTF-8 text');
  }
};

/** A file that the command left: its path as the system has it, and the name to store it under. */
export interface FoundArtifact {
  readonly path: Buffer;
  readonly name: string;
}

/**
 * The regular files below the artifacts folder, as names with "/" between folders, sorted; links are not followed. Each note is a
 * line for the log: about what is passed over, and about a name that had to be changed.
 * @throws StageFailure `artifact_unreadable` with the name of a folder that cannot be read
 */
export const listArtifacts = async (folder: CommandFolder): Promise<{ readonly files: readonly FoundArtifact[]; readonly notes: readonly string[] }> => {
  const root = await lstat(folder.artifacts).catch(() => null);
  if (!root?.isDirectory()) return { files: [], notes: ['the command removed or replaced its folder MILLRACE_ARTIFACTS: nothing was stored of it'] };
  const files: FoundArtifact[] = [];
  const passedOver: string[] = [];
  const renamed: string[] = [];
  const open = [{ path: Buffer.from(folder.artifacts), name: '' }];
  for (let below = open.pop(); below !== undefined; below = open.pop()) {
    for (const entry of await entriesOf(below)) {
      const path = Buffer.concat([below.path, SLASH, entry.name]);
      const shown = nameOf(entry.name);
      const name = below.name === '' ? shown : `${below.name}/${shown}`;
      if (!Buffer.from(shown).equals(entry.name)) renamed.push(name);
      if (entry.isDirectory()) open.push({ path, name });
      else if (entry.isFile()) files.push({ path, name });
      else passedOver.push(name);
    }
  }
  return {
    files: files.sort((a, b) => (a.name < b.name ? -1 : 1)),
    notes: [
      ...noteOf('not stored as artifacts, for they are not regular files', passedOver),
      ...noteOf('names that are not plain UTF-8 text are stored with "%" and the byte in hexadecimal', renamed),
    ],
  };
};

const SLASH = Buffer.from('/');
const LISTED = 10;

const entriesOf = async ({ path, name }: FoundArtifact) =>
  readdir(path, { withFileTypes: true, encoding: 'buffer' }).catch((error: NodeJS.ErrnoException) => {
    const what = `the folder ${name === '' ? 'MILLRACE_ARTIFACTS' : JSON.stringify(name)} of artifacts`;
    throw new StageFailure('artifact_unreadable', new SystemFailure(what, error).message, { cause: error });
  });

const noteOf = (says: string, names: readonly string[]): readonly string[] => {
  if (names.length === 0) return [];
  const rest = names.length > LISTED ? ` (and ${names.length - LISTED} more)` : '';
  return [`${says}: ${[...names].sort().slice(0, LISTED).join(', ')}${rest}`];
};

/**
 * The name as a text. An artifact's name has no control characters and no backslash, and a file's need not be UTF-8: those bytes
 * become "%" and two hexadecimal digits, and so does a "%" beside them, so that the name can be read back.
 */
const nameOf = (bytes: Buffer): string => {
  const text = bytes.toString();
  if (Buffer.from(text).equals(bytes) && !UNFIT.test(text)) return text;
  let name = '';
  for (let at = 0; at < bytes.length; ) {
    const length = lengthOfCharacter(bytes, at);
    const character = bytes.subarray(at, at + length).toString();
    const isFit = Buffer.from(character).equals(bytes.subarray(at, at + length)) && character !== '%' && !UNFIT.test(character);
    name += isFit ? character : `%${bytes[at]!.toString(16).toUpperCase().padStart(2, '0')}`;
    at += isFit ? length : 1;
  }
  return name;
};
const UNFIT = /[\u0000-\u001f\u007f\\]/;

/** Bytes of the UTF-8 character that this byte begins; 1 when it begins none. */
const lengthOfCharacter = (bytes: Buffer, at: number): number => {
  const first = bytes[at]!;
  return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
};
