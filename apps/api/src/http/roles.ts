import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { includesRole, MillraceError, type Role } from '@millrace/core/domain';
import { ADMIN_NAME } from '@millrace/core/engine';
import type { NamedTokens } from './named-tokens.ts';

/** The principal of a request: the role its token grants, and the name recorded for its actions. */
export interface Principal {
  readonly name: string;
  readonly role: Role;
  /** Of the named token; null: the admin token. */
  readonly tokenId: string | null;
  /** Of the named token, ms since the epoch; null: never. */
  readonly expiresAt: number | null;
  /** All that it sees and changes; null: no limit. */
  readonly pipelines: readonly string[] | null;
}

/** @throws MillraceError `forbidden` */
export const checkRole = ({ name, role }: Principal, needed: Role): void => {
  if (!includesRole(role, needed))
    throw new MillraceError('forbidden', `this needs the role ${needed}; ${name} has the role ${role}`);
};

/** Recognises tokens, comparing hashes of equal length in constant time. */
export const tokenCheck = (adminToken: string, named: Pick<NamedTokens, 'check'>) => {
  const admin = digest(adminToken);
  return (token: unknown): Principal | null => {
    if (typeof token !== 'string' || token === '') return null;
    return timingSafeEqual(digest(token), admin) ? ADMIN : named.check(token);
  };
};
export const ADMIN: Principal = { name: ADMIN_NAME, role: 'admin', tokenId: null, expiresAt: null, pipelines: null };
export type TokenCheck = ReturnType<typeof tokenCheck>;

const digest = (text: string): Buffer => hash('sha256', text, 'buffer');

/** The token of `Authorization: Bearer <token>`. */
export const bearerOf = (header: string | undefined): string | null =>
  /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? null;

/** The password of `Authorization: Basic …`, for pages opened in a browser, which cannot send a bearer token. */
export const basicPasswordOf = (header: string | undefined): string | null => {
  const encoded = /^Basic +([A-Za-z0-9+/=]+) *$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return null;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  return decoded.includes(':') ? decoded.slice(decoded.indexOf(':') + 1) : null;
};

/** The principal of the request's token, bearer or password; null: no token, or a wrong one. */
export const principalShown = (tokens: TokenCheck, { authorization }: IncomingHttpHeaders): Principal | null =>
  authorization === undefined ? null : tokens(bearerOf(authorization) ?? basicPasswordOf(authorization));
