import type { PipelineName, Role } from '../domain/index.ts';

/** Named tokens: who may use the API, besides the holder of the admin token. */
export interface AccessTransitions {
  /**
   * Stores a token, or removes the one of that name. Published on the feed. `taken`: another token has the name;
   * `full`: there are LIMITS.tokens. The same command sent again is answered alike, except that a repeated removal
   * finds the name `unknown`.
   */
  putToken(command: PutToken): Promise<'put' | 'taken' | 'full' | 'unknown'>;
  /** Records when tokens were last used; unknown names and earlier instants change nothing. */
  noteTokenUse(uses: readonly TokenUse[]): Promise<void>;
}

export interface PutToken {
  readonly name: string;
  /** Null: removes the token of that name. */
  readonly token: StoredToken | null;
}

export interface TokenUse {
  readonly name: string;
  /** ms since the epoch. */
  readonly at: number;
}

export interface StoredToken {
  readonly name: string;
  /** Of this token alone, also if its name is given to another one later. */
  readonly id: string;
  /** SHA-256 of the token's text, in hex. */
  readonly hash: string;
  readonly role: Role;
  /** Null: not limited to certain pipelines. */
  readonly pipelines: readonly PipelineName[] | null;
  /** ms since the epoch. */
  readonly createdAt: number;
  readonly createdBy: string;
  /** ms since the epoch; null: never. */
  readonly expiresAt: number | null;
}

export interface TokenView extends StoredToken {
  /** ms since the epoch, exact to about a minute; null: not used yet. */
  readonly lastUsedAt: number | null;
}
