import { z } from 'zod';
import { ROLES } from '../domain/index.ts';
import { wireInstant } from './time.ts';

const shown = z.unknown().meta({ description: 'The main facts about what was changed; null: nothing to tell' });

/** An entry of the audit log. */
export const wireAuditEntry = z
  .object({
    seq: z.int(),
    prev: z.string().meta({ description: 'SHA-256 of the entry before, hex; empty: this is the first one ever' }),
    at: wireInstant,
    who: z.string(),
    role: z.enum(ROLES),
    channel: z.enum(['api', 'cli', 'session']).meta({ description: '`cli`: the program says so; `session`: a page' }),
    what: z.string().meta({ description: 'The operation: "POST /api/v1/runs/{run_id}/cancel"' }),
    target: z.record(z.string(), z.string()).meta({ description: "The values of the operation's path" }),
    reason: z.string().nullable(),
    request_id: z.string(),
    before: shown,
    outcome: z
      .object({
        status: z.int(),
        code: z.string().nullable().meta({ description: 'Why it was refused; null: it was done' }),
        after: shown,
      })
      .nullable()
      .meta({ description: 'Null: unknown, because the API process died' }),
  })
  .meta({ id: 'AuditEntry' });
export type WireAuditEntry = z.infer<typeof wireAuditEntry>;

export const wireAuditCheck = z
  .object({
    ok: z.boolean(),
    entries: z.int().meta({ description: 'Entries checked' }),
    first_seq: z.int(),
    seq: z.int().meta({ description: 'Of the last entry; with its hash, what to note elsewhere' }),
    hash: z.string(),
    problem: z.object({ seq: z.int(), message: z.string() }).nullable(),
  })
  .meta({ id: 'AuditCheck' });
export type WireAuditCheck = z.infer<typeof wireAuditCheck>;
