import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { Redis, type RedisOptions } from 'ioredis';
import { within } from '../engine/index.ts';
import { redisFailure, withoutCommand } from './redis-failure.ts';
import { sendTogether } from './send-together.ts';
import { failWhenSilent } from './silence.ts';

/** ioredis's own type of `replyMapping` does not fit its constructor. */
export type Options = Omit<RedisOptions, 'replyMapping'> & Ours;
interface Ours {
  /** See silence.ts; absent: commands wait indefinitely. */
  readonly silenceMs?: number;
  /** See send-together.ts. */
  readonly together?: boolean;
}

const COMMON: Options = {
  keepAlive: 5_000,
  connectTimeout: 5_000,
  /**
   * A connection on which commands wait and nothing arrives for this long is dropped, and they are resent: a middlebox
   * may have discarded it silently. Longer than BullMQ ever blocks (10 s).
   */
  socketTimeout: 15_000,
  /** Reconnects within about 2 s of Redis being back: ioredis and BullMQ by default may take 20 s. */
  retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 6), 2_000) * (0.8 + Math.random() * 0.4),
};

/** However many commands there are, a Redis that hangs costs 1.5 s in all. Nothing is queued while Redis is down. */
const briefOptions: Options = { ...COMMON, silenceMs: 1_250, maxRetriesPerRequest: 1, enableOfflineQueue: false };

/** For commands of a request. */
export const requestOptions: Options = { ...briefOptions, together: true };

/** For background work: tolerates a Redis that is busy for a while. */
export const patientOptions: Options = { ...briefOptions, silenceMs: 5_000 };

/** For workers and subscribers: retries until Redis is back. BullMQ requires these settings too. */
export const workOptions: Options = { ...COMMON, maxRetriesPerRequest: null };

/** A lock node must not delay those that answer: a start sends each of them three commands at most. */
const lockOptions: Options = { ...briefOptions, silenceMs: 1_000 };
/** Longest wait for a lock node that is down, ms. */
const LOCK_NODE_MS = 2_000;

/**
 * Clients of the lock nodes (`ca`: see `tlsOf`). A node that is down is connected when it is back: a minority of them
 * may be missing.
 * @throws MillraceError `store_unavailable` for what waiting cannot cure, such as a refused login
 */
export const connectLockNodes = (urls: readonly string[], ca: string | null = null): Promise<readonly Redis[]> =>
  Promise.all(
    urls.map(async (url) => {
      const node = client(url, lockOptions, ca);
      // ioredis counts a refused login as a connection, and only emits the error.
      let refusal: Error | null = null;
      const note = (error: Error) => void (refusal = isRefusal(error) ? error : refusal);
      node.on('error', note);
      const asked = node
        .connect()
        .then(() => node.ping())
        .catch(note);
      await within(asked, LOCK_NODE_MS);
      node.off('error', note);
      if (refusal === null) return node;
      node.disconnect();
      throw redisFailure(url, refusal);
    }),
  );

const isRefusal = ({ name, message }: Error): boolean =>
  name === 'ReplyError' && /^(WRONGPASS|NOAUTH|NOPERM|ERR (?!max number of clients))/.test(message);

/**
 * For a `rediss://` address: the name its certificate must have, which is also sent to the server (SNI), and the
 * authorities to trust (PEM; null: Node's own). Nothing for `redis://`.
 */
export const tlsOf = (url: string, ca: string | null): { readonly tls?: ConnectionOptions } => {
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'rediss:') return {};
  const isName = isIP(hostname.replaceAll(/[[\]]/g, '')) === 0;
  return { tls: { ...(isName ? { servername: hostname } : {}), ...(ca === null ? {} : { ca }) } };
};

/**
 * A connected client. `ca`: see `tlsOf`.
 * @throws MillraceError `store_unavailable`, without the password, when the first connection fails or the server
 *   lacks the database
 */
export const connectRedis = async (url: string, options: Options, ca: string | null = null): Promise<Redis> => {
  const redis = client(url, options, ca);
  let cause: unknown;
  redis.on('error', (error) => (cause = withoutCommand(error)));
  try {
    await redis.connect();
    // With a database that does not exist, the client stays on 0 and only emits an event.
    if (redis.options.db) await redis.select(redis.options.db);
    return redis;
  } catch (error) {
    redis.disconnect();
    throw redisFailure(url, cause ?? error);
  }
};

/** One client for each of the options: all of them, or none and the first failure. */
export const connectEach = async (
  url: string,
  ca: string | null,
  each: readonly Options[],
): Promise<readonly Redis[]> => {
  const tried = await Promise.allSettled(each.map((options) => connectRedis(url, options, ca)));
  const clients = tried.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = tried.find((one) => one.status === 'rejected');
  if (!failed) return clients;
  for (const connected of clients) connected.disconnect();
  throw failed.reason;
};

/** A command on such a connection fails like one on a Redis that is down. */
const refusals = new WeakMap<Redis, Error>();

/** Why the server refuses this connection, in its words (NOAUTH, WRONGPASS); undefined: it does not, or it is down. */
export const refusalOfConnection = (redis: Redis): Error | undefined => refusals.get(redis);

const client = (url: string, { silenceMs, together = false, ...options }: Options, ca: string | null): Redis => {
  const full: Omit<Options, keyof Ours> = { ...options, ...tlsOf(url, ca), lazyConnect: true };
  const redis = new Redis(url, full);
  if (together) sendTogether(redis);
  if (silenceMs !== undefined) failWhenSilent(redis, silenceMs);
  // Each command reports its own failure; without a listener ioredis would print every reconnect.
  redis.on('error', (error: Error) => {
    if (error.name === 'ReplyError') refusals.set(redis, withoutCommand(error));
    else refusals.delete(redis);
  });
  redis.on('ready', () => void refusals.delete(redis));
  return redis;
};
