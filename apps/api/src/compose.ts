import { join } from 'node:path';
import { createRequire } from 'node:module';
import { FsArtifactStore } from '@millrace/core/artifacts';
import type { Config } from '@millrace/core/config';
import { loadPipelines } from '@millrace/core/definition';
import {
  connectLockNodes,
  connectStore,
  keysOf,
  redisFeed,
  redisStore,
  redlockLocks,
  LOCK_TTL_MS,
  requestOptions,
  workOptions,
} from '@millrace/core/redis';
import type { Logger } from 'pino';
import { type Api, createApi } from './create-api.ts';
import { tellDefinitions } from './tell-definitions.ts';

export interface ComposedApi extends Api {
  /** Stops the API and closes its connections. */
  stop(): Promise<void>;
}

/**
 * Composes the API on a checked Redis: the only place that wires adapters. Loads and registers the configured
 * pipelines; invalid files are logged and shown in /health, and do not prevent the start.
 */
export const composeApi = async (options: {
  config: Config;
  redisUrl: string;
  adminToken: string;
  log: Logger;
  cwd?: string;
}): Promise<ComposedApi> => {
  const { config, redisUrl, adminToken, log } = options;
  const [redis, subscriber] = await connectStore(
    { url: redisUrl, ca: config.redisCa, prefix: config.prefix },
    requestOptions,
    workOptions,
  );
  const lockNodes = config.lockUrls.length === 0 ? [redis] : await connectLockNodes(config.lockUrls, config.redisCa);
  const disconnect = () => {
    for (const connection of new Set([redis, subscriber, ...lockNodes])) connection.disconnect();
  };
  try {
    const keys = keysOf(config.prefix);
    const store = redisStore(redis, config.prefix);
    const { loaded, problems } = await loadPipelines(config.pipelines, options.cwd ?? process.cwd(), {
      handlers: false,
    });
    for (const problem of problems) log.error({ errors: problem.errors }, problem.message);
    if (loaded.length === 0 && problems.length === 0)
      log.warn(`there is no pipeline file in ${config.pipelines.join(', ')}`);
    const endTelling = await tellDefinitions({
      store,
      loaded,
      problems,
      patterns: config.pipelines,
      cwd: options.cwd ?? process.cwd(),
      log,
    });
    const api = createApi({
      config,
      store,
      locks: redlockLocks(lockNodes, keys.root, LOCK_TTL_MS),
      feed: redisFeed(subscriber, keys),
      artifacts: new FsArtifactStore(join(config.dataDir, 'artifacts')),
      redis,
      keys,
      adminToken,
      log,
      version: (createRequire(import.meta.url)('../package.json') as { version: string }).version,
      problems,
      defined: new Set(loaded.map(({ pipeline }) => pipeline.name)),
    });
    let stopped: Promise<void> | null = null;
    const stop = () => (stopped ??= api.stop().finally(endTelling).finally(disconnect));
    return {
      server: api.server,
      get url() {
        return api.url;
      },
      start: (signal) => {
        signal?.addEventListener('abort', () => void stop(), { once: true });
        return api.start();
      },
      stop,
    };
  } catch (error) {
    disconnect();
    throw error;
  }
};
