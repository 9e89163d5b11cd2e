import type { IncomingMessage } from 'node:http';
import { MillraceError } from '@millrace/core/domain';
import { type AuditChannel, type AuditWriter, auditWriter } from '@millrace/core/engine';
import type { Store } from '@millrace/core/ports';
import proxyAddress from 'proxy-addr';
import type { ApiDeps } from '../api-deps.ts';
import type { EndedSessions } from './ended-sessions.ts';
import { countGuesses, type Guesses } from './guess-limit.ts';
import { type NamedTokens, namedTokens } from './named-tokens.ts';
import { type OpenCalls, openCalls } from './open-calls.ts';
import { bearerOf, type Principal, principalShown, type TokenCheck, tokenCheck } from './roles.ts';
import { type Session, type SessionCookies, sessionCookies } from './session-cookie.ts';

/**
 * The two ways to authenticate: programs send the token with each request, the dashboard exchanges it once for a
 * session.
 */
export interface Access {
  readonly tokens: TokenCheck;
  readonly named: NamedTokens;
  readonly sessions: SessionCookies;
  readonly open: OpenCalls;
  readonly guesses: Guesses;
  readonly audit: Audit;
  /** For the limits of tokens. */
  readonly store: Store;
  /** Of the requests in progress. */
  readonly callers: WeakMap<object, Caller>;
  /** Whether what a caller has open must end: its session was ended, or its token revoked, or either has expired. */
  isOver(principal: Principal, session: Session | null): boolean;
  /** Address of the client; behind a trusted proxy, the address that the proxy reports. */
  addressOf(request: IncomingMessage): string;
}

/** The audit log, and how a request came. */
export interface Audit {
  readonly log: AuditWriter;
  channelOf(request: IncomingMessage): AuditChannel;
}

export const accessBy = (deps: ApiDeps, ended: EndedSessions): Access => {
  const named = namedTokens(deps);
  const sessions = sessionCookies(deps.adminToken, ended, named, deps.config.basePath);
  const access: Access = {
    tokens: tokenCheck(deps.adminToken, named),
    named,
    sessions,
    open: openCalls(),
    guesses: countGuesses(deps),
    callers: new WeakMap(),
    isOver: ({ tokenId }, session) =>
      session === null ? tokenId !== null && named.find(tokenId) === null : sessions.isOver(session),
    addressOf: addressBehind(deps.config.trustProxy),
    store: deps.store,
    audit: {
      log: auditWriter({
        store: deps.store,
        keep: deps.config.auditEntries,
        onLost: (entry, error) =>
          deps.log.error({ err: error, entry }, 'a change was made whose entry in the audit log could not be stored'),
      }),
      channelOf: (request) =>
        sessionOf(access, request) !== null ? 'session' : CLI.test(request.headers['user-agent'] ?? '') ? 'cli' : 'api',
    },
  };
  return access;
};

/** How `millrace` names itself. */
const CLI = /^millrace-cli\b/;

const addressBehind = (proxies: readonly string[]): Access['addressOf'] => {
  if (proxies.length === 0) return ({ socket }) => socket.remoteAddress ?? '';
  const isTrusted = proxyAddress.compile([...proxies]);
  return (request) => proxyAddress(request, isTrusted);
};

/** The credentials of a request, checked. */
export interface Caller {
  /** Of the bearer token or the password; null: neither, or a wrong one. */
  readonly shown: Principal | null;
  /** Of the cookie. */
  readonly session: Session | null;
  /** Whether a bearer token was sent. It then decides alone. */
  readonly sendsToken: boolean;
}

type Asked = Pick<IncomingMessage, 'headers' | 'method'>;

/** Checks a request's credentials once: each check costs a hash or a signature. */
export const callerOf = ({ tokens, sessions, callers }: Access, request: Asked): Caller => {
  const known = callers.get(request);
  if (known !== undefined) return known;
  const { headers } = request;
  const caller = {
    shown: principalShown(tokens, headers),
    session: headers.cookie === undefined ? null : sessions.read(headers.cookie),
    sendsToken: bearerOf(headers.authorization) !== null,
  };
  callers.set(request, caller);
  return caller;
};

/**
 * The principal of the request; null: unknown. A bearer token, if present, decides alone.
 * @throws MillraceError `forbidden` when a session would change something at the wish of another site's page
 */
export const principalOf = (access: Access, request: Asked): Principal | null => {
  const { sendsToken, shown, session } = callerOf(access, request);
  if (sendsToken) return shown;
  if (session !== null) refuseOtherPages(request);
  return session?.principal ?? null;
};

/** The session the request uses; null: it sends a token. */
export const sessionOf = (access: Access, request: Asked): Session | null => {
  const { sendsToken, session } = callerOf(access, request);
  return sendsToken ? null : session;
};

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
