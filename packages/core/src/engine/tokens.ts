import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { isName, LIMITS, MillraceError, NAME_RULE, type PipelineName, type Role } from '../domain/index.ts';
import type { Store, StoredToken, TokenView } from '../ports/index.ts';

export interface CreateToken {
  readonly name: string;
  readonly role: Role;
  /** Null: not limited to certain pipelines. */
  readonly pipelines: readonly string[] | null;
  /** ms from now; null: it does not expire. */
  readonly expiresInMs: number | null;
  readonly by: string;
}

/** The admin token's holder has this name. */
export const ADMIN_NAME = 'admin';

/**
 * Creates a named token. `text` is the token itself, of which the store gets only a hash: it cannot be shown again.
 * @throws MillraceError `invalid_request`; `token_exists`; `too_large` when there are LIMITS.tokens
 */
export const createToken = async (
  store: Pick<Store, 'putToken' | 'now'>,
  { name, role, pipelines, expiresInMs, by }: CreateToken,
): Promise<{ readonly token: StoredToken; readonly text: string }> => {
  if (!isName(name) || name === ADMIN_NAME) throw wrong('name', `must be ${NAME_RULE}, and not "${ADMIN_NAME}"`);
  if (pipelines !== null && role === 'admin')
    throw wrong('pipelines', 'cannot be limited for the role admin, which may create a token without a limit');
  for (const [at, pipeline] of (pipelines ?? []).entries())
    if (!isName(pipeline)) throw wrong(`pipelines.${at}`, `must be the name of a pipeline: ${NAME_RULE}`);
  const createdAt = await store.now();
  const id = randomBytes(6).toString('hex');
  const text = `mlr_${id}_${randomBytes(32).toString('base64url')}`;
  const token: StoredToken = {
    name,
    id,
    hash: digestOf(text).toString('hex'),
    role,
    pipelines: pipelines && ([...new Set(pipelines)].sort() as PipelineName[]),
    createdAt,
    createdBy: by,
    expiresAt: expiresInMs === null ? null : createdAt + expiresInMs,
  };
  const answer = await store.putToken({ name, token });
  if (answer === 'taken')
    throw new MillraceError('token_exists', `there is a token "${name}" already: revoke it, or choose another name`);
  if (answer === 'full')
    throw new MillraceError('too_large', `there are ${LIMITS.tokens} tokens already: revoke what is no longer used`);
  return { token, text };
};

/** The revoked token. @throws MillraceError `unknown_token` */
export const revokeToken = async (store: Pick<Store, 'putToken' | 'tokens'>, name: string): Promise<TokenView> => {
  const token = (await store.tokens()).find((one) => one.name === name);
  if (token === undefined || (await store.putToken({ name, token: null })) === 'unknown')
    throw new MillraceError('unknown_token', `there is no token "${name.slice(0, 100)}"`);
  return token;
};

/** The token of this text; null: none of them. Takes the same time whether or not the id is known. */
export const tokenOf = <T extends Pick<StoredToken, 'hash'>>(byId: ReadonlyMap<string, T>, text: string): T | null => {
  const id = TEXT.exec(text)?.[1];
  if (id === undefined) return null;
  const known = byId.get(id);
  const isRight = timingSafeEqual(digestOf(text), Buffer.from(known?.hash ?? NO_HASH, 'hex'));
  return isRight ? (known ?? null) : null;
};

/** `mlr_`, the id and the secret: the prefix lets scanners find tokens that were committed or logged. */
const TEXT = /^mlr_([0-9a-f]{12})_[\w-]{43}$/;
const NO_HASH = '0'.repeat(64);

const digestOf = (text: string): Buffer => hash('sha256', text, 'buffer');

const wrong = (path: string, message: string): MillraceError =>
  new MillraceError('invalid_request', `${path}: ${message}`, { errors: [{ path, message }] });
