import { type AuditWriter, verifyAudit } from '@millrace/core/engine';
import { type WireAuditEntry, wireAuditCheck, wireAuditEntry } from '@millrace/core/wire';
import { z } from 'zod';
import type { ApiDeps } from '../api-deps.ts';
import { defineRoute, ok, type Route } from '../http/define-route.ts';
import { listQuery, pageOf } from './lists.ts';

/** The audit log: who changed what. */
export const auditRoutes = ({ store }: ApiDeps, log: AuditWriter): readonly Route[] => [
  defineRoute({
    method: 'get',
    path: '/api/v1/audit',
    summary: 'The audit log, newest first: every operation that changes something, also where it was refused',
    tag: 'access',
    role: 'admin',
    query: z.strictObject({
      limit: listQuery.limit,
      cursor: z.coerce
        .number()
        .pipe(z.int().min(1))
        .optional()
        .meta({ description: '`next_cursor` of the previous page: only entries before this seq' }),
    }),
    responses: { 200: { description: 'A page of entries', schema: pageOf(wireAuditEntry) } },
    handler: async ({ query: { limit, cursor } }) => {
      await log.settle();
      const texts = await store.auditBefore({ before: cursor ?? null, limit: limit + 1 });
      const items = texts.slice(0, limit).map((text) => JSON.parse(text) as WireAuditEntry);
      return ok({ items, next_cursor: texts.length > limit ? String(items.at(-1)!.seq) : null });
    },
  }),
  defineRoute({
    method: 'get',
    path: '/api/v1/audit/verify',
    summary: 'Check that no entry kept was changed or removed: each carries the hash of the one before',
    tag: 'access',
    role: 'admin',
    query: z.strictObject({
      expect: z
        .string()
        .regex(/^[1-9]\d{0,14}:[0-9a-f]{64}$/, 'must be <seq>:<hash>, as an earlier check answered')
        .optional()
        .meta({ description: '`<seq>:<hash>` of an entry noted earlier, which must still be in the log' }),
    }),
    responses: { 200: { description: 'What the check found', schema: wireAuditCheck } },
    handler: async ({ query }) => {
      await log.settle();
      const [seq, hash] = query.expect?.split(':') ?? [];
      const check = await verifyAudit(store, hash === undefined ? null : { seq: Number(seq), hash });
      const { firstSeq, ...rest } = check;
      return ok({ ...rest, first_seq: firstSeq });
    },
  }),
];
