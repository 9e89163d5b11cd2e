/** Random pipelines, commands, losses and repeats: the Redis store keeps the invariants, and decides as the reference model does. */
import { memoryStore } from '@millrace/core/memory';
import { connectRedis, keysOf, redisFeed, redisStore, workOptions } from '@millrace/core/redis';
import { isolatedPrefix } from '@millrace/core/testing';
import { differential, type MakeStore, randomRuns } from '@millrace/core/testing/conformance';
import { inject } from 'vitest';

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

const inMemory: MakeStore = async () => {
  const store = memoryStore({ clock: { now: Date.now }, random: () => 0 });
  return { store, feed: store, advanceTime: null, close: async () => {} };
};

randomRuns('the Redis store', onRedis, { runs: 40 });
differential('the Redis store and the reference model', onRedis, inMemory, { runs: 40 });
