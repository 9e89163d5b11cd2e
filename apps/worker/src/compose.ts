import { FsArtifactStore } from '@millrace/core/artifacts';
import { checkBullmq } from '@millrace/core/bullmq';
import type { Config } from '@millrace/core/config';
import { loadPipelines } from '@millrace/core/definition';
import { assertRedis } from '@millrace/core/embedded';
import { connectRedis, keysOf, redisFeed, redisStore, startLeaseThread, workOptions } from '@millrace/core/redis';
import path from 'node:path';
import type { Logger } from 'pino';
import { createWorker } from './worker.ts';

/** A hung main loop keeps its stages for this long. */
const MAX_LOOP_BLOCK_MS = 60_000;

/** Puts a worker together on a Redis; the one place where its adapters meet. */
export const composeWorker = async (config: Config, redisUrl: string, log: Logger) => {
  checkBullmq();
  await assertRedis(redisUrl, { allowVolatile: config.allowVolatile });
  const { loaded, problems } = await loadPipelines([...config.pipelines], process.cwd());
  for (const problem of problems) log.error({ errors: problem.errors }, problem.message);
  const redis = await connectRedis(redisUrl, workOptions);
  const subscriber = await connectRedis(redisUrl, workOptions);
  const keys = keysOf(config.prefix);
  const worker = createWorker({
    store: redisStore(redis, config.prefix),
    control: redisFeed(subscriber, keys),
    artifacts: new FsArtifactStore(path.join(config.dataDir, 'artifacts')),
    pipelines: loaded,
    queues: config.workerQueues,
    concurrency: config.workerConcurrency,
    leaseMs: config.leaseMs,
    heartbeatMs: config.heartbeatMs,
    drainMs: config.drainMs,
    connection: { ...workOptions, url: redisUrl },
    prefix: keys.queuePrefix,
    keepLease: (id) =>
      startLeaseThread({ url: redisUrl, root: keys.root, worker: id, ttlMs: config.leaseMs, beatMs: config.heartbeatMs, maxLoopBlockMs: MAX_LOOP_BLOCK_MS }),
    log,
  });
  return {
    start: worker.start,
    stop: async () => {
      await worker.stop();
      subscriber.disconnect();
      redis.disconnect();
    },
  };
};
