import { MillraceError } from '@millrace/core/domain';

/**
 * Handles null for a run that existed a moment ago: it was pruned, or Redis lost it. Reading again gives the whole
 * answer, or that the run does not exist.
 * @throws MillraceError `store_unavailable`
 */
export const stillThere = <T>(read: T | null, runId: string): T => {
  if (read !== null) return read;
  throw new MillraceError(
    'store_unavailable',
    `run ${runId} was there a moment ago, and the store does not know it any more; ask again`,
  );
};
