import { FsArtifactStore } from '@millrace/core/artifacts';
import { checkBullmq, createFinalizer } from '@millrace/core/bullmq';
import type { Config } from '@millrace/core/config';
import { loadPipelines } from '@millrace/core/definition';
import {
  connectLockNodes,
  connectStore,
  isStoreTrouble,
  keysOf,
  redisFeed,
  redisStore,
  redlockLocks,
  LOCK_TTL_MS,
  startLeaseThread,
  tlsOf,
  workOptions,
} from '@millrace/core/redis';
import path from 'node:path';
import type { Logger } from 'pino';
import { keepRemovingArtifacts } from './remove-artifacts.ts';
import { keepSweeping } from './sweep-leftovers.ts';
import { createWorker } from './worker.ts';

/** How long a hung main loop keeps its stages, ms. */
const MAX_LOOP_BLOCK_MS = 60_000;

/** Composes a worker on a Redis: the only place that wires its adapters. */
export const composeWorker = async (config: Config, redisUrl: string, log: Logger) => {
  checkBullmq();
  const { loaded, problems } = await loadPipelines([...config.pipelines], process.cwd());
  for (const problem of problems) log.error({ errors: problem.errors }, problem.message);
  if (loaded.length === 0 && problems.length === 0)
    log.warn(`there is no pipeline file in ${config.pipelines.join(', ')}`);
  const [redis, subscriber] = await connectStore(
    { url: redisUrl, ca: config.redisCa, prefix: config.prefix },
    workOptions,
    workOptions,
  );
  const lockNodes = await connectLockNodes(config.lockUrls, config.redisCa);
  const keys = keysOf(config.prefix);
  const store = redisStore(redis, config.prefix);
  const finalizer = createFinalizer({
    store,
    locks: redlockLocks(lockNodes.length > 0 ? lockNodes : [redis], keys.root, LOCK_TTL_MS),
    redis,
    queuePrefix: keys.queuePrefix,
    onFailure: ({ runId, attempt, error }) =>
      log[isStoreTrouble(error) ? 'debug' : 'error'](
        { err: error, run_id: runId, attempt },
        'the closing work of a run failed',
      ),
  });
  const artifactsFolder = path.join(config.dataDir, 'artifacts');
  const artifacts = new FsArtifactStore(artifactsFolder);
  let endSweeping = () => {};
  let endRemoving = () => {};
  const worker = createWorker({
    store,
    control: redisFeed(subscriber, keys),
    artifacts,
    artifactLimits: config.artifactLimits,
    pipelines: loaded,
    queues: config.workerQueues,
    concurrency: config.workerConcurrency,
    leaseMs: config.leaseMs,
    heartbeatMs: config.heartbeatMs,
    drainMs: config.drainMs,
    connection: { ...workOptions, ...tlsOf(redisUrl, config.redisCa), url: redisUrl },
    prefix: keys.queuePrefix,
    keepLease: (id) =>
      startLeaseThread({
        url: redisUrl,
        ...tlsOf(redisUrl, config.redisCa),
        root: keys.root,
        worker: id,
        ttlMs: config.leaseMs,
        beatMs: config.heartbeatMs,
        maxLoopBlockMs: MAX_LOOP_BLOCK_MS,
      }),
    log,
  });
  return {
    start: async (onRegistered?: () => void) => {
      endSweeping = keepSweeping(artifactsFolder, log);
      await worker.start(onRegistered);
      endRemoving = keepRemovingArtifacts({
        store,
        artifacts,
        folder: artifactsFolder,
        everyMs: config.sweepMs,
        retentionAgeMs: config.retentionAgeMs,
        log,
      });
      await finalizer.start();
    },
    stop: async (because: string | null = null) => {
      endSweeping();
      endRemoving();
      await worker.stop(because);
      await finalizer.stop();
      for (const connection of [redis, subscriber, ...lockNodes]) connection.disconnect();
    },
  };
};
