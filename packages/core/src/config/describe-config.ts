import type { Config, ValueSource } from './config.ts';
import { VARIABLES, type VariableName } from './variables.ts';

export interface ConfigLine {
  readonly variable: VariableName;
  /** Secrets are redacted; null: not set. */
  readonly value: string | null;
  readonly source: ValueSource;
  readonly says: string;
}

/** Each variable with its value and source, for `millrace doctor config`. */
export const describeConfig = (config: Config): readonly ConfigLine[] =>
  (Object.keys(VARIABLES) as VariableName[]).map((variable) => ({
    variable,
    value: VALUES[variable](config),
    source: config.sources[variable],
    says: VARIABLES[variable].says,
  }));

type Show = (config: Config) => string | null;

const VALUES: Readonly<Record<VariableName, Show>> = {
  REDIS_URL: ({ redisUrl }) => redisUrl && withoutPassword(redisUrl),
  MILLRACE_REDIS_CA_FILE: ({ redisCa }) => redisCa && 'read',
  MILLRACE_HOST: ({ host }) => host,
  MILLRACE_PORT: ({ port }) => String(port),
  MILLRACE_ADMIN_TOKEN: ({ adminToken }) => adminToken && '***',
  MILLRACE_ADMIN_TOKEN_FILE: ({ sources }) => (sources.MILLRACE_ADMIN_TOKEN === 'file' ? 'read' : null),
  MILLRACE_BASE_PATH: ({ basePath }) => basePath || null,
  MILLRACE_PIPELINES: ({ pipelines }) => pipelines.join(','),
  MILLRACE_DEFAULT_PIPELINE: ({ defaultPipeline }) => defaultPipeline,
  MILLRACE_DATA_DIR: ({ dataDir }) => dataDir,
  MILLRACE_LOCK_URLS: ({ lockUrls }) => lockUrls.map(withoutPassword).join(',') || null,
  MILLRACE_QUEUE_CONCURRENCY: ({ queueConcurrency }) =>
    [...queueConcurrency].map(([queue, most]) => `${queue}=${most}`).join(','),
  MILLRACE_WORKER_QUEUES: ({ workerQueues }) => workerQueues && workerQueues.join(','),
  MILLRACE_WORKER_CONCURRENCY: ({ workerConcurrency }) => String(workerConcurrency),
  MILLRACE_LEASE_MS: ({ leaseMs }) => String(leaseMs),
  MILLRACE_HEARTBEAT_MS: ({ heartbeatMs }) => String(heartbeatMs),
  MILLRACE_SWEEP_MS: ({ sweepMs }) => String(sweepMs),
  MILLRACE_WATCHDOG_MS: ({ watchdogMs }) => String(watchdogMs),
  MILLRACE_DRAIN_MS: ({ drainMs }) => String(drainMs),
  MILLRACE_PREFIX: ({ prefix }) => prefix,
  MILLRACE_RETENTION_RUNS: ({ retentionRuns }) => String(retentionRuns),
  MILLRACE_RETENTION_AGE: ({ retentionAgeMs }) => `${retentionAgeMs}ms`,
  MILLRACE_ARTIFACT_ATTEMPT_COUNT: ({ artifactLimits }) => String(artifactLimits.attempt.count),
  MILLRACE_ARTIFACT_ATTEMPT_BYTES: ({ artifactLimits }) => String(artifactLimits.attempt.bytes),
  MILLRACE_ARTIFACT_RUN_COUNT: ({ artifactLimits }) => String(artifactLimits.run.count),
  MILLRACE_ARTIFACT_RUN_BYTES: ({ artifactLimits }) => String(artifactLimits.run.bytes),
  MILLRACE_CORS_ORIGINS: ({ corsOrigins }) => corsOrigins.join(',') || null,
  MILLRACE_REQUESTS_PER_MINUTE: ({ requestsPerMinute }) => String(requestsPerMinute),
  MILLRACE_WRONG_TOKENS_PER_MINUTE: ({ wrongTokensPerMinute }) => String(wrongTokensPerMinute),
  MILLRACE_TRUST_PROXY: ({ trustProxy }) => trustProxy.join(',') || null,
  MILLRACE_MAX_STREAMS: ({ maxStreams }) => String(maxStreams),
  MILLRACE_MAX_STREAMS_PER_CLIENT: ({ maxStreamsPerClient }) => String(maxStreamsPerClient),
  MILLRACE_KEEP_ALIVE_MS: ({ keepAliveMs }) => String(keepAliveMs),
  MILLRACE_MAX_CONNECTIONS: ({ maxConnections }) => String(maxConnections),
  MILLRACE_AUDIT_ENTRIES: ({ auditEntries }) => String(auditEntries),
  MILLRACE_ALLOW_VOLATILE: ({ allowVolatile }) => String(allowVolatile),
  LOG_LEVEL: ({ logLevel }) => logLevel,
};

const withoutPassword = (url: string): string => url.replace(/^(rediss?:\/\/[^:@/]*):[^@]*@/, '$1:***@');
