import { createHmac, hkdfSync, randomUUID, timingSafeEqual } from 'node:crypto';
import { parseCookie, stringifySetCookie } from 'cookie';
import { z } from 'zod';
import type { EndedSessions } from './ended-sessions.ts';
import { type Principal, ROLES } from './roles.ts';

/** What a signed-in page holds: who it acts as, until when (ms since the epoch). */
export interface Session {
  readonly id: string;
  readonly principal: Principal;
  readonly expiresAt: number;
}

const LIFETIME_S = 12 * 60 * 60;

/**
 * Sessions as signed cookies: only those that were signed out are kept, so every API process takes them and a restart signs nobody out.
 * The key follows from the admin token, and a changed token ends them all. A cookie says who signed in, not what they may do for good:
 * a principal that can be withdrawn one by one is to be looked up in `read`. Its name follows from the token too: browsers keep
 * cookies by host, whatever the port, and two deployments on one host must not take each other's place.
 */
export const sessionCookies = (adminToken: string, ended: EndedSessions) => {
  const derived = (what: string, bytes: number): Buffer => Buffer.from(hkdfSync('sha256', adminToken, '', what, bytes));
  const key = derived('millrace session cookie', 32);
  const name = `millrace_session_${derived('millrace session cookie name', 4).toString('hex')}`;
  const signatureOf = (payload: string): Buffer => createHmac('sha256', key).update(payload).digest();

  const setCookie = (value: string, options: { secure: boolean; maxAge: number }): string =>
    stringifySetCookie({ name, value, httpOnly: true, sameSite: 'strict', path: '/', ...options });
  const isOver = ({ id, expiresAt }: Session): boolean => expiresAt <= Date.now() || ended.has(id);

  return {
    name,
    /** A session that begins now, and the `Set-Cookie` that keeps it out of reach of scripts and of other sites' pages. */
    begin: (principal: Principal, { secure, now = Date.now() }: { secure: boolean; now?: number }): { session: Session; setCookie: string } => {
      const expiresAt = now + LIFETIME_S * 1_000;
      const id = randomUUID();
      const payload = Buffer.from(JSON.stringify({ id, name: principal.name, role: principal.role, expires_at: expiresAt })).toString('base64url');
      return {
        session: { id, principal, expiresAt },
        setCookie: setCookie(`${payload}.${signatureOf(payload).toString('base64url')}`, { secure, maxAge: LIFETIME_S }),
      };
    },
    /** The session is over wherever its cookie is; the `Set-Cookie` takes it out of this browser. */
    end: async (session: Session | null, { secure }: { secure: boolean }): Promise<string> => {
      if (session) await ended.add(session.id, session.expiresAt);
      return setCookie('', { secure, maxAge: 0 });
    },
    isOver,
    /** Of a `Cookie` header. Null: there is none, it is not ours, or it is over. */
    read: (header: string | undefined): Session | null => {
      const [payload, signature, ...rest] = (parseCookie(header ?? '')[name] ?? '').split('.');
      if (!payload || !signature || rest.length > 0) return null;
      const given = Buffer.from(signature, 'base64url');
      const expected = signatureOf(payload);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
      const { data } = payloadShape.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
      if (!data) return null;
      const session = { id: data.id, principal: { name: data.name, role: data.role }, expiresAt: data.expires_at };
      return isOver(session) ? null : session;
    },
  };
};
export type SessionCookies = ReturnType<typeof sessionCookies>;

/** What is parsed has been signed with our key, so it is JSON; another release may have put other fields in it. */
const payloadShape = z.object({ id: z.string(), name: z.string(), role: z.enum(ROLES), expires_at: z.number() });
