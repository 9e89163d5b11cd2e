import { createHash, type Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline as pump } from 'node:stream/promises';
import type { ArtifactStore } from '@millrace/core/ports';
import { type RunArtifact, toInstant, type WireExportManifest } from '@millrace/core/wire';
import { type Pack, pack } from 'tar-stream';
import type { Which } from '../run-artifacts.ts';
import type { RunFiles, ToldFile } from './run-files.ts';
import type { Spool, SpooledText } from './spool.ts';

interface Sources {
  readonly spool: Spool;
  readonly artifacts: ArtifactStore;
  readonly deployment: string;
}

/**
 * The run's folder as a tar stream, at the reader's pace. `manifest.json` comes last, with the digest of each file and
 * the artifacts that are missing. Destroying the stream closes what it reads.
 */
export const runTar = (files: RunFiles, attempts: Which, sources: Sources): Readable => {
  const tar = pack();
  fill(tar, files, attempts, sources).then(
    () => tar.finalize(),
    (error: Error) => tar.destroy(error),
  );
  return tar;
};

const fill = async (
  tar: Pack,
  { run, texts, artifacts: found }: RunFiles,
  attempts: Which,
  { spool, artifacts, deployment }: Sources,
): Promise<void> => {
  const head: Omit<WireExportManifest, 'files' | 'missing'> = {
    format: 1,
    run_id: run.runId,
    pipeline: run.pipeline,
    version: run.version,
    status: run.status,
    last_seq: run.lastSeq,
    attempts,
    exported_at: toInstant(Date.now()),
  };
  const manifest = listing(spool.text(), JSON.stringify(head).slice(0, -1));
  const missing: object[] = [];
  const mtime = new Date(run.finishedAt ?? run.createdAt);

  for (const { file, text } of texts) {
    const sha256 = await add(tar, { name: file.path, size: text.size, mtime }, text.bytes());
    await manifest.add(told(file, text.size, sha256));
  }
  for (const { file, artifact } of found) {
    const { size, sha256, storedAt } = artifact;
    const bytes = await artifacts.get({ deployment, runId: run.runId }, sha256, { size });
    if (bytes === null) {
      missing.push({ ...factsOf(artifact), reason: 'gone' });
      continue;
    }
    const sent = await add(tar, { name: file.path, size, mtime: new Date(storedAt) }, bytes);
    if (sent === sha256) await manifest.add(told(file, size, sha256));
    else missing.push({ ...factsOf(artifact), reason: 'damaged', path: file.path });
  }
  const text = await manifest.end(missing);
  await spool.flush();
  await add(tar, { name: 'manifest.json', size: text.size, mtime }, text.bytes());
};

/** Adds a file, and answers its SHA-256. */
const add = async (
  tar: Pack,
  header: { readonly name: string; readonly size: number; readonly mtime: Date },
  bytes: AsyncIterable<Buffer>,
): Promise<string> => {
  const hash = createHash('sha256');
  await pump(hashed(bytes, hash), tar.entry({ ...header, mode: 0o600 }));
  return hash.digest('hex');
};

async function* hashed(bytes: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer, void> {
  for await (const piece of bytes) {
    hash.update(piece);
    yield piece;
  }
}

const told = (file: ToldFile, size: number, sha256: string): object => ({ ...file, size, sha256 });

const factsOf = ({ id, stage, generation, attempt, name, size, sha256 }: RunArtifact): object => ({
  artifact_id: id,
  stage,
  generation,
  attempt,
  name,
  size,
  sha256,
});

/** The manifest, written as its files are sent: it may be longer than what fits into memory. */
const listing = (text: SpooledText, head: string) => {
  let before = `${head},"files":[\n`;
  return {
    add: async (file: object): Promise<void> => {
      await text.append(`${before}${JSON.stringify(file)}`);
      before = ',\n';
    },
    end: async (missing: readonly object[]): Promise<SpooledText> => {
      await text.append(`\n],"missing":[${missing.map((one) => `\n${JSON.stringify(one)}`).join(',')}]}\n`);
      return text;
    },
  };
};
