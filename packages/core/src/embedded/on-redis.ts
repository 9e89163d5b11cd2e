import { setTimeout as delay } from 'node:timers/promises';
import { isAway } from './ask-redis.ts';
import { assertRedis, type Problem } from './check-redis.ts';
import type { RedisOptions } from './decision.ts';
import { type ResolvedRedis, resolveRedis } from './resolve-redis.ts';

export interface OnRedisOptions extends RedisOptions {
  readonly allowVolatile: boolean;
  /** Receives warnings about a usable but ill-advised Redis, once it is used. */
  readonly warn: (warning: Problem) => void;
  /** Ends the wait, which then throws the abort reason. */
  readonly signal?: AbortSignal;
}

/** Retry interval while Redis is down, ms. */
const LOOK_EVERY_MS = 500;

/**
 * Calls `begin` with a Redis that answers and is durable (see `resolveRedis` and `assertRedis`). While Redis is down or refuses writes, or fails before
 * `begin` is done, this retries; it logs once that it waits and once that it continues. Permanent faults are thrown at once: a refused login, a missing
 * database, a server that is too old or would lose runs. If `begin` throws, it must release its resources first.
 */
export const onRedis = async <T>(options: OnRedisOptions, begin: (redis: ResolvedRedis) => Promise<T>): Promise<T> => {
  for (let waits = false; ; ) {
    let redis: ResolvedRedis | null = null;
    try {
      redis = await resolveRedis(options);
      const warnings = await assertRedis(redis.url, { allowVolatile: options.allowVolatile, ca: options.redisCa ?? null });
      const begun = await begin(redis);
      if (waits) options.log('Redis is back: continuing');
      for (const warning of warnings) options.warn(warning);
      return begun;
    } catch (error) {
      await redis?.stop();
      if (!isAway(error)) throw error;
      // The process that started this one has exited, so nothing waits for it.
      if (process.connected === false) throw error;
      if (!waits) options.log(`${(error as Error).message}: waiting for it`);
      waits = true;
      await delay(LOOK_EVERY_MS, undefined, options.signal ? { signal: options.signal } : {});
    }
  }
};
