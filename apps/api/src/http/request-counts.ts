import type { Store } from 'express-rate-limit';
import type { ApiDeps } from '../api-deps.ts';

/** Interval of exchanges with the other processes, ms. */
const SHARE_MS = 1_000;
/** Most keys per exchange. */
const KEYS_AT_ONCE = 1_000;

/** Hits of one key within its window. */
interface Count {
  /** Counted here. */
  own: number;
  /** How many of them Redis has. */
  shared: number;
  /** Counted by other processes, as of the last exchange. */
  others: number;
  /** By `performance.now()`. */
  until: number;
}

/**
 * Counts hits for express-rate-limit in this process, so that no request waits for Redis, and reports all keys to Redis
 * in one call per second. The count of one process is exact. A key's first `alone` hits of a window stay local, so n
 * processes may exceed a limit by n - 1 times `alone` plus the hits of one second. While Redis is down, each process
 * counts for itself.
 */
export const requestCounts = ({
  redis,
  log,
  prefix,
  windowMs,
  alone,
}: Pick<ApiDeps, 'redis' | 'log'> & {
  readonly prefix: string;
  readonly windowMs: number;
  readonly alone: number;
}): Store => {
  const counts = new Map<string, Count>();
  let timer: NodeJS.Timeout | null = null;

  const countOf = (key: string): Count => {
    const now = performance.now();
    const known = counts.get(key);
    if (known && known.until > now) return known;
    const fresh = { own: 0, shared: 0, others: 0, until: now + windowMs };
    counts.set(key, fresh);
    return fresh;
  };

  const exchange = async (some: readonly (readonly [string, Count])[]): Promise<void> => {
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

  const share = async (): Promise<void> => {
    const now = performance.now();
    for (const [key, count] of counts) if (count.until <= now) counts.delete(key);
    const news = [...counts].filter(([, count]) => count.own > count.shared && count.own > alone);
    try {
      for (let at = 0; at < news.length; at += KEYS_AT_ONCE) await exchange(news.slice(at, at + KEYS_AT_ONCE));
    } catch (error) {
      log.debug({ err: error }, 'requests are counted by this process alone');
    }
    timer = null;
    if (counts.size > 0) shareSoon();
  };
  const shareSoon = (): void => {
    timer ??= setTimeout(() => void share(), SHARE_MS).unref();
  };

  return {
    prefix,
    increment: (key) => {
      const count = countOf(key);
      count.own += 1;
      shareSoon();
      return { totalHits: count.own + count.others, resetTime: new Date(Date.now() + count.until - performance.now()) };
    },
    decrement: (key) => {
      const count = counts.get(key);
      if (count && count.own > count.shared) count.own -= 1;
    },
    resetKey: (key) => void counts.delete(key),
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
