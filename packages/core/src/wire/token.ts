import { z } from 'zod';
import { ROLES } from '../domain/index.ts';
import type { StoredToken } from '../ports/index.ts';
import { toInstant, toInstantOrNull, wireInstant } from './time.ts';

/** A named token, without its secret. */
export const wireToken = z
  .object({
    name: z.string(),
    role: z.enum(ROLES),
    pipelines: z.array(z.string()).nullable().meta({ description: 'All that it sees and changes; null: no limit' }),
    created_at: wireInstant,
    created_by: z.string(),
    expires_at: wireInstant.nullable().meta({ description: 'Null: it does not expire' }),
    last_used_at: wireInstant.nullable().meta({ description: 'Exact to about a minute; null: not used yet' }),
  })
  .meta({ id: 'Token' });
export type WireToken = z.infer<typeof wireToken>;

export const wireCreatedToken = wireToken
  .extend({ token: z.string().meta({ description: 'The token itself. It is shown only here: only its hash is kept' }) })
  .meta({ id: 'CreatedToken' });
export type WireCreatedToken = z.infer<typeof wireCreatedToken>;

export const toWireToken = (token: StoredToken & { readonly lastUsedAt: number | null }): WireToken => ({
  name: token.name,
  role: token.role,
  pipelines: token.pipelines && [...token.pipelines],
  created_at: toInstant(token.createdAt),
  created_by: token.createdBy,
  expires_at: toInstantOrNull(token.expiresAt),
  last_used_at: toInstantOrNull(token.lastUsedAt),
});
