import type { Readable } from 'node:stream';

/** Bytes kept by digest. */
export interface ArtifactStore {
  /** Stores the stream; answers its SHA-256 and size. Storing the same bytes twice keeps one copy. */
  put(bytes: Readable): Promise<{ readonly sha256: string; readonly size: number }>;
  /** The bytes, or those from `start` to `end` (both inclusive, within its size). Null when there is no such artifact. */
  get(sha256: string, range?: ByteRange): Promise<Readable | null>;
}

export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** `data` of a `stage.artifact` event. `id` is unique in the run. */
export interface ArtifactMeta {
  readonly id: string;
  readonly name: string;
  readonly sha256: string;
  readonly size: number;
  readonly content_type: string;
}
