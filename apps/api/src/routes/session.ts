import { MillraceError } from '@millrace/core/domain';
import { toInstant, type WireSession, wireSession } from '@millrace/core/wire';
import type { Request } from 'express';
import { z } from 'zod';
import { type Access, refuseOtherPages } from '../http/access.ts';
import { defineRoute, ok, type Route } from '../http/define-route.ts';
import { SIGN_IN_PATH } from '../http/guess-limit.ts';
import type { Session } from '../http/session-cookie.ts';

const path = SIGN_IN_PATH;

/** Sign-in for pages: exchanges a token for a cookie that their scripts cannot read. */
export const sessionRoutes = ({ tokens, sessions, guesses }: Access): readonly Route[] => [
  defineRoute({
    method: 'get',
    path,
    summary: 'The session of the cookie',
    tag: 'session',
    role: null,
    responses: { 200: { description: 'The session, or that nobody is signed in', schema: wireSession } },
    handler: ({ request }) => Promise.resolve(ok(toWireSession(sessions.read(request.headers.cookie)))),
  }),
  defineRoute({
    method: 'post',
    path,
    summary: `Sign in: sets the cookie \`${sessions.name}\`, valid for twelve hours`,
    tag: 'session',
    role: null,
    audit: { who: ({ body }) => tokens(body.token) },
    body: z.strictObject({ token: z.string() }),
    responses: { 200: { description: 'Signed in', schema: wireSession } },
    handler: async ({ body, request }) => {
      const principal = tokens(body.token);
      if (!principal) {
        await guesses.count(request.ip);
        throw new MillraceError('unauthenticated', 'the token is not valid for this deployment');
      }
      const { session, setCookie } = sessions.begin(principal, { secure: isSecure(request) });
      return ok(toWireSession(session), { 'Set-Cookie': setCookie });
    },
  }),
  defineRoute({
    method: 'delete',
    path,
    summary: 'Sign out: ends the session, including for copies of its cookie, and clears the cookie',
    tag: 'session',
    role: null,
    audit: { who: ({ request }) => sessions.read(request.headers.cookie)?.principal ?? null },
    responses: { 204: { description: 'Signed out' } },
    handler: async ({ request }) => {
      const session = sessions.read(request.headers.cookie);
      if (session) refuseOtherPages(request);
      const setCookie = await sessions.end(session, { secure: isSecure(request) });
      return (response) => void response.status(204).setHeader('Set-Cookie', setCookie).end();
    },
  }),
];

const toWireSession = (session: Session | null): WireSession => {
  const server_time = toInstant(Date.now());
  if (session === null) return { signed_in: false, server_time };
  const { principal, expiresAt } = session;
  return { signed_in: true, name: principal.name, role: principal.role, expires_at: toInstant(expiresAt), server_time };
};

/** Behind a TLS-terminating proxy, the browser's side counts. A client that lies about it only loses its own cookie. */
const isSecure = (request: Request): boolean =>
  request.secure || /^https\b/i.test(request.get('X-Forwarded-Proto') ?? '');
