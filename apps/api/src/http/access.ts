import type { IncomingMessage } from 'node:http';
import { MillraceError } from '@millrace/core/domain';
import proxyAddress from 'proxy-addr';
import type { ApiDeps } from '../api-deps.ts';
import type { EndedSessions } from './ended-sessions.ts';
import { countGuesses, type Guesses } from './guess-limit.ts';
import { bearerOf, type Principal, type TokenCheck, tokenCheck } from './roles.ts';
import { type Session, type SessionCookies, sessionCookies } from './session-cookie.ts';

/**
 * The two ways to authenticate: programs send the token with each request, the dashboard exchanges it once for a
 * session.
 */
export interface Access {
  readonly tokens: TokenCheck;
  readonly sessions: SessionCookies;
  readonly guesses: Guesses;
  /** Address of the client; behind a trusted proxy, the address that the proxy reports. */
  addressOf(request: IncomingMessage): string;
}

export const accessBy = (deps: ApiDeps, ended: EndedSessions): Access => ({
  tokens: tokenCheck(deps.adminToken),
  sessions: sessionCookies(deps.adminToken, ended),
  guesses: countGuesses(deps),
  addressOf: addressBehind(deps.config.trustProxy),
});

const addressBehind = (proxies: readonly string[]): Access['addressOf'] => {
  const isTrusted = proxyAddress.compile([...proxies]);
  return (request) => proxyAddress(request, isTrusted);
};

/**
 * The principal of the request; null: unknown. A bearer token, if present, decides alone.
 * @throws MillraceError `forbidden` when a session would change something at the wish of another site's page
 */
export const principalOf = (
  { tokens, sessions }: Access,
  request: Pick<IncomingMessage, 'headers' | 'method'>,
): Principal | null => {
  const token = bearerOf(request.headers.authorization);
  if (token !== null) return tokens(token);
  const session = sessions.read(request.headers.cookie);
  if (session !== null) refuseOtherPages(request);
  return session?.principal ?? null;
};

/** The session the request uses; null: it sends a token. */
export const sessionOf = ({ sessions }: Access, headers: IncomingMessage['headers']): Session | null =>
  bearerOf(headers.authorization) === null ? sessions.read(headers.cookie) : null;

/**
 * Browsers send the cookie for any page and name the page's site in `Sec-Fetch-Site`, over plain http only in `Origin`.
 */
export const refuseOtherPages = ({ method, headers }: Pick<IncomingMessage, 'headers' | 'method'>): void => {
  if (method === 'GET' || method === 'HEAD') return;
  const site = headers['sec-fetch-site'];
  if (site === undefined ? isOwnOrigin(headers) : site === 'same-origin') return;
  throw new MillraceError(
    'forbidden',
    `a session may change things only from the pages of this server, and nothing shows that this request comes from one: it carries no "Sec-Fetch-Site: same-origin", and its Origin is not of the host "${headers.host ?? ''}" that was asked. A reverse proxy in front must pass on the Host header of the browser; programs send "Authorization: Bearer <token>" instead`,
  );
};

/** Whether the page has the same host as the API. False without an `Origin`. */
export const isOwnOrigin = ({ origin, host }: IncomingMessage['headers']): boolean =>
  origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
