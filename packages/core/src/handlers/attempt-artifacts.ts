import { Readable } from 'node:stream';
import type { ArtifactContent } from '../definition/index.ts';
import { LIMITS } from '../domain/index.ts';
import type { ArtifactMeta, ArtifactStore, Claim } from '../ports/index.ts';
import { type ArtifactBytes, expectErrors, openContent } from './artifact-content.ts';
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
  readonly #storing = new Map<Promise<unknown>, unknown>();
  #count = 0;
  #isClosed = false;

  constructor(claim: Claim, store: ArtifactStore, dir: string, alive: () => void) {
    this.#claim = claim;
    this.#store = store;
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

  /** Settles when nothing is being stored any more, also what the handler did not wait for. */
  async settled(): Promise<void> {
    while (this.#storing.size > 0) await Promise.allSettled(this.#storing.keys());
  }

  /** What is still being stored is given up: a stream at once, anything else with its next chunk. */
  close(): void {
    this.#isClosed = true;
    for (const content of this.#storing.values()) if (content instanceof Readable) content.destroy();
  }

  async #stored(name: string, content: ArtifactContent, contentType: string): Promise<ArtifactMeta> {
    checkName(name);
    if (!CONTENT_TYPE.test(contentType)) throw new StageFailure('invalid_artifact', `${JSON.stringify(contentType)} is not a content type such as "text/csv"`);
    if (this.#count >= LIMITS.attempt_artifacts)
      throw new StageFailure('too_many_artifacts', `the attempt stores more than ${LIMITS.attempt_artifacts} artifacts, the limit attempt_artifacts`);
    this.#count += 1;
    const { stage, generation, attempt } = this.#claim;
    const id = `${stage}.${generation}.${attempt}.${this.#count}`;
    const bytes = await openContent(name, content, this.#dir);
    const stored = await this.#store.put(Readable.from(this.#heard(name, bytes), { objectMode: false }));
    return { id, name, sha256: stored.sha256, size: stored.size, content_type: contentType };
  }

  async *#heard(name: string, chunks: ArtifactBytes): AsyncGenerator<Uint8Array | string> {
    for await (const chunk of chunks) {
      this.#alive();
      if (this.#isClosed) throw new StageFailure('artifact_unreadable', `artifact ${JSON.stringify(name)} was still being stored when the attempt was over`);
      if (typeof chunk === 'string' || chunk instanceof Uint8Array) yield chunk;
      else throw new StageFailure('artifact_unreadable', `the stream of artifact ${JSON.stringify(name)} gives values that are neither text nor bytes`);
    }
  }
}

const checkName = (name: unknown): void => {
  if (typeof name !== 'string') throw new StageFailure('invalid_artifact', `an artifact's name must be a text, not ${typeof name}`);
  const segments = name.split('/');
  const isSound =
    name !== '' &&
    Buffer.byteLength(name) <= NAME_BYTES &&
    !/[\u0000-\u001f\u007f\\]|\p{Surrogate}/u.test(name) &&
    !segments.some((segment) => segment === '' || segment === '.' || segment === '..');
  if (!isSound)
    throw new StageFailure(
      'invalid_artifact',
      `${JSON.stringify(name.slice(0, 300))} cannot name an artifact: write a relative path with "/", without "..", of at most ${NAME_BYTES} bytes`,
    );
};
