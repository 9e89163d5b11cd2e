/**
 * Random pipelines, commands, losses and repeats: the Redis store keeps the invariants, and decides as the reference
 * model does.
 */
import { manualClock, memoryStore } from '@millrace/core/memory';
import { connectRedis, keysOf, redisFeed, redisStore, workOptions } from '@millrace/core/redis';
import { isolatedPrefix } from '@millrace/core/testing';
import { differential, type MakeStore, randomRuns } from '@millrace/core/testing/conformance';
import { inject } from 'vitest';
import { randomly } from '../../random-options.ts';
import { clockedRedis } from './clocked-redis.ts';

const onRedis: MakeStore = async () => {
  const prefix = isolatedPrefix();
  const redis = await connectRedis(inject('redisUrl'), workOptions);
  const subscriber = await connectRedis(inject('redisUrl'), workOptions);
  return {
    store: redisStore(redis, prefix),
    feed: redisFeed(subscriber, keysOf(prefix)),
    advanceTime: null,
    close: async () => {
      subscriber.disconnect();
      await redis.quit();
    },
  };
};

const twin =
  (cut: { stagesPerStep?: number } = {}): MakeStore =>
  async () => {
    const clock = manualClock();
    const store = memoryStore({ clock, random: () => 0, ...cut });
    return { store, feed: store, advanceTime: async (ms) => clock.advance(ms), close: async () => {} };
  };

randomRuns('the Redis store', onRedis, randomly(40));
differential('the Redis store and the reference model on one clock', clockedRedis(), twin(), {
  ...randomly(40),
  sameClock: true,
});
differential('both, where a step may touch two stages', clockedRedis({ budget: 2 }), twin({ stagesPerStep: 2 }), {
  ...randomly(40),
  sameClock: true,
});
