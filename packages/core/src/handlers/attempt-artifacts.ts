import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import type { ArtifactContent } from '../definition/index.ts';
import { LIMITS } from '../domain/index.ts';
import type { ArtifactMeta, ArtifactStore, Claim } from '../ports/index.ts';
import { StageFailure } from './stage-failure.ts';

const NAME_BYTES = 255;
const CONTENT_TYPE = /^[\w.+-]+\/[\w.+-]+(; ?[\w-]+=[\w.-]+)?$/;

/** Stores the artifacts of one attempt and gives each its id. */
export class AttemptArtifacts {
  readonly #claim: Claim;
  readonly #store: ArtifactStore;
  readonly #dir: string;
  /** Storing takes time and says nothing: each chunk is a sign of life. */
  readonly #alive: () => void;
  #count = 0;

  constructor(claim: Claim, store: ArtifactStore, dir: string, alive: () => void) {
    this.#claim = claim;
    this.#store = store;
    this.#dir = dir;
    this.#alive = alive;
  }

  async store(name: string, content: ArtifactContent, contentType = 'application/octet-stream'): Promise<ArtifactMeta> {
    checkName(name);
    if (!CONTENT_TYPE.test(contentType)) throw new StageFailure('invalid_artifact', `${JSON.stringify(contentType)} is not a content type such as "text/csv"`);
    this.#count += 1;
    if (this.#count > LIMITS.attempt_artifacts)
      throw new StageFailure('too_many_artifacts', `the attempt stores more than ${LIMITS.attempt_artifacts} artifacts, the limit attempt_artifacts`);
    const { stage, generation, attempt } = this.#claim;
    const id = `${stage}.${generation}.${attempt}.${this.#count}`;
    const stored = await this.#store.put(Readable.from(this.#heard(bytesOf(content, this.#dir)), { objectMode: false }));
    return { id, name, sha256: stored.sha256, size: stored.size, content_type: contentType };
  }

  async *#heard(chunks: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array | string> {
    for await (const chunk of chunks) {
      this.#alive();
      yield chunk;
    }
  }
}

const checkName = (name: string): void => {
  const segments = name.split('/');
  const isSound =
    name !== '' &&
    Buffer.byteLength(name) <= NAME_BYTES &&
    !/[\u0000-\u001f\u007f\\]/.test(name) &&
    !segments.some((segment) => segment === '' || segment === '.' || segment === '..');
  if (!isSound)
    throw new StageFailure(
      'invalid_artifact',
      `${JSON.stringify(name.slice(0, 300))} cannot name an artifact: write a relative path with "/", without "..", of at most ${NAME_BYTES} bytes`,
    );
};

const bytesOf = (content: ArtifactContent, dir: string): Readable => {
  if (typeof content === 'string') return Readable.from([Buffer.from(content)]);
  if (content instanceof Uint8Array) return Readable.from([content]);
  return content instanceof Readable ? content : createReadStream(resolve(dir, content.file));
};
