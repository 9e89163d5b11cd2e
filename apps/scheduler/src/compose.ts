import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { tickWakeUps } from '@millrace/core/bullmq';
import type { Config } from '@millrace/core/config';
import {
  connectLockNodes,
  connectStore,
  keysOf,
  publishHeartbeats,
  redisStore,
  redlockLocks,
  LOCK_TTL_MS,
  patientOptions,
  workOptions,
} from '@millrace/core/redis';
import type { Logger } from 'pino';
import { createScheduler, type Scheduler } from './create-scheduler.ts';

/** A scheduler on Redis with its own connections, which it closes when it stops. */
export const compose = async (config: Config, redisUrl: string, log: Logger): Promise<Scheduler> => {
  const [redis, queueRedis] = await connectStore(
    { url: redisUrl, ca: config.redisCa, prefix: config.prefix },
    patientOptions,
    workOptions,
  );
  const lockNodes = await connectLockNodes(config.lockUrls, config.redisCa);
  const keys = keysOf(config.prefix);
  const wakeUps = tickWakeUps(queueRedis, keys.queuePrefix);
  const scheduler = createScheduler({
    store: redisStore(redis, config.prefix),
    locks: redlockLocks(lockNodes.length > 0 ? lockNodes : [redis], keys.root, LOCK_TTL_MS),
    wakeUps,
    publishHeartbeats: (beats) => publishHeartbeats(redis, keys, beats),
    log,
    name: `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`,
    times: { sweepMs: config.sweepMs, watchdogMs: config.watchdogMs },
    queueConcurrency: config.queueConcurrency,
    retention: { count: config.retentionRuns, ageMs: config.retentionAgeMs },
  });
  let stopping: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    await scheduler.stop();
    // Closing would wait for an unavailable Redis.
    void wakeUps.close().catch(() => {});
    for (const connection of [redis, queueRedis, ...lockNodes]) connection.disconnect();
  };
  return {
    start: async (signal) => {
      signal?.addEventListener('abort', () => void (stopping ??= stop()), { once: true });
      await scheduler.start();
    },
    stop: () => (stopping ??= stop()),
  };
};
