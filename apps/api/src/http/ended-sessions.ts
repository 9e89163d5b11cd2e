import type { ApiDeps } from '../api-deps.ts';

/** Sessions signed out before they expired. Copies of their cookies are no longer accepted. */
export interface EndedSessions {
  has(id: string): boolean;
  /**
   * Takes effect here at once, and in the deployment's other API processes within `LOOK_MS`. `until`: when the cookie
   * expires, ms since the epoch.
   */
  add(id: string, until: number): Promise<void>;
  /** Reads the sessions that other processes ended, now and repeatedly until stopped. */
  follow(): Promise<() => Promise<void>>;
}

const LOOK_MS = 2_000;

/**
 * Cached in each process so that requests need no Redis call; kept in Redis until the cookie would expire, across
 * restarts.
 */
export const endedSessions = ({ redis, keys, log }: Pick<ApiDeps, 'redis' | 'keys' | 'log'>): EndedSessions => {
  let ended: ReadonlySet<string> = new Set();
  /** Ended here but not yet read back from Redis, which may be unavailable. */
  const unwritten = new Map<string, number>();

  const look = async (): Promise<void> => {
    const now = Date.now();
    try {
      if (unwritten.size > 0) {
        await redis.zadd(keys.signedOut, ...[...unwritten].flatMap(([id, until]) => [until, id]));
        await redis.zremrangebyscore(keys.signedOut, '-inf', `(${now}`);
      }
      ended = new Set(await redis.zrange(keys.signedOut, now, '+inf', 'BYSCORE'));
      for (const id of ended) unwritten.delete(id);
    } catch (error) {
      log.debug({ err: error }, 'which sessions were signed out could not be read or written; asked again soon');
    }
  };

  return {
    has: (id) => unwritten.has(id) || ended.has(id),
    add: (id, until) => {
      unwritten.set(id, until);
      return look();
    },
    follow: async () => {
      await look();
      const timer = setInterval(() => void look(), LOOK_MS);
      return async () => clearInterval(timer);
    },
  };
};
