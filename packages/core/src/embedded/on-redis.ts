import { backoff } from '../domain/index.ts';
import { retry } from '../engine/index.ts';
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
 * Calls `begin` with a Redis that answers and is durable (see `resolveRedis` and `assertRedis`). While Redis is down or
 * refuses writes, or fails before `begin` is done, this retries; it logs once that it waits and once that it continues.
 * Permanent faults are thrown at once: a refused login, a missing database, a server that is too old or would lose
 * runs. If `begin` throws, it must release its resources first.
 */
export const onRedis = async <T>(options: OnRedisOptions, begin: (redis: ResolvedRedis) => Promise<T>): Promise<T> => {
  let waits = false;
  const attempt = async (): Promise<T> => {
    const redis = await resolveRedis(options);
    try {
      const warnings = await assertRedis(redis.url, {
        allowVolatile: options.allowVolatile,
        ca: options.redisCa ?? null,
      });
      const begun = await begin(redis);
      if (waits) options.log('Redis is back: continuing');
      for (const warning of warnings) options.warn(warning);
      return begun;
    } catch (error) {
      await redis.stop();
      throw error;
    }
  };
  return retry(attempt, {
    pauses: backoff(LOOK_EVERY_MS),
    // A process whose parent has exited waits for nothing.
    retryIf: (error) => isAway(error) && process.connected !== false,
    onRetry: (error) => {
      if (!waits) options.log(`${(error as Error).message}: waiting for it`);
      waits = true;
    },
    ...(options.signal ? { signal: options.signal } : {}),
  });
};
