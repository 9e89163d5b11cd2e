import { Redis } from 'ioredis';
import { MillraceError } from '../domain/index.ts';

/**
 * Asks one Redis something over a connection of its own. A server that cannot be reached or refuses the login is
 * `store_unavailable` with its address and the cause, never with its password.
 */
export const askRedis = async <T>(url: string, ask: (redis: Redis) => Promise<T>, timeoutMs = 5_000): Promise<T> => {
  let cause: unknown;
  const redis = new Redis(url, {
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
  } catch (error) {
    redis.disconnect();
    throw new MillraceError('store_unavailable', `Redis at ${addressOf(url)} does not answer: ${reasonOf(cause ?? error)}`, { cause: cause ?? error });
  }
  try {
    return await ask(redis);
  } finally {
    redis.disconnect();
  }
};

/** Host, port and database, without user and password. */
export const addressOf = (url: string): string => {
  try {
    const { hostname, port, pathname } = new URL(url);
    return `${hostname}:${port || 6379}${pathname.length > 1 ? pathname : ''}`;
  } catch {
    return 'an address that is not a URL';
  }
};

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message || String((error as NodeJS.ErrnoException).code ?? error.name) : String(error);
