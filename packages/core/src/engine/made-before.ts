import { MillraceError } from '../domain/index.ts';
import type { Readings, Remembered } from '../ports/index.ts';

/**
 * The result of an earlier request with this Idempotency-Key. Checked before anything else, so that the key gives the
 * same answer even if the pipeline, its file, its locks or the run have changed since.
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

export const keyMismatch = (): MillraceError =>
  new MillraceError('idempotency_mismatch', 'this Idempotency-Key was already used with a different request');
