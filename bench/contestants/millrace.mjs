/*
 * Millrace as it is deployed: the worker's own main.js, runs started through the engine; every state and event
 * recorded.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { startChild } from './child-process.mjs';
import { queueAtRest } from './queue-at-rest.mjs';

const PREFIX = 'bench';
/** Beyond any row: the heartbeats stay out of the counted round trips. */
const HEARTBEAT_MS = 600_000;

/**
 * Opens a flushed deployment of a version. `worker: false`: no worker until `startWorker`. `pipelines`: a folder of
 * `pipelines/`, or one elsewhere by its whole path; `pipeline`: the one that is started.
 */
export const openMillrace = async (version, server, options = {}) => {
  const { concurrency = 50, marks = false, worker = true, pipelines: folder = 'chain', pipeline = 'chain' } = options;
  const { connectRedis, keysOf, redisStore, redlockLocks, requestOptions } = version.core.redis;
  const pipelines = resolve(version.bench, 'pipelines', folder);
  const redis = await connectRedis(server.url, { ...requestOptions, silenceMs: 60_000 });
  await redis.flushall();
  const keys = keysOf(PREFIX);
  const store = redisStore(redis, PREFIX);
  const locks = redlockLocks([redis], keys.root, 30_000);
  const { loaded, problems } = await version.core.definition.loadPipelines([pipelines], process.cwd());
  if (problems.length > 0) throw problems[0];
  for (const { pipeline: definition } of loaded) await store.registerPipeline(definition, { makeCurrent: true });
  const dataDir = mkdtempSync(resolve(tmpdir(), 'millrace-bench-'));
  let child = null;

  const startWorker = async () => {
    child = startChild(pathToFileURL(resolve(version.root, 'apps/worker/dist/main.js')), {
      REDIS_URL: server.url,
      MILLRACE_PREFIX: PREFIX,
      MILLRACE_PIPELINES: pipelines,
      MILLRACE_DATA_DIR: dataDir,
      MILLRACE_WORKER_CONCURRENCY: String(concurrency),
      MILLRACE_HEARTBEAT_MS: String(HEARTBEAT_MS),
      MILLRACE_LEASE_MS: String(3 * HEARTBEAT_MS),
      LOG_LEVEL: 'error',
      ...(marks ? { BENCH_MARKS: '1' } : {}),
    });
    const isThere = async () => (await store.workers()).length > 0;
    while (!(await Promise.race([isThere(), child.failed]))) await delay(10);
  };
  if (worker) await startWorker();

  const startOne = async (name = pipeline, params = {}) => {
    const answer = await version.core.engine.startRun(store, locks, {
      pipeline: name,
      params,
      trigger: { kind: 'manual' },
    });
    if (answer.kind !== 'started') throw new Error(`a run was not started: ${JSON.stringify(answer)}`);
    return answer.runId;
  };
  return {
    name: version.name,
    version,
    redis,
    store,
    keys,
    pipelines,
    dataDir,
    /** As MILLRACE_PREFIX. */
    deployment: PREFIX,
    prefix: keys.queuePrefix,
    startWorker,
    get workerPid() {
      return child.pid;
    },
    marks: async () => (await child.ask('marks')).marks,
    startOne,
    startMany: async (count) => {
      for (let left = count; left > 0; left -= 100)
        await Promise.all(Array.from({ length: Math.min(100, left) }, () => startOne()));
    },
    atRest: () => queueAtRest(redis, keys.queuePrefix),
    /** Runs that ended. */
    ended: () => redis.zcard(`${keys.root}/ended`),
    stagesDone: async () => 3 * (await redis.zcard(`${keys.root}/ended`)),
    close: async () => {
      await child?.stop();
      redis.disconnect();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};
