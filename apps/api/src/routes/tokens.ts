import { parseDuration, ROLES } from '@millrace/core/domain';
import { createToken, revokeToken } from '@millrace/core/engine';
import { toWireToken, wireCreatedToken, wireToken } from '@millrace/core/wire';
import { z } from 'zod';
import type { ApiDeps } from '../api-deps.ts';
import type { Access } from '../http/access.ts';
import { defineRoute, ok, type Route } from '../http/define-route.ts';
import { listQuery, pageAt, pageOf } from './lists.ts';

/** Longest life of a token that expires: ten years. */
const LONGEST_MS = 3_650 * 86_400_000;

const body = z.strictObject({
  name: z.string(),
  role: z.enum(ROLES),
  pipelines: z
    .array(z.string())
    .min(1)
    .max(100)
    .nullable()
    .optional()
    .meta({ description: 'All that it may see and change; absent: no limit. Not for the role admin' }),
  expires_in: z
    .union([z.string(), z.number()])
    .nullable()
    .optional()
    .transform((given, context) => {
      if (given === null || given === undefined) return null;
      const ms = parseDuration(given);
      if (ms === null || ms === 0 || ms > LONGEST_MS)
        context.addIssue('must be a duration such as "12h" or "30d", of ten years at most, or milliseconds');
      return ms;
    })
    .meta({ description: 'How long it is valid: "30d", or ms; absent: it does not expire' }),
});

/** Named tokens: created and revoked by administrators. */
export const tokenRoutes = ({ store, log }: ApiDeps, { named }: Pick<Access, 'named'>): readonly Route[] => [
  defineRoute({
    method: 'get',
    path: '/api/v1/tokens',
    summary: 'Named tokens, by name, expired ones included; the admin token is not among them',
    tag: 'access',
    role: 'admin',
    query: z.strictObject(listQuery),
    responses: { 200: { description: 'A page of tokens, without their secrets', schema: pageOf(wireToken) } },
    handler: async ({ query }) => {
      const { items, next_cursor } = pageAt(await store.tokens(), ({ name }) => name, query);
      return ok({ items: items.map(toWireToken), next_cursor });
    },
  }),
  defineRoute({
    method: 'post',
    path: '/api/v1/tokens',
    summary:
      'Create a token: the answer shows it once. If the answer is lost, the name is taken (409): revoke it, and create another',
    tag: 'access',
    role: 'admin',
    body,
    responses: { 201: { description: 'The token', schema: wireCreatedToken } },
    handler: async ({ body: { name, role, pipelines, expires_in }, principal }) => {
      const { token, text } = await createToken(store, {
        name,
        role,
        pipelines: pipelines ?? null,
        expiresInMs: expires_in,
        by: principal!.name,
      });
      await named.reload();
      log.info({ token: name, role, by: principal!.name }, 'token created');
      return { status: 201, json: { ...toWireToken({ ...token, lastUsedAt: null }), token: text } };
    },
  }),
  defineRoute({
    method: 'delete',
    path: '/api/v1/tokens/{name}',
    summary:
      'Revoke a token: its requests are refused from now on, and its sockets and event streams closed within 5 s',
    tag: 'access',
    role: 'admin',
    params: z.strictObject({ name: z.string() }),
    audit: {
      before: async ({ params }) => {
        const token = (await store.tokens()).find(({ name }) => name === params.name);
        return token && toWireToken(token);
      },
      after: () => null,
    },
    responses: { 200: { description: 'The token as it was', schema: wireToken } },
    handler: async ({ params, principal }) => {
      const token = await revokeToken(store, params.name);
      await named.reload();
      log.info({ token: params.name, by: principal!.name }, 'token revoked');
      return ok(toWireToken(token));
    },
  }),
];
