import { createHash } from 'node:crypto';
import { canonicalJson, LIMITS, MillraceError } from '@millrace/core/domain';
import type { Call } from '../http/define-route.ts';

/** The request's Idempotency-Key and a hash of its content, independent of field order; null: no key. */
export const idempotencyOf = (call: Pick<Call, 'header'>, asked: object): { key: string; bodyHash: string } | null => {
  const key = call.header('Idempotency-Key');
  if (key === undefined) return null;
  if (!/^[\x21-\x7e]+$/.test(key) || key.length > LIMITS.idempotency_key_bytes)
    throw new MillraceError(
      'malformed_request',
      `Idempotency-Key must be 1 to ${LIMITS.idempotency_key_bytes} printable characters without spaces`,
    );
  return { key, bodyHash: createHash('sha256').update(canonicalJson(asked)).digest('hex') };
};
