import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline as pump } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { type Client, everyItem } from '@millrace/client';
import { attemptLabel, nearestName } from '@millrace/core/domain';
import type { WireArtifact } from '@millrace/core/wire';
import { CliError, EXIT } from '../exit-codes.ts';
import { instant } from '../instants.ts';
import { runIdOf } from '../run-reference.ts';
import { jsonText, table } from '../terminal.ts';
import { wholeNumber } from '../whole-number.ts';
import type { AddCommands } from './add-commands.ts';
import { type ApiOptions, onApi, withApiOptions } from './api-options.ts';

interface ListOptions extends ApiOptions {
  readonly allAttempts?: boolean;
}
interface GetOptions extends ApiOptions {
  readonly output?: string;
  readonly stage?: string;
  readonly attempt?: string;
}

/** `millrace artifacts …`: lists and downloads artifacts. */
export const artifactsCommand: AddCommands = (program, terminal) => {
  const artifacts = program.command('artifacts').description("list a run's artifacts and download them: list, get");
  withApiOptions(artifacts.command('list <run>').description('list the artifacts of a run'))
    .option('--all-attempts', 'include artifacts of earlier, failed attempts')
    .action(
      onApi(async (api, run: string, options: ListOptions) => {
        const all = await artifactsOf(api, await runIdOf(api, run), options.allAttempts ? 'all' : 'last');
        if (options.json) return terminal.out(jsonText(all));
        if (all.length === 0) return terminal.say('no artifacts');
        const rows = all.map((artifact) => [
          artifact.name,
          attemptLabel(artifact) === '1' && !options.allAttempts
            ? artifact.stage
            : `${artifact.stage} #${attemptLabel(artifact)}`,
          String(artifact.size),
          artifact.content_type,
          instant(terminal, artifact.stored_at),
        ]);
        for (const line of table(['name', 'stage', 'bytes', 'type', 'stored'], rows)) terminal.out(line);
      }),
    );
  withApiOptions(
    artifacts.command('get <run> <name>').description('download an artifact and print the path of the file'),
  )
    .option('-o, --output <path>', 'file to write; "-" is stdout (default: its name, in this folder)')
    .option('--stage <stage>', 'stage that stored it, if several stored one of this name')
    .option('--attempt <n>', 'attempt that stored it (default: the last), "2.1": attempt 1 of generation 2')
    .action(
      onApi(async (api, run: string, name: string, options: GetOptions) => {
        const runId = await runIdOf(api, run);
        const artifact = chosenOf(await ofAttempt(api, runId, options.attempt), name, options.stage);
        const { body } = await api.artifactContent(runId, artifact.artifact_id);
        const bytes = Readable.fromWeb(body! as ReadableStream<Uint8Array>);
        if (options.output === '-') return pump(bytes, process.stdout, { end: false });
        const path = options.output ?? basename(artifact.name);
        await save(bytes, path);
        terminal.out(options.json ? jsonText({ ...artifact, path }) : path);
      }),
    );
};

const artifactsOf = async (api: Client, runId: string, attempts: 'last' | 'all'): Promise<readonly WireArtifact[]> => {
  const all: WireArtifact[] = [];
  for await (const artifact of everyItem((cursor) => api.artifacts(runId, { attempts, limit: 500, cursor })))
    all.push(artifact);
  return all;
};

const ofAttempt = async (api: Client, runId: string, attempt: string | undefined): Promise<readonly WireArtifact[]> => {
  if (attempt === undefined) return artifactsOf(api, runId, 'last');
  const label = /^\d+\.\d+$/.test(attempt) ? attempt : String(wholeNumber('--attempt', attempt, 1));
  return (await artifactsOf(api, runId, 'all')).filter((artifact) => attemptLabel(artifact) === label);
};

const chosenOf = (all: readonly WireArtifact[], name: string, stage: string | undefined): WireArtifact => {
  const found = all.filter(
    (artifact) =>
      (artifact.name === name || artifact.artifact_id === name) && (stage === undefined || artifact.stage === stage),
  );
  if (found.length === 1) return found[0]!;
  if (found.length > 1)
    throw new CliError(
      EXIT.usage,
      `several stages stored "${name}": choose with --stage ${found.map((artifact) => artifact.stage).join(' or ')}`,
    );
  const nearest = nearestName(
    name,
    all.map((artifact) => artifact.name),
  );
  throw new CliError(
    EXIT.usage,
    `the run has no artifact "${name}"${nearest === null ? '' : `; did you mean "${nearest}"?`}`,
    {
      details: all.length === 0 ? ['it has none'] : ['"millrace artifacts list" shows them'],
    },
  );
};

/** Writes the file whole or not at all: an aborted download must not pass for the artifact. */
const save = async (bytes: Readable, path: string): Promise<void> => {
  const begun = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  try {
    await mkdir(dirname(path), { recursive: true });
    await pump(bytes, createWriteStream(begun, { flags: 'wx' }));
    await rename(begun, path);
  } catch (error) {
    await rm(begun, { force: true });
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new CliError(EXIT.failed, `cannot write ${path}: ${(error as Error).message}`, { cause: error });
  }
};
