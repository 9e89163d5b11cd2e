import { Redis, type RedisOptions } from 'ioredis';

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

/** Clients of the lock nodes. One that is away is connected when it is back: a minority of them is not needed. */
export const connectLockNodes = (urls: readonly string[]): Promise<readonly Redis[]> =>
  Promise.all(
    urls.map(async (url) => {
      const node = new Redis(url, { ...lockOptions, lazyConnect: true });
      node.on('error', () => {});
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([node.connect().catch(() => {}), new Promise((resolve) => (timer = setTimeout(resolve, LOCK_NODE_MS)))]);
      clearTimeout(timer);
      return node;
    }),
  );

/** A command on such a connection fails as one on a Redis that is away. */
const refusals = new WeakMap<Redis, Error>();

/** Why the server does not let this connection in, in its words (NOAUTH, WRONGPASS); undefined: it does, or it is away. */
export const refusalOfConnection = (redis: Redis): Error | undefined => refusals.get(redis);

/** A connected client. Throws ioredis's error when the first connection fails. */
export const connectRedis = async (url: string, options: Options): Promise<Redis> => {
  const full: Options = { ...options, lazyConnect: true };
  const redis = new Redis(url, full);
  // Each command reports its own failure; without a listener ioredis would print every reconnect.
  redis.on('error', (error: Error) => {
    if (error.name === 'ReplyError') refusals.set(redis, error);
    else refusals.delete(redis);
  });
  redis.on('ready', () => void refusals.delete(redis));
  await redis.connect();
  return redis;
};
