import type { Readable } from 'node:stream';
import type { RunId } from '../domain/index.ts';

/** Bytes stored by digest and owned by runs: removing the last owner removes the bytes. */
export interface ArtifactStore {
  /**
   * Stores the stream for the run; resolves to its SHA-256 and size. Equal bytes are stored once, whichever runs own
   * them.
   */
  put(owner: ArtifactOwner, bytes: Readable): Promise<{ readonly sha256: string; readonly size: number }>;
  /**
   * The run's bytes, or the range `start` to `end` (both inclusive, within its size). Null when the run has no such
   * artifact, or its file does not have the recorded `size`.
   */
  get(
    owner: ArtifactOwner,
    sha256: string,
    which?: { readonly size?: number; readonly range?: ByteRange },
  ): Promise<Readable | null>;
  /**
   * Makes the run `to` an owner of bytes that `from` owns, so that removing `from` does not remove them. Resolves to
   * the first digest that `from` does not have; null: it has them all.
   */
  share(from: ArtifactOwner, to: ArtifactOwner, digests: readonly string[]): Promise<string | null>;
  /**
   * Removes everything the run owns; bytes that another run owns too stay. Idempotent, and safe beside concurrent
   * stores.
   */
  remove(owner: ArtifactOwner): Promise<void>;
}

/** `deployment` as in `ArtifactUse`: deployments may share a folder, and two may have runs with the same id. */
export interface ArtifactOwner {
  readonly deployment: string;
  readonly runId: RunId;
}

export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** `data` of a `stage.artifact` event. `id` is unique within the run. */
export interface ArtifactMeta {
  readonly id: string;
  readonly name: string;
  readonly sha256: string;
  readonly size: number;
  readonly content_type: string;
}

/** Number of artifacts and their total bytes. */
export interface ArtifactAmount {
  readonly count: number;
  readonly bytes: number;
}

/** Totals recorded by all attempts of a run so far. */
export interface ArtifactUse extends ArtifactAmount {
  /** Identifies the store's contents; changes once the store has lost everything. Safe as a file name. */
  readonly deployment: string;
}

/** Upper bounds on stored artifacts. */
export interface ArtifactLimits {
  readonly attempt: ArtifactAmount;
  readonly run: ArtifactAmount;
}
