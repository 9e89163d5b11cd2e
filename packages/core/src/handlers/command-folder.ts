import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InexactJsonError, LIMITS, parseExactJson } from '../domain/index.ts';
import {
  HeldFolder,
  NotPlainFile,
  ownedPrefix,
  removeFolder,
  removeFolderLater,
  sizeOfPlain,
  SystemFailure,
  systemFailure,
} from '../scratch/index.ts';
import { checkArtifactName } from './artifact-name.ts';
import { StageFailure } from './stage-failure.ts';

/** The files shared by a command and its attempt; only this user may read them. */
export interface CommandFolder {
  readonly path: string;
  readonly input: string;
  readonly output: string;
  readonly checkpoint: string;
  readonly artifacts: string;
  /** The open folder from which the worker reads the command's files, even if `path` has been replaced. */
  readonly held: HeldFolder;
}

/** Prefix of scratch folders in the system's temporary folder; the owner's mark follows. */
export const SCRATCH_PREFIX = 'millrace-stage-';

/** @throws SystemFailure naming the folder, when the disk is full or the process is out of file descriptors */
export const createCommandFolder = async (input: unknown, checkpointJson: string | null): Promise<CommandFolder> => {
  const failed = systemFailure(`no scratch folder can be made in ${tmpdir()}`);
  const path = await mkdtemp(join(tmpdir(), ownedPrefix(SCRATCH_PREFIX))).catch(failed);
  let held: HeldFolder | null = null;
  try {
    held = await HeldFolder.open(path).catch(failed);
    const folder = {
      path,
      input: join(path, 'input.json'),
      output: join(path, OUTPUT),
      checkpoint: join(path, CHECKPOINT),
      artifacts: join(path, ARTIFACTS),
      held,
    };
    await mkdir(folder.artifacts).catch(failed);
    await writeFile(folder.input, JSON.stringify(input)).catch(failed);
    if (checkpointJson !== null) await writeFile(folder.checkpoint, checkpointJson).catch(failed);
    return folder;
  } catch (error) {
    await removeCommandFolder({ path, held });
    throw error;
  }
};
const OUTPUT = 'output.json';
export const CHECKPOINT = 'checkpoint.json';
const ARTIFACTS = 'artifacts';

/** Null: removed. A failure harms no result, so it is only logged and retried later. */
export const removeCommandFolder = async (folder: {
  readonly path: string;
  readonly held: HeldFolder | null;
}): Promise<string | null> => {
  await folder.held?.close().catch(() => {});
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
export const readOutput = async ({ held }: CommandFolder): Promise<unknown> => {
  const bytes = await readBounded(held).catch((error: unknown) => {
    if (error instanceof NotPlainFile) throw new StageFailure('invalid_output', `MILLRACE_OUTPUT ${error.message}`);
    if (error instanceof StageFailure) throw error;
    throw new SystemFailure('MILLRACE_OUTPUT cannot be read', error);
  });
  if (bytes === null) return null;
  const text = decode(bytes);
  if (text.trim() === '') return null;
  try {
    return parseExactJson(text, 'output');
  } catch (error) {
    if (error instanceof InexactJsonError)
      throw new StageFailure('invalid_output', `MILLRACE_OUTPUT: ${error.message}`);
    throw new StageFailure('invalid_output', `MILLRACE_OUTPUT does not hold JSON: ${(error as Error).message}`);
  }
};

/** Null: there is none. */
const readBounded = async (held: HeldFolder): Promise<Uint8Array | null> => {
  const file = await held.open([OUTPUT]).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (file === null) return null;
  try {
    const size = await sizeOfPlain(file);
    if (size > LIMITS.output_bytes)
      throw new StageFailure(
        'output_too_large',
        `the output is ${size} bytes; the limit output_bytes is ${LIMITS.output_bytes}: store it as an artifact`,
      );
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
    throw new StageFailure('invalid_output', 'MILLRACE_OUTPUT is not UTF-8 text');
  }
};

/** A file left by the command: its path components as the system has them, and the name to store it under. */
export interface FoundArtifact {
  readonly names: readonly (Buffer | string)[];
  readonly name: string;
}

/** Maximum files and folders scanned; no attempt may store as many. */
const MOST_ENTRIES = 200_000;

/**
 * The regular files below the artifacts folder, as sorted names with "/" between folders; links are not followed. Each
 * note is a line for the log about a skipped file or a changed name.
 * @throws StageFailure `artifact_unreadable` with the name of a folder that cannot be read, `too_many_artifacts`,
 *   `invalid_artifact`
 */
export const listArtifacts = async ({
  held,
}: CommandFolder): Promise<{ readonly files: readonly FoundArtifact[]; readonly notes: readonly string[] }> => {
  const files: FoundArtifact[] = [];
  const passedOver: string[] = [];
  const renamed: string[] = [];
  let seen = 0;
  const folders: FoundArtifact[] = [{ names: [ARTIFACTS], name: '' }];
  for (let below = folders.pop(); below !== undefined; below = folders.pop()) {
    try {
      for await (const entry of held.entries(below.names)) {
        const shown = nameOf(entry.name);
        const found = {
          names: [...below.names, entry.name],
          name: below.name === '' ? shown : `${below.name}/${shown}`,
        };
        if ((seen += 1) > MOST_ENTRIES)
          throw new StageFailure(
            'too_many_artifacts',
            `MILLRACE_ARTIFACTS contains more than ${MOST_ENTRIES} files and folders: pack them into an archive`,
          );
        if (!Buffer.from(shown).equals(entry.name)) renamed.push(found.name);
        if (entry.isDirectory()) folders.push(checkedName(found));
        else if (entry.isFile()) files.push(found);
        else passedOver.push(found.name);
      }
    } catch (error) {
      if (below.name === '' && isReplaced(error))
        return {
          files: [],
          notes: ['the command removed or replaced its folder MILLRACE_ARTIFACTS: nothing was stored of it'],
        };
      if (error instanceof StageFailure) throw error;
      const what = `the folder ${below.name === '' ? 'MILLRACE_ARTIFACTS' : JSON.stringify(below.name)} of artifacts`;
      throw new StageFailure('artifact_unreadable', new SystemFailure(what, error).message);
    }
  }
  return {
    files: files.sort((a, b) => (a.name < b.name ? -1 : 1)),
    notes: [
      ...noteOf(NOT_PLAIN, passedOver),
      ...noteOf('names that are not plain UTF-8 text are stored with "%" and the byte in hexadecimal', renamed),
    ],
  };
};

const NOT_PLAIN = 'not stored as artifacts, for they are not regular files';
const LISTED = 10;

const isReplaced = (error: unknown): boolean =>
  error instanceof NotPlainFile || ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

/** Nothing below a folder with too long a name can be stored. */
const checkedName = (folder: FoundArtifact): FoundArtifact => {
  checkArtifactName(folder.name);
  return folder;
};

/** A line for the log about these files, if any. */
export const noteOf = (says: string, names: readonly string[]): readonly string[] => {
  if (names.length === 0) return [];
  const rest = names.length > LISTED ? ` (and ${names.length - LISTED} more)` : '';
  return [`${says}: ${[...names].sort().slice(0, LISTED).join(', ')}${rest}`];
};

/**
 * The name as text. An artifact's name has no control characters and no backslash, while a file name need not be UTF-8:
 * such bytes become "%" and two hexadecimal digits, as does a "%" in the same name, so that the name can be decoded.
 */
const nameOf = (bytes: Buffer): string => {
  const text = bytes.toString();
  if (Buffer.from(text).equals(bytes) && !UNFIT.test(text)) return text;
  let name = '';
  for (let at = 0; at < bytes.length; ) {
    const length = lengthOfCharacter(bytes, at);
    const character = bytes.subarray(at, at + length).toString();
    const isFit =
      Buffer.from(character).equals(bytes.subarray(at, at + length)) && character !== '%' && !UNFIT.test(character);
    name += isFit ? character : `%${bytes[at]!.toString(16).toUpperCase().padStart(2, '0')}`;
    at += isFit ? length : 1;
  }
  return name;
};
const UNFIT = /[\u0000-\u001f\u007f\\]/;

/** Length of the UTF-8 character that starts with this byte; 1 if none does. */
const lengthOfCharacter = (bytes: Buffer, at: number): number => {
  const first = bytes[at]!;
  return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
};
