import { MillraceError } from '@millrace/core/domain';

/** Exports sent at a time by this process, and to one client: each holds a file as long as its run's log. */
const AT_ONCE = 16;
const OF_CLIENT = 4;

/**
 * Takes a place for an export; the answer gives it back.
 * @throws MillraceError `rate_limited` when the client has its share, `overloaded` when this process has
 */
export const exportPlaces = (): ((client: string) => () => void) => {
  const byClient = new Map<string, number>();
  let all = 0;
  return (client) => {
    const own = byClient.get(client) ?? 0;
    if (own >= OF_CLIENT)
      throw new MillraceError('rate_limited', `${own} exports are open: one client may have ${OF_CLIENT} at a time`, {
        extra: { retry_after: 2 },
      });
    if (all >= AT_ONCE) throw new MillraceError('overloaded', `this process sends ${AT_ONCE} exports at a time`);
    byClient.set(client, own + 1);
    all += 1;
    return () => {
      const left = byClient.get(client)! - 1;
      if (left > 0) byClient.set(client, left);
      else byClient.delete(client);
      all -= 1;
    };
  };
};
