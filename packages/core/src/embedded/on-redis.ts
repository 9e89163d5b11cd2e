import { setTimeout as delay } from 'node:timers/promises';
import { isAway } from './ask-redis.ts';
import { assertRedis, type Problem } from './check-redis.ts';
import type { RedisOptions } from './decision.ts';
import { type ResolvedRedis, resolveRedis } from './resolve-redis.ts';

export interface OnRedisOptions extends RedisOptions {
  readonly allowVolatile: boolean;
  /** Of a Redis that should not, but may be used; told once it is. */
  readonly warn: (warning: Problem) => void;
  /** Ends the wait: it is then thrown why it was aborted. */
  readonly signal?: AbortSignal;
}

/** Between looks at a Redis that is away, ms. */
const LOOK_EVERY_MS = 500;

/**
 * Calls `begin` with a Redis that answers and keeps what it is told (see `resolveRedis` and `assertRedis`). While it is away, does not take writes, or goes away
 * before `begin` is done, this waits and tries again; it logs once that it waits and once that it goes on. What waiting cannot cure is thrown at once: a refused
 * login, a database that the server does not have, a server that is too old or would forget runs. `begin` lets go of what it has taken when it throws.
 */
export const onRedis = async <T>(options: OnRedisOptions, begin: (redis: ResolvedRedis) => Promise<T>): Promise<T> => {
  for (let waits = false; ; ) {
    let redis: ResolvedRedis | null = null;
    try {
      redis = await resolveRedis(options);
      const warnings = await assertRedis(redis.url, options);
      const begun = await begin(redis);
      if (waits) options.log('Redis is there: going on');
      for (const warning of warnings) options.warn(warning);
      return begun;
    } catch (error) {
      await redis?.stop();
      if (!isAway(error)) throw error;
      // Whoever started this process has ended, and does not wait any more.
      if (process.connected === false) throw error;
      if (!waits) options.log(`${(error as Error).message}: waiting for it`);
      waits = true;
      await delay(LOOK_EVERY_MS, undefined, options.signal ? { signal: options.signal } : {});
    }
  }
};
