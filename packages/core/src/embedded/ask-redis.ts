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
    // A database that the server does not have leaves the client at 0, with no more than an event.
    const { db } = redis.options;
    if (db) await redis.select(db);
  } catch (error) {
    redis.disconnect();
    const reason = withoutCommand(cause ?? error);
    const does = /DB index/i.test(reasonOf(reason)) ? 'does not have this database' : 'does not answer';
    throw new MillraceError('store_unavailable', `Redis at ${addressOf(url)} ${does}: ${reasonOf(reason)}`, { cause: reason });
  }
  try {
    return await ask(redis);
  } finally {
    redis.disconnect();
  }
};

/** A refused login carries its command, and with it the password, into whatever prints the error. */
const withoutCommand = (error: unknown): unknown => {
  if (error instanceof Error) delete (error as { command?: unknown }).command;
  return error;
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
