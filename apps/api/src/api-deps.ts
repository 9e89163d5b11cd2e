import type { Config } from '@millrace/core/config';
import type { MillraceError } from '@millrace/core/domain';
import type { ArtifactStore, Feed, OverlapLocks, Store } from '@millrace/core/ports';
import type { Keys } from '@millrace/core/redis';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { ConnectionTimes } from './http/limited-server.ts';
import type { LiveWorkers } from './live/live-workers.ts';

/** Dependencies of routes: those of the API, and what the process itself keeps. */
export interface RouteDeps extends ApiDeps {
  readonly workers: LiveWorkers;
}

/** Dependencies of the API, built by `compose.ts`. */
export interface ApiDeps {
  readonly config: Pick<
    Config,
    | 'host'
    | 'port'
    | 'basePath'
    | 'corsOrigins'
    | 'defaultPipeline'
    | 'dataDir'
    | 'allowVolatile'
    | 'requestsPerMinute'
    | 'wrongTokensPerMinute'
    | 'trustProxy'
    | 'maxStreams'
    | 'maxStreamsPerClient'
    | 'keepAliveMs'
    | 'maxConnections'
    | 'auditEntries'
  >;
  readonly store: Store;
  readonly locks: OverlapLocks;
  readonly feed: Feed;
  readonly artifacts: ArtifactStore;
  /** For what the store does not cover: Redis's own health, rate limits, Bull Board. Fails fast. */
  readonly redis: Redis;
  readonly keys: Keys;
  readonly adminToken: string;
  readonly log: Logger;
  readonly version: string;
  /** Pipeline files that could not be loaded. */
  readonly problems: readonly MillraceError[];
  /** Pipelines defined by this process's files. */
  readonly defined?: ReadonlySet<string>;
  /** Folder of the built dashboard; default: next to this package, where `npm run build` puts it. */
  readonly dashboardDir?: string;
  /**
   * Requests per minute and session, or per address without a session (default: the configuration's), and wrong tokens
   * per address (default: 60).
   */
  readonly requestsPerMinute?: number;
  readonly failuresPerMinute?: number;
  /** Default: those of LIMITS. */
  readonly connectionTimes?: ConnectionTimes;
}
