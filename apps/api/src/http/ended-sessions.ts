import type { ApiDeps } from '../api-deps.ts';

/** Sessions that were signed out before their time. A cookie of theirs that somebody copied is good for nothing. */
export interface EndedSessions {
  has(id: string): boolean;
  /** From now on here; in the deployment's other API processes within `LOOK_MS`. `until`: when its cookie is over by itself, ms since the epoch. */
  add(id: string, until: number): Promise<void>;
  /** Reads what other processes ended, once and then again and again, until stopped. */
  follow(): Promise<() => Promise<void>>;
}

const LOOK_MS = 2_000;

/** Held in each process, so that no request asks Redis; kept there for as long as such a cookie could come, whatever restarts meanwhile. */
export const endedSessions = ({ redis, keys, log }: Pick<ApiDeps, 'redis' | 'keys' | 'log'>): EndedSessions => {
  let ended: ReadonlySet<string> = new Set();
  /** Ended here, and not yet read from Redis, which may be away. */
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
