import { createHmac, hkdfSync, randomUUID, timingSafeEqual } from 'node:crypto';
import { parseCookie, stringifySetCookie } from 'cookie';
import { z } from 'zod';
import type { EndedSessions } from './ended-sessions.ts';
import type { NamedTokens } from './named-tokens.ts';
import { ADMIN, type Principal } from './roles.ts';

/** A session: the principal, and when it expires (ms since the epoch). */
export interface Session {
  readonly id: string;
  readonly principal: Principal;
  readonly expiresAt: number;
}

const LIFETIME_S = 12 * 60 * 60;

/**
 * Sessions as signed cookies. Only signed-out sessions are stored, so every API process accepts a cookie and a restart
 * signs nobody out. The key derives from the admin token: changing the token ends every session. A cookie says who
 * signed in, not what they may do: a named token is looked up in each request, and its sessions end with it. The
 * cookie's name derives from the admin token too, since browsers share cookies between ports and two deployments on one
 * host must not overwrite each other's.
 */
export const sessionCookies = (
  adminToken: string,
  ended: EndedSessions,
  named: Pick<NamedTokens, 'find'>,
  basePath: string,
) => {
  const derived = (what: string, bytes: number): Buffer => Buffer.from(hkdfSync('sha256', adminToken, '', what, bytes));
  const key = derived('millrace session cookie', 32);
  const name = `millrace_session_${derived('millrace session cookie name', 4).toString('hex')}`;
  const signatureOf = (payload: string): Buffer => createHmac('sha256', key).update(payload).digest();

  const setCookie = (value: string, options: { secure: boolean; maxAge: number }): string =>
    stringifySetCookie({ name, value, httpOnly: true, sameSite: 'strict', path: `${basePath}/`, ...options });
  const holderOf = (tokenId: string | null): Principal | null => (tokenId === null ? ADMIN : named.find(tokenId));
  const isOver = ({ id, expiresAt, principal }: Session): boolean =>
    expiresAt <= Date.now() || ended.has(id) || holderOf(principal.tokenId) === null;

  return {
    name,
    /** Starts a session. Its `Set-Cookie` keeps the cookie from scripts and from pages of other sites. */
    begin: (
      principal: Principal,
      { secure, now = Date.now() }: { secure: boolean; now?: number },
    ): { session: Session; setCookie: string } => {
      const expiresAt = Math.min(now + LIFETIME_S * 1_000, principal.expiresAt ?? Infinity);
      const id = randomUUID();
      const payload = Buffer.from(JSON.stringify({ id, token_id: principal.tokenId, expires_at: expiresAt })).toString(
        'base64url',
      );
      return {
        session: { id, principal, expiresAt },
        setCookie: setCookie(`${payload}.${signatureOf(payload).toString('base64url')}`, {
          secure,
          maxAge: Math.ceil((expiresAt - now) / 1_000),
        }),
      };
    },
    /** Ends the session for every copy of its cookie; the `Set-Cookie` clears it in this browser. */
    end: async (session: Session | null, { secure }: { secure: boolean }): Promise<string> => {
      if (session) await ended.add(session.id, session.expiresAt);
      return setCookie('', { secure, maxAge: 0 });
    },
    isOver,
    /** Reads a `Cookie` header. Null: no session cookie, not ours, or expired. */
    read: (header: string | undefined): Session | null => {
      const [payload, signature, ...rest] = (parseCookie(header ?? '')[name] ?? '').split('.');
      if (!payload || !signature || rest.length > 0) return null;
      const given = Buffer.from(signature, 'base64url');
      const expected = signatureOf(payload);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
      const { data } = payloadShape.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
      if (!data) return null;
      const principal = holderOf(data.token_id);
      const session = principal && { id: data.id, principal, expiresAt: data.expires_at };
      return session === null || isOver(session) ? null : session;
    },
  };
};
export type SessionCookies = ReturnType<typeof sessionCookies>;

/** The payload was signed with our key, so it is JSON; another release may have stored other fields. */
const payloadShape = z.object({ id: z.string(), token_id: z.string().nullable(), expires_at: z.number() });
