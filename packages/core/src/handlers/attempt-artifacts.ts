import { Readable } from 'node:stream';
import type { ArtifactContent } from '../definition/index.ts';
import { backoff, ERRORS, MillraceError, type RunId } from '../domain/index.ts';
import { retry } from '../engine/index.ts';
import type { ArtifactLimits, ArtifactMeta, ArtifactStore, ArtifactUse, Claim } from '../ports/index.ts';
import { expectErrors, type OpenContent, openContent, OpenFile } from './artifact-content.ts';
import { overLimit } from './artifact-limits.ts';
import { checkArtifactName } from './artifact-name.ts';
import { StageFailure } from './stage-failure.ts';

const CONTENT_TYPE = /^[\w.+-]+\/[\w.+-]+(; ?[\w-]+=[\w.-]+)?$/;
const ASK_AGAIN_MS = 250;

export interface ArtifactServices {
  readonly artifacts: ArtifactStore;
  readonly artifactLimits: ArtifactLimits;
  artifactUse(runId: RunId): Promise<ArtifactUse>;
}

/** Stores the artifacts of one attempt and gives each its id. */
export class AttemptArtifacts {
  readonly #claim: Claim;
  readonly #services: ArtifactServices;
  readonly #dir: string;
  /** A store may take long without output, so each chunk counts as a heartbeat. */
  readonly #alive: () => void;
  readonly #storing = new Map<Promise<unknown>, unknown>();
  /** The run's totals before this attempt. Concurrent attempts are counted when their artifacts are recorded. */
  #use: Promise<ArtifactUse> | null = null;
  #count = 0;
  #bytes = 0;
  #refusal: StageFailure | null = null;
  #isClosed = false;

  constructor(claim: Claim, services: ArtifactServices, dir: string, alive: () => void) {
    this.#claim = claim;
    this.#services = services;
    this.#dir = dir;
    this.#alive = alive;
  }

  store(name: string, content: ArtifactContent, contentType = 'application/octet-stream'): Promise<ArtifactMeta> {
    expectErrors(content);
    const storing = this.#stored(name, content, contentType).catch((error: unknown) => {
      if (content instanceof Readable) content.destroy();
      throw error;
    });
    const over = (): void => void this.#storing.delete(storing);
    this.#storing.set(storing, content);
    storing.then(over, over);
    return storing;
  }

  /** @throws StageFailure `artifact_unreadable` */
  async read({ name, sha256, size }: Pick<ArtifactMeta, 'name' | 'sha256' | 'size'>): Promise<Readable> {
    const { deployment } = await (this.#use ??= this.#readUse());
    const bytes = await this.#services.artifacts.get({ deployment, runId: this.#claim.runId }, sha256, { size });
    if (bytes) return bytes;
    throw new StageFailure(
      'artifact_unreadable',
      `artifact ${JSON.stringify(name)}: this run has no ${size} bytes with the digest ${sha256}`,
    );
  }

  /** Set once no more may be stored: every further store throws it. */
  refuse(failure: StageFailure): void {
    this.#refusal = failure;
  }

  /** Settles when all stores have ended, including those that the handler did not await. */
  async settled(): Promise<void> {
    while (this.#storing.size > 0) await Promise.allSettled(this.#storing.keys());
  }

  /** Aborts stores in progress: a stream at once, anything else at its next chunk. */
  close(): void {
    this.#isClosed = true;
    for (const content of this.#storing.values()) if (content instanceof Readable) content.destroy();
  }

  async #stored(name: string, content: ArtifactContent, contentType: string): Promise<ArtifactMeta> {
    let opened: OpenContent | null = content instanceof OpenFile ? content : null;
    try {
      checkArtifactName(name);
      if (!CONTENT_TYPE.test(contentType))
        throw new StageFailure(
          'invalid_artifact',
          `${JSON.stringify(contentType)} is not a content type such as "text/csv"`,
        );
      const use = await (this.#use ??= this.#readUse());
      this.#check(name, use, { count: 1, bytes: 0 });
      this.#count += 1;
      const { runId, stage, generation, attempt } = this.#claim;
      const id = `${stage}.${generation}.${attempt}.${this.#count}`;
      opened ??= await openContent(name, content, this.#dir);
      const bytes = Readable.from(this.#heard(name, use, opened), { objectMode: false });
      const stored = await this.#services.artifacts.put({ deployment: use.deployment, runId }, bytes);
      return { id, name, sha256: stored.sha256, size: stored.size, content_type: contentType };
    } finally {
      await opened?.close();
    }
  }

  /** Retries until the store is back, as for all reports of an attempt. */
  #readUse(): Promise<ArtifactUse> {
    return retry(() => this.#services.artifactUse(this.#claim.runId), {
      pauses: backoff(ASK_AGAIN_MS),
      retryIf: (error) => !this.#isClosed && error instanceof MillraceError && ERRORS[error.code].retryable,
      onRetry: this.#alive,
    });
  }

  /**
   * The chunks, each counted before it is stored. A known size counts up front, so that a sparse file is refused
   * without being read.
   */
  async *#heard(name: string, use: ArtifactUse, { bytes, size }: OpenContent): AsyncGenerator<Uint8Array | string> {
    let taken = 0;
    let isStored = false;
    const take = (more: number): void => {
      this.#check(name, use, { count: 0, bytes: more });
      this.#bytes += more;
      taken += more;
    };
    try {
      take(size);
      let read = 0;
      for await (const chunk of bytes) {
        this.#alive();
        if (this.#isClosed)
          throw new StageFailure(
            'artifact_unreadable',
            `artifact ${JSON.stringify(name)} was still being stored when the attempt ended`,
          );
        if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array))
          throw new StageFailure(
            'artifact_unreadable',
            `the stream of artifact ${JSON.stringify(name)} yields values that are neither strings nor bytes`,
          );
        read += typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.length;
        if (read > taken) take(read - taken);
        yield chunk;
      }
      isStored = true;
      this.#bytes -= taken - read;
    } finally {
      if (!isStored) this.#bytes -= taken;
    }
  }

  #check(name: string, use: ArtifactUse, { count, bytes }: { readonly count: number; readonly bytes: number }): void {
    if (this.#refusal) throw this.#refusal;
    const own = { count: this.#count + count, bytes: this.#bytes + bytes };
    const { attempt, run } = this.#services.artifactLimits;
    const over =
      overLimit('attempt', own, attempt) ??
      overLimit('run', { count: use.count + own.count, bytes: use.bytes + own.bytes }, run);
    if (over) throw new StageFailure(over.code, `artifact ${JSON.stringify(name)}: ${over.message}`);
  }
}
