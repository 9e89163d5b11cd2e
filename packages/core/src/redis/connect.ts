import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { Redis, type RedisOptions } from 'ioredis';
import { redisFailure, withoutCommand } from './redis-failure.ts';

/** ioredis's own type of `replyMapping` does not fit its constructor. */
type Options = Omit<RedisOptions, 'replyMapping'>;

const COMMON: Options = {
  keepAlive: 5_000,
  connectTimeout: 5_000,
  /**
   * A connection on which commands wait and nothing arrives for this long is given up, and they are sent anew: a middlebox may have swallowed
   * it without a word. Longer than BullMQ ever blocks (10 s).
   */
  socketTimeout: 15_000,
  /** Reconnects within about 2 s of Redis being back: ioredis and BullMQ by default may take 20 s. */
  retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 6), 2_000) * (0.8 + Math.random() * 0.4),
};

/** For commands that a client waits for: answers, or fails within 5 s; nothing is queued while Redis is away. */
export const requestOptions: Options = { ...COMMON, commandTimeout: 5_000, maxRetriesPerRequest: 1, enableOfflineQueue: false };

/** For workers and subscribers: keeps trying until Redis is back. BullMQ asks for these settings too. */
export const workOptions: Options = { ...COMMON, maxRetriesPerRequest: null };

/** A lock node must not hold up those that answer: a start asks each of them three times at most. */
const lockOptions: Options = { ...requestOptions, commandTimeout: 1_000 };
/** Nobody waits longer for a lock node that is away, ms. */
const LOCK_NODE_MS = 2_000;

/** Clients of the lock nodes (`ca`: see `tlsOf`). One that is away is connected when it is back: a minority of them is not needed. */
export const connectLockNodes = (urls: readonly string[], ca: string | null = null): Promise<readonly Redis[]> =>
  Promise.all(
    urls.map(async (url) => {
      const node = new Redis(url, { ...lockOptions, ...tlsOf(url, ca), lazyConnect: true });
      node.on('error', () => {});
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([node.connect().catch(() => {}), new Promise((resolve) => (timer = setTimeout(resolve, LOCK_NODE_MS)))]);
      clearTimeout(timer);
      return node;
    }),
  );

/**
 * For a `rediss://` address: the name that its certificate must have, which is also told to the server (SNI), and whom to believe (PEM; null:
 * the authorities that Node knows). Nothing for `redis://`.
 */
export const tlsOf = (url: string, ca: string | null): { readonly tls?: ConnectionOptions } => {
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'rediss:') return {};
  const isName = isIP(hostname.replaceAll(/[[\]]/g, '')) === 0;
  return { tls: { ...(isName ? { servername: hostname } : {}), ...(ca === null ? {} : { ca }) } };
};

/**
 * A connected client. `ca`: see `tlsOf`.
 * @throws MillraceError `store_unavailable`, without the password, when the first connection fails or the server lacks the database
 */
export const connectRedis = async (url: string, options: Options, ca: string | null = null): Promise<Redis> => {
  const full: Options = { ...options, ...tlsOf(url, ca), lazyConnect: true };
  const redis = new Redis(url, full);
  let cause: unknown;
  // Each command reports its own failure; without a listener ioredis would print every reconnect.
  redis.on('error', (error) => (cause = withoutCommand(error)));
  try {
    await redis.connect();
    // A database that the server does not have leaves the client at 0, with no more than an event.
    if (redis.options.db) await redis.select(redis.options.db);
  } catch (error) {
    redis.disconnect();
    throw redisFailure(url, cause ?? error);
  }
  return redis;
};
