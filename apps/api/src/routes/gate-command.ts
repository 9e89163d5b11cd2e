import { createHash, randomUUID } from 'node:crypto';
import { canonicalJson, LIMITS } from '@millrace/core/domain';
import { z } from 'zod';
import type { Call } from '../http/define-route.ts';
import { idempotencyOf } from './idempotency.ts';

export const decisionHeaders = z.object({
  'Idempotency-Key': z
    .string()
    .max(LIMITS.idempotency_key_bytes)
    .optional()
    .meta({ description: 'A decision that is sent again with its key is answered as the first time' }),
});

/** Names a decision: the same for the same request of a person with an Idempotency-Key. */
export const commandIdOf = (call: Pick<Call, 'header'>, asked: object): string => {
  const idempotency = idempotencyOf(call, asked);
  if (idempotency === null) return randomUUID();
  const { key, bodyHash } = idempotency;
  return createHash('sha256')
    .update(canonicalJson([key, bodyHash]))
    .digest('hex');
};
