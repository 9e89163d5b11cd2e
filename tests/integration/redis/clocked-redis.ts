/**
 * A store on a real Redis whose scripts read their time from a key, so that a day passes in no time, as it does in the
 * twin. Only the line that reads the clock and the number of stages that one script may touch differ from the scripts
 * that are shipped.
 */
import { manualClock } from '@millrace/core/memory';
import { connectRedis, keysOf, redisFeed, redisStore, workOptions } from '@millrace/core/redis';
import { isolatedPrefix } from '@millrace/core/testing';
import type { MakeStore } from '@millrace/core/testing/conformance';
import type { Redis } from 'ioredis';
import { inject } from 'vitest';
import { SCRIPTS } from '../../../packages/core/src/redis/scripts.generated.ts';
import { expectKnownKeys } from './known-keys.ts';

const READS_CLOCK = "local time = call('TIME')";
const READS_KEY =
  "local at = call('GET', R .. '/test_clock')\nlocal time = { math.floor(at / 1000), (at % 1000) * 1000 }";
const HAS_BUDGET = 'local budget = 100';

export interface ClockedOptions {
  /** Stages that one script may queue, skip or cancel. */
  readonly budget?: number;
}

export const clockedRedis =
  ({ budget = 100 }: ClockedOptions = {}): MakeStore =>
  async () => {
    const prefix = isolatedPrefix();
    const keys = keysOf(prefix);
    const redis = await connectRedis(inject('redisUrl'), workOptions);
    const subscriber = await connectRedis(inject('redisUrl'), workOptions);
    const clock = `${keys.root}/test_clock`;
    await redis.set(clock, manualClock().now());
    const changed = await loaded(redis, budget);
    const evalsha = redis.evalsha.bind(redis);
    redis.evalsha = ((sha: string, ...rest: [number, ...string[]]) =>
      evalsha(changed.get(sha)!, ...rest)) as typeof redis.evalsha;
    redis.time = async () => {
      const at = Number(await redis.get(clock));
      return [Math.floor(at / 1_000), (at % 1_000) * 1_000];
    };
    const feed = redisFeed(subscriber, keys);
    return {
      store: redisStore(redis, prefix),
      feed,
      control: feed,
      advanceTime: async (ms) => void (await redis.incrby(clock, ms)),
      close: async () => {
        await expectKnownKeys(redis, keys.root, [clock]);
        subscriber.disconnect();
        await redis.quit();
      },
    };
  };

const known = new Map<number, Promise<ReadonlyMap<string, string>>>();

/** By a script's hash that of its changed text, which Redis has. */
const loaded = (redis: Redis, budget: number): Promise<ReadonlyMap<string, string>> => {
  const load = async () => {
    const pairs = Object.values(SCRIPTS).map(
      async ({ sha, lua }) => [sha as string, (await redis.script('LOAD', clocked(lua, budget))) as string] as const,
    );
    return new Map(await Promise.all(pairs));
  };
  const shas = known.get(budget) ?? load();
  known.set(budget, shas);
  return shas;
};

const clocked = (lua: string, budget: number): string => {
  const changed = lua.replace(READS_CLOCK, READS_KEY).replace(HAS_BUDGET, `local budget = ${budget}`);
  if (changed.includes("'TIME'")) throw new Error('a script reads the time in another way');
  return changed;
};
