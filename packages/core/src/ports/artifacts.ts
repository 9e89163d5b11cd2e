import type { Readable } from 'node:stream';

/** Bytes kept by digest. */
export interface ArtifactStore {
  /** Stores the stream; answers its SHA-256 and size. Storing the same bytes twice keeps one copy. */
  put(bytes: Readable): Promise<{ readonly sha256: string; readonly size: number }>;
  /** Null when there is no such artifact. */
  get(sha256: string): Promise<Readable | null>;
}

/** `data` of a `stage.artifact` event. `id` is unique in the run. */
export interface ArtifactMeta {
  readonly id: string;
  readonly name: string;
  readonly sha256: string;
  readonly size: number;
  readonly content_type: string;
}
