import { Redis } from 'ioredis';
import { redisFailure, tlsOf } from '../redis/index.ts';

/**
 * Asks one Redis something over a connection of its own. A server that cannot be reached or refuses the login is
 * `store_unavailable` with its address and the cause, never with its password. `ca`: see `tlsOf`.
 */
export const askRedis = async <T>(
  url: string,
  ask: (redis: Redis) => Promise<T>,
  { timeoutMs = 5_000, ca = null }: { readonly timeoutMs?: number; readonly ca?: string | null } = {},
): Promise<T> => {
  let cause: unknown;
  const redis = new Redis(url, {
    ...tlsOf(url, ca),
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    enableReadyCheck: false,
  });
  redis.on('error', (error) => (cause = error));
  try {
    await redis.connect();
    await redis.ping();
    // A database that the server does not have leaves the client at 0, with no more than an event.
    const { db } = redis.options;
    if (db) await redis.select(db);
  } catch (error) {
    redis.disconnect();
    throw redisFailure(url, cause ?? error);
  }
  try {
    return await ask(redis);
  } finally {
    redis.disconnect();
  }
};
