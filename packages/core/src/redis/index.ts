export { connectEach, connectLockNodes, connectRedis, requestOptions, workOptions } from './connect.ts';
export { publishHeartbeats, redisFeed } from './feed.ts';
export { type Keys, keysOf } from './keys.ts';
export { redisStore } from './redis-store.ts';
export { LOCK_TTL_MS, redlockLocks } from './redlock-locks.ts';
export { type LeaseThreadOptions, startLeaseThread } from './lease-thread.ts';
export { storeError } from './script.ts';
