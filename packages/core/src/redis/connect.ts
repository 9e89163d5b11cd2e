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

/** A connected client. Throws ioredis's error when the first connection fails. */
export const connectRedis = async (url: string, options: Options): Promise<Redis> => {
  const redis = client(url, options);
  try {
    await redis.connect();
    return redis;
  } catch (error) {
    redis.disconnect();
    throw error;
  }
};

/** One client for each of the options: all of them, or none and the first failure. */
export const connectEach = async <O extends readonly Options[]>(url: string, ...each: O): Promise<{ [Place in keyof O]: Redis }> => {
  const tried = await Promise.allSettled(each.map((options) => connectRedis(url, options)));
  const clients = tried.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = tried.find((one) => one.status === 'rejected');
  if (!failed) return clients as { [Place in keyof O]: Redis };
  for (const connected of clients) connected.disconnect();
  throw failed.reason;
};

/** Clients of the lock nodes; one that is away counts as a vote less until it is back. Throws what waiting cannot cure, such as a refused login. */
export const connectLockNodes = (urls: readonly string[]): Promise<readonly Redis[]> =>
  Promise.all(
    urls.map(async (url) => {
      const node = client(url, requestOptions);
      // ioredis takes a refused login for a connection, and says so only beside it.
      let refusal: Error | null = null;
      const note = (error: Error) => void (refusal = isRefusal(error) ? error : refusal);
      node.on('error', note);
      await node
        .connect()
        .then(() => node.ping())
        .catch(note);
      node.off('error', note);
      if (refusal === null) return node;
      node.disconnect();
      throw refusal as Error;
    }),
  );

const isRefusal = ({ name, message }: Error): boolean => name === 'ReplyError' && /^(WRONGPASS|NOAUTH|NOPERM|ERR (?!max number of clients))/.test(message);

const client = (url: string, options: Options): Redis => {
  const full: Options = { ...options, lazyConnect: true };
  const redis = new Redis(url, full);
  // Each command reports its own failure; without a listener ioredis would print every reconnect.
  redis.on('error', () => {});
  return redis;
};
