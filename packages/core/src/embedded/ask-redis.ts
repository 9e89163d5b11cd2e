import { Redis } from 'ioredis';
import { MillraceError } from '../domain/index.ts';
import { redisFailure, tlsOf } from '../redis/index.ts';

/**
 * Queries a Redis over a separate connection. If the server is unreachable or refuses the login, throws
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
    // With a database that does not exist, the client stays on 0 and only emits an event.
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

/**
 * Error codes of Node's sockets, and messages of ioredis and of servers that are starting, failing over or refusing
 * writes.
 */
const AWAY_CODES: ReadonlySet<unknown> = new Set(
  'ECONNREFUSED ECONNRESET ECONNABORTED EPIPE ETIMEDOUT EHOSTUNREACH EHOSTDOWN ENETUNREACH ENETDOWN ENOTFOUND EAI_AGAIN'.split(
    ' ',
  ),
);
const AWAY_WORDS =
  /^(LOADING|MASTERDOWN|READONLY|BUSY|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|MISCONF|OOM)\b|max number of clients|Connection is closed|Command timed out|ETIMEDOUT|Stream isn't writeable|Reached the max retries|Socket (closed|timeout)/i;

/** Whether an error or one of its causes is transient: Redis is down or refuses writes for now. */
export const isAway = (error: unknown): boolean => {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (
      AWAY_CODES.has((cause as NodeJS.ErrnoException).code) ||
      (!(cause instanceof MillraceError) && AWAY_WORDS.test(cause.message))
    )
      return true;
  return false;
};
