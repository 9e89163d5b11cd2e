export { connectStore } from './connect-store.ts';
export {
  connectLockNodes,
  connectRedis,
  patientOptions,
  refusalOfConnection,
  requestOptions,
  tlsOf,
  workOptions,
} from './connect.ts';
export { publishHeartbeats, redisFeed } from './feed.ts';
export { type FlowReadings, flowReadings, type RunHead, type StageInFlow } from './flow-readings.ts';
export { type Keys, keysOf } from './keys.ts';
export { addressOf, redisFailure, withoutCommand } from './redis-failure.ts';
export { redisStore } from './redis-store.ts';
export { LOCK_TTL_MS, redlockLocks } from './redlock-locks.ts';
export { type LeaseThreadOptions, startLeaseThread } from './lease-thread.ts';
export { isStoreTrouble, storeError } from './script.ts';
