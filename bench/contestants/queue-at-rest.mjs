/* When all work is done: the same question for every contestant, for all keep BullMQ's key layout. */
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Settles when nothing waits, runs or is held back in the queue `default` under this prefix; answers how often it
 * looked: two LLEN and two ZCARD each.
 */
export const queueAtRest = async (redis, prefix, everyMs = 5) => {
  let looks = 1;
  for (; !(await isAtRest(redis, `${prefix}:default:`)); looks++) await delay(everyMs);
  return looks;
};

const isAtRest = async (redis, base) => {
  const counts = await redis
    .pipeline()
    .llen(`${base}wait`)
    .llen(`${base}active`)
    .zcard(`${base}delayed`)
    .zcard(`${base}waiting-children`)
    .exec();
  return counts.every(([error, count]) => error === null && count === 0);
};
