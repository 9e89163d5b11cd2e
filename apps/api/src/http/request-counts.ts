import { hash } from 'node:crypto';
import type { ApiDeps } from '../api-deps.ts';

/** Interval of exchanges with the other processes, ms. */
const TIDY_MS = 1_000;
const PARTITION_BYTES = 12;
/** Most keys per exchange. */
const KEYS_AT_ONCE = 1_000;

/** Hits of one key within its window. */
interface Count {
  /** Names the key in answers without showing it. */
  readonly partition: string;
  /** Counted here. */
  own: number;
  /** How many of them Redis has. */
  shared: number;
  /** Counted by other processes, as of the last exchange. */
  others: number;
  /** By `performance.now()`. */
  until: number;
}

export interface RequestCounts {
  /** Counts a hit. Answers the hits in the key's window, this one included, and how long the window still lasts. */
  add(key: string): { readonly hits: number; readonly leftMs: number; readonly partition: string };
}

/**
 * Counts hits in this process, so that no request waits for Redis. If `shared`, reports all keys to Redis in one call
 * per second: the count of one process is exact, and a key's first `alone` hits of a window stay local, so n processes
 * may exceed a limit by n - 1 times `alone` plus the hits of one second. While Redis is down, each process counts for
 * itself.
 */
export const requestCounts = ({
  windowMs,
  shared = null,
}: {
  readonly windowMs: number;
  readonly shared?: (Pick<ApiDeps, 'redis' | 'log'> & { readonly prefix: string; readonly alone: number }) | null;
}): RequestCounts => {
  const counts = new Map<string, Count>();
  let timer: NodeJS.Timeout | null = null;

  const countOf = (key: string): Count => {
    const now = performance.now();
    const known = counts.get(key);
    if (known && known.until > now) return known;
    const partition = hash('sha256', key, 'buffer').subarray(0, PARTITION_BYTES).toString('base64');
    const fresh = { partition, own: 0, shared: 0, others: 0, until: now + windowMs };
    counts.set(key, fresh);
    return fresh;
  };

  const exchange = async (
    { redis, prefix }: NonNullable<typeof shared>,
    some: readonly (readonly [string, Count])[],
  ): Promise<void> => {
    const now = performance.now();
    const told = some.map(([, count]) => count.own);
    const args = some.flatMap(([, count], place) => [told[place]! - count.shared, Math.ceil(count.until - now)]);
    const answer = (await redis.eval(EXCHANGE, some.length, ...some.map(([key]) => prefix + key), ...args)) as number[];
    const at = performance.now();
    for (const [place, [, count]] of some.entries()) {
      count.shared = told[place]!;
      count.others = Math.max(0, answer[2 * place]! - count.shared);
      count.until = at + answer[2 * place + 1]!;
    }
  };

  /** Drops windows that are over, and reports the others. */
  const tidy = async (): Promise<void> => {
    const now = performance.now();
    for (const [key, count] of counts) if (count.until <= now) counts.delete(key);
    if (shared !== null) await share(shared);
    timer = null;
    if (counts.size > 0) tidySoon();
  };
  const share = async (where: NonNullable<typeof shared>): Promise<void> => {
    const news = [...counts].filter(([, count]) => count.own > count.shared && count.own > where.alone);
    try {
      for (let at = 0; at < news.length; at += KEYS_AT_ONCE) await exchange(where, news.slice(at, at + KEYS_AT_ONCE));
    } catch (error) {
      where.log.debug({ err: error }, 'requests are counted by this process alone');
    }
  };
  const tidySoon = (): void => {
    timer ??= setTimeout(() => void tidy(), TIDY_MS).unref();
  };

  return {
    add: (key) => {
      const count = countOf(key);
      count.own += 1;
      tidySoon();
      return { hits: count.own + count.others, leftMs: count.until - performance.now(), partition: count.partition };
    },
  };
};

/** Per key: hits to add, and the length in ms of a window that begins with them. Answers all hits, and the ms left. */
const EXCHANGE = `
local answer = {}
for n, key in ipairs(KEYS) do
  answer[2 * n - 1] = redis.call('INCRBY', key, ARGV[2 * n - 1])
  if redis.call('PTTL', key) < 0 then redis.call('PEXPIRE', key, ARGV[2 * n]) end
  answer[2 * n] = redis.call('PTTL', key)
end
return answer`;
