/** The Redis store meets the specification: every transition, refusal and repeat, on a real server, in real time. */
import { connectRedis, keysOf, redisFeed, redisStore, workOptions } from '@millrace/core/redis';
import { isolatedPrefix } from '@millrace/core/testing';
import { storeConformance } from '@millrace/core/testing/conformance';
import { inject } from 'vitest';
import { expectKnownKeys } from './known-keys.ts';

storeConformance('the Redis store', async () => {
  const prefix = isolatedPrefix();
  const redis = await connectRedis(inject('redisUrl'), workOptions);
  const subscriber = await connectRedis(inject('redisUrl'), workOptions);
  const feed = redisFeed(subscriber, keysOf(prefix));
  return {
    store: redisStore(redis, prefix),
    feed,
    control: feed,
    advanceTime: null,
    close: async () => {
      await expectKnownKeys(redis, keysOf(prefix).root);
      subscriber.disconnect();
      await redis.quit();
    },
  };
});
