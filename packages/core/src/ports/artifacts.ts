import type { Readable } from 'node:stream';
import type { RunId } from '../domain/index.ts';

/** Bytes kept by digest, for the runs that own them: the last of these that is removed takes the bytes with it. */
export interface ArtifactStore {
  /** Stores the stream for the run; answers its SHA-256 and size. Storing the same bytes twice keeps one copy, whichever runs own it. */
  put(owner: ArtifactOwner, bytes: Readable): Promise<{ readonly sha256: string; readonly size: number }>;
  /**
   * The run's bytes, or those from `start` to `end` (both inclusive, within its size). Null when the run has no such artifact, or not as many
   * bytes of it as were recorded (`size`).
   */
  get(owner: ArtifactOwner, sha256: string, which?: { readonly size?: number; readonly range?: ByteRange }): Promise<Readable | null>;
  /** Removes all that the run owns; what another run owns too stays. Safe to call twice, and while others store. */
  remove(owner: ArtifactOwner): Promise<void>;
}

/** `deployment` is of `ArtifactUse`: deployments share a folder, and two of them may know runs of one id. */
export interface ArtifactOwner {
  readonly deployment: string;
  readonly runId: RunId;
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

/** How many artifacts, and how many bytes of them. */
export interface ArtifactAmount {
  readonly count: number;
  readonly bytes: number;
}

/** What the attempts of a run have recorded so far, in all. */
export interface ArtifactUse extends ArtifactAmount {
  /** Names what the store remembers: another one once it has forgotten everything. A plain word. */
  readonly deployment: string;
}

/** What may be stored at most. */
export interface ArtifactLimits {
  readonly attempt: ArtifactAmount;
  readonly run: ArtifactAmount;
}
