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

/** Of Node's connections, or in the words of ioredis and of servers that start, fail over or refuse writes for now. */
const AWAY_CODES: ReadonlySet<unknown> = new Set(
  'ECONNREFUSED ECONNRESET ECONNABORTED EPIPE ETIMEDOUT EHOSTUNREACH EHOSTDOWN ENETUNREACH ENETDOWN ENOTFOUND EAI_AGAIN'.split(' '),
);
const AWAY_WORDS =
  /^(LOADING|MASTERDOWN|READONLY|BUSY|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|MISCONF|OOM)\b|max number of clients|Connection is closed|Command timed out|ETIMEDOUT|Stream isn't writeable|Reached the max retries|Socket (closed|timeout)/i;

/** Whether an error, or what caused it, says that Redis is away or takes no writes for now: waiting may cure it. */
export const isAway = (error: unknown): boolean => {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (AWAY_CODES.has((cause as NodeJS.ErrnoException).code) || (!(cause instanceof MillraceError) && AWAY_WORDS.test(cause.message))) return true;
  return false;
};
