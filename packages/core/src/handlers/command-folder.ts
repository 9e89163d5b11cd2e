import { lstat, mkdir, mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InexactJsonError, LIMITS, parseExactJson } from '../domain/index.ts';
import { StageFailure } from './stage-failure.ts';

/** The files through which a command and its attempt speak; only this user may read them. */
export interface CommandFolder {
  readonly path: string;
  readonly input: string;
  readonly output: string;
  readonly artifacts: string;
}

export const createCommandFolder = async (input: unknown): Promise<CommandFolder> => {
  const path = await mkdtemp(join(tmpdir(), 'millrace-'));
  const folder = { path, input: join(path, 'input.json'), output: join(path, 'output.json'), artifacts: join(path, 'artifacts') };
  await mkdir(folder.artifacts);
  await writeFile(folder.input, JSON.stringify(input));
  return folder;
};

export const removeCommandFolder = (folder: CommandFolder): Promise<void> => rm(folder.path, { recursive: true, force: true });

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
  const text = decode(await readBounded(folder.output));
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

/** The regular files below the artifacts folder, as names with "/" between folders, sorted; links are not followed but listed apart. */
export const listArtifacts = async (folder: CommandFolder): Promise<{ readonly files: readonly string[]; readonly passedOver: readonly string[] }> => {
  const files: string[] = [];
  const passedOver: string[] = [];
  const open = [''];
  for (let below = open.pop(); below !== undefined; below = open.pop()) {
    for (const entry of await readdir(join(folder.artifacts, below), { withFileTypes: true })) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) open.push(name);
      else (entry.isFile() ? files : passedOver).push(name);
    }
  }
  return { files: files.sort(), passedOver: passedOver.sort() };
};
