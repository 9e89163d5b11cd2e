import { FsArtifactStore } from '@millrace/core/artifacts';
import { checkBullmq, createFinalizer } from '@millrace/core/bullmq';
import type { Config } from '@millrace/core/config';
import { loadPipelines } from '@millrace/core/definition';
import { connectEach, connectLockNodes, keysOf, redisFeed, redisStore, redlockLocks, LOCK_TTL_MS, startLeaseThread, workOptions } from '@millrace/core/redis';
import path from 'node:path';
import type { Logger } from 'pino';
import { keepSweeping } from './sweep-leftovers.ts';
import { createWorker } from './worker.ts';

/** A hung main loop keeps its stages for this long. */
const MAX_LOOP_BLOCK_MS = 60_000;

/** Puts a worker together on a Redis; the one place where its adapters meet. */
export const composeWorker = async (config: Config, redisUrl: string, log: Logger) => {
  checkBullmq();
  const { loaded, problems } = await loadPipelines([...config.pipelines], process.cwd());
  for (const problem of problems) log.error({ errors: problem.errors }, problem.message);
  if (loaded.length === 0 && problems.length === 0) log.warn(`there is no pipeline file in ${config.pipelines.join(', ')}`);
  const [redis, subscriber] = await connectEach(redisUrl, workOptions, workOptions);
  const lockNodes = await connectLockNodes(config.lockUrls);
  const keys = keysOf(config.prefix);
  const store = redisStore(redis, config.prefix);
  const finalizer = createFinalizer({
    store,
    locks: redlockLocks(lockNodes.length > 0 ? lockNodes : [redis], keys.root, LOCK_TTL_MS),
    redis,
    queuePrefix: keys.queuePrefix,
    onFailure: ({ runId, attempt, error }) => log.error({ err: error, run_id: runId, attempt }, 'the closing work of a run failed'),
  });
  const artifactsFolder = path.join(config.dataDir, 'artifacts');
  let endSweeping = () => {};
  const worker = createWorker({
    store,
    control: redisFeed(subscriber, keys),
    artifacts: new FsArtifactStore(artifactsFolder),
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
    start: async (onRegistered?: () => void) => {
      endSweeping = keepSweeping(artifactsFolder, log);
      await worker.start(onRegistered);
      await finalizer.start();
    },
    stop: async (because: string | null = null) => {
      endSweeping();
      await worker.stop(because);
      await finalizer.stop();
      for (const connection of [redis, subscriber, ...lockNodes]) connection.disconnect();
    },
  };
};
