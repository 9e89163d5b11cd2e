import { z } from 'zod';
import { ROLES } from '../domain/index.ts';
import { wireInstant } from './time.ts';

const serverTime = { server_time: wireInstant.meta({ description: "The API's clock, for clients whose own is off" }) };

/** Who is signed in by the session's cookie. */
export const wireSession = z
  .discriminatedUnion('signed_in', [
    z.object({ signed_in: z.literal(false), ...serverTime }),
    z.object({
      signed_in: z.literal(true),
      name: z.string(),
      role: z.enum(ROLES),
      expires_at: wireInstant,
      ...serverTime,
    }),
  ])
  .meta({ id: 'Session' });
export type WireSession = z.infer<typeof wireSession>;
