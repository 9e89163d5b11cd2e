import { MillraceError } from '@millrace/core/domain';

/**
 * What was read of a run that was there a moment ago. Null means that it was pruned, or Redis forgot it, in between: asked again, the answer is
 * whole, or that there is no such run.
 * @throws MillraceError `store_unavailable`
 */
export const stillThere = <T>(read: T | null, runId: string): T => {
  if (read !== null) return read;
  throw new MillraceError('store_unavailable', `run ${runId} was there a moment ago, and the store does not know it any more; ask again`);
};
