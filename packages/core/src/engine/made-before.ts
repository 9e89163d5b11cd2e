import { MillraceError } from '../domain/index.ts';
import type { Readings, Remembered } from '../ports/index.ts';

/**
 * What an earlier request with this Idempotency-Key made. Asked before anything else is looked at: whatever has become of the pipeline since,
 * its file, its locks or the run itself, the key answers as it did.
 * @throws MillraceError `idempotency_mismatch`
 */
export const madeBefore = async (
  store: Pick<Readings, 'remembered'>,
  idempotency: { readonly key: string; readonly bodyHash: string } | null,
): Promise<Remembered | null> => {
  const kept = idempotency && (await store.remembered(idempotency.key));
  if (kept && kept.bodyHash !== idempotency.bodyHash) throw keyMismatch();
  return kept;
};

export const keyMismatch = (): MillraceError => new MillraceError('idempotency_mismatch', 'this Idempotency-Key came with another request before');
