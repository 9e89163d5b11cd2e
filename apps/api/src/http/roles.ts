import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** In ascending order of privilege. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** The principal of a request: the role its token grants, and the name recorded for its actions. */
export interface Principal {
  readonly name: string;
  readonly role: Role;
}

export const mayActAs = (principal: Principal, needed: Role): boolean =>
  ROLES.indexOf(principal.role) >= ROLES.indexOf(needed);

/** Recognises tokens, comparing hashes of equal length in constant time. */
export const tokenCheck = (adminToken: string) => {
  const admin = digest(adminToken);
  return (token: unknown): Principal | null =>
    typeof token === 'string' && token !== '' && timingSafeEqual(digest(token), admin)
      ? { name: 'admin', role: 'admin' }
      : null;
};
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
