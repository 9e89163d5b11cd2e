import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { z } from 'zod';
import { type ErrorDetail, MillraceError, nearestName } from '../domain/index.ts';
import type { ArtifactLimits } from '../ports/index.ts';
import { ownEnvironment } from '../secrets/index.ts';
import { findDataFolder } from './data-folder.ts';
import { LEAST_TOKEN_BITS, tokenBits } from './token-strength.ts';
import { FOREIGN_VARIABLES, type VariableName, VARIABLES } from './variables.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration of a process, read once and frozen. Times are ms. */
export interface Config {
  /** Null: an embedded server under `dataDir`. */
  readonly redisUrl: string | null;
  /** PEM; null: the authorities that Node trusts. */
  readonly redisCa: string | null;
  readonly host: string;
  readonly port: number;
  /** Path of the API below its host: "" or "/millrace". */
  readonly basePath: string;
  /** Null: see `adminToken`. */
  readonly adminToken: string | null;
  readonly pipelines: readonly string[];
  readonly defaultPipeline: string | null;
  /** Absolute. */
  readonly dataDir: string;
  /** Empty: the one Redis is the lock node. */
  readonly lockUrls: readonly string[];
  /** Null: the queues of every pipeline the worker knows. */
  readonly workerQueues: readonly string[] | null;
  readonly workerConcurrency: number;
  /** Queue -> stages that may run at once on all workers together. */
  readonly queueConcurrency: ReadonlyMap<string, number>;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly sweepMs: number;
  readonly watchdogMs: number;
  readonly drainMs: number;
  readonly prefix: string;
  readonly retentionRuns: number;
  readonly retentionAgeMs: number;
  readonly artifactLimits: ArtifactLimits;
  readonly corsOrigins: readonly string[];
  readonly requestsPerMinute: number;
  readonly wrongTokensPerMinute: number;
  /** Addresses, ranges and names of ranges. */
  readonly trustProxy: readonly string[];
  readonly maxStreams: number;
  readonly maxStreamsPerClient: number;
  readonly keepAliveMs: number;
  readonly maxConnections: number;
  /** Entries of the audit log that are kept. */
  readonly auditEntries: number;
  readonly allowVolatile: boolean;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  /** The source of each value. */
  readonly sources: Readonly<Record<VariableName, ValueSource>>;
}
export type ValueSource = 'environment' | 'default' | 'file';

/**
 * Reads the configuration from an environment; an empty value counts as absent. Reports all problems together as
 * `invalid_config`, each error with the variable's name. Unknown MILLRACE_* names are problems too.
 */
export const readConfig = (environment: Environment = ownEnvironment(), cwd: string = process.cwd()): Config => {
  const problems: ErrorDetail[] = unknownNames(environment);
  const complain = (path: VariableName, message: string) => void problems.push({ path, message });
  const token = readTokenFile(environment, complain);
  const read = readVariables({ ...environment, ...(token === null ? {} : { MILLRACE_ADMIN_TOKEN: token }) }, complain);
  const redisCa = readAuthorities(environment, cwd, complain);
  const config = toConfig({ ...read, redisCa }, environment, cwd, sourcesOf(environment, token !== null));
  if (problems.length === 0) checkRelations(config, complain);
  if (problems.length === 0) return config;
  throw new MillraceError(
    'invalid_config',
    ['The configuration is wrong:', ...problems.map(({ path, message }) => `  ${path} ${message}`)].join('\n'),
    {
      errors: problems,
    },
  );
};

const unknownNames = (environment: Environment): ErrorDetail[] => {
  const known = [...Object.keys(VARIABLES), ...FOREIGN_VARIABLES];
  return Object.keys(environment)
    .filter((name) => name.startsWith('MILLRACE_') && !known.includes(name))
    .map((name) => {
      const nearest = nearestName(name, known);
      return { path: name, message: nearest ? `is not known; did you mean ${nearest}?` : 'is not known' };
    });
};

type Complain = (path: VariableName, message: string) => void;

const readTokenFile = (environment: Environment, complain: Complain): string | null => {
  const path = environment.MILLRACE_ADMIN_TOKEN_FILE;
  if (!path) return null;
  if (environment.MILLRACE_ADMIN_TOKEN)
    complain('MILLRACE_ADMIN_TOKEN_FILE', 'and MILLRACE_ADMIN_TOKEN are both set; set one');
  try {
    const token = readFileSync(path, 'utf8').trim();
    if (token === '') complain('MILLRACE_ADMIN_TOKEN_FILE', `names ${path}, which is empty`);
    return token || null;
  } catch (error) {
    complain('MILLRACE_ADMIN_TOKEN_FILE', `cannot be read: ${(error as Error).message}`);
    return null;
  }
};

/** The contents of the CA file, which must be certificates. */
const readAuthorities = (environment: Environment, cwd: string, complain: Complain): string | null => {
  const path = environment.MILLRACE_REDIS_CA_FILE;
  if (!path) return null;
  try {
    const pem = readFileSync(resolve(cwd, path), 'utf8');
    const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    for (const certificate of certificates) new X509Certificate(certificate);
    if (certificates.length > 0) return pem;
    complain('MILLRACE_REDIS_CA_FILE', `names ${path}, which has no certificate in it (PEM)`);
  } catch (error) {
    complain('MILLRACE_REDIS_CA_FILE', `cannot be read: ${(error as Error).message}`);
  }
  return null;
};

type Values = { [N in VariableName]: z.output<(typeof VARIABLES)[N]['schema']> | null };

/** Reports an invalid variable and reads it as null. */
const readVariables = (environment: Environment, complain: Complain): Values => {
  const values: Partial<Record<VariableName, unknown>> = {};
  for (const [name, variable] of entries()) {
    const text = environment[name] || ('fallback' in variable ? variable.fallback : null);
    const parsed = text === null ? null : variable.schema.safeParse(text);
    values[name] = parsed?.success ? parsed.data : null;
    if (parsed?.success !== false) continue;
    for (const issue of parsed.error.issues)
      complain(name, `${issue.path.length > 0 ? `entry ${Number(issue.path[0]) + 1} ` : ''}${issue.message}`);
  }
  return values as Values;
};

const entries = () => Object.entries(VARIABLES) as [VariableName, (typeof VARIABLES)[VariableName]][];

const sourcesOf = (environment: Environment, tokenFromFile: boolean): Record<VariableName, ValueSource> => {
  const sources = Object.fromEntries(
    entries().map(([name]) => [name, environment[name] ? 'environment' : 'default']),
  ) as Record<VariableName, ValueSource>;
  return { ...sources, ...(tokenFromFile ? { MILLRACE_ADMIN_TOKEN: 'file' } : {}) };
};

const toConfig = (
  read: Values & { readonly redisCa: string | null },
  environment: Environment,
  cwd: string,
  sources: Record<VariableName, ValueSource>,
): Config =>
  Object.freeze({
    redisUrl: read.REDIS_URL,
    redisCa: read.redisCa,
    host: read.MILLRACE_HOST!,
    port: read.MILLRACE_PORT!,
    basePath: read.MILLRACE_BASE_PATH ?? '',
    adminToken: read.MILLRACE_ADMIN_TOKEN,
    pipelines: Object.freeze(read.MILLRACE_PIPELINES ?? []),
    defaultPipeline: read.MILLRACE_DEFAULT_PIPELINE,
    dataDir: findDataFolder(environment['MILLRACE_DATA_DIR'], cwd),
    lockUrls: Object.freeze(read.MILLRACE_LOCK_URLS ?? []),
    workerQueues: read.MILLRACE_WORKER_QUEUES && Object.freeze(read.MILLRACE_WORKER_QUEUES),
    workerConcurrency: read.MILLRACE_WORKER_CONCURRENCY!,
    queueConcurrency: read.MILLRACE_QUEUE_CONCURRENCY ?? new Map(),
    leaseMs: read.MILLRACE_LEASE_MS!,
    heartbeatMs: read.MILLRACE_HEARTBEAT_MS!,
    sweepMs: read.MILLRACE_SWEEP_MS!,
    watchdogMs: read.MILLRACE_WATCHDOG_MS!,
    drainMs: read.MILLRACE_DRAIN_MS!,
    prefix: read.MILLRACE_PREFIX!,
    retentionRuns: read.MILLRACE_RETENTION_RUNS!,
    retentionAgeMs: read.MILLRACE_RETENTION_AGE!,
    artifactLimits: Object.freeze({
      attempt: Object.freeze({
        count: read.MILLRACE_ARTIFACT_ATTEMPT_COUNT!,
        bytes: read.MILLRACE_ARTIFACT_ATTEMPT_BYTES!,
      }),
      run: Object.freeze({ count: read.MILLRACE_ARTIFACT_RUN_COUNT!, bytes: read.MILLRACE_ARTIFACT_RUN_BYTES! }),
    }),
    corsOrigins: Object.freeze(read.MILLRACE_CORS_ORIGINS ?? []),
    requestsPerMinute: read.MILLRACE_REQUESTS_PER_MINUTE!,
    wrongTokensPerMinute: read.MILLRACE_WRONG_TOKENS_PER_MINUTE!,
    trustProxy: Object.freeze(read.MILLRACE_TRUST_PROXY ?? []),
    maxStreams: read.MILLRACE_MAX_STREAMS!,
    maxStreamsPerClient: read.MILLRACE_MAX_STREAMS_PER_CLIENT!,
    keepAliveMs: read.MILLRACE_KEEP_ALIVE_MS!,
    maxConnections: read.MILLRACE_MAX_CONNECTIONS!,
    auditEntries: read.MILLRACE_AUDIT_ENTRIES!,
    allowVolatile: read.MILLRACE_ALLOW_VOLATILE!,
    logLevel: read.LOG_LEVEL!,
    sources: Object.freeze(sources),
  });

const checkRelations = (config: Config, complain: Complain): void => {
  if (config.leaseMs < 3 * config.heartbeatMs)
    complain(
      'MILLRACE_LEASE_MS',
      `is ${config.leaseMs}; it must be at least three heartbeats (MILLRACE_HEARTBEAT_MS is ${config.heartbeatMs}), so that one late renewal loses nothing`,
    );
  if (config.sweepMs > config.leaseMs)
    complain(
      'MILLRACE_SWEEP_MS',
      `is ${config.sweepMs}; it must not exceed the lease (MILLRACE_LEASE_MS is ${config.leaseMs})`,
    );
  if (config.redisCa !== null && ![config.redisUrl, ...config.lockUrls].some((url) => url?.startsWith('rediss:')))
    complain('MILLRACE_REDIS_CA_FILE', 'is set, but no address of a Redis begins with rediss://');
  if (config.pipelines.length === 0) complain('MILLRACE_PIPELINES', 'names no folder');
  if (config.workerQueues?.length === 0) complain('MILLRACE_WORKER_QUEUES', 'names no queue');
  if (isLoopback(config.host)) return;
  if (config.adminToken === null)
    complain('MILLRACE_HOST', `is ${config.host}, which others can reach: set MILLRACE_ADMIN_TOKEN`);
  else if (tokenBits(config.adminToken) < LEAST_TOKEN_BITS)
    complain(
      'MILLRACE_ADMIN_TOKEN',
      `is weak (some ${Math.round(tokenBits(config.adminToken))} bits, ${LEAST_TOKEN_BITS} are needed) and MILLRACE_HOST is ${config.host}, which others can reach: set it to the output of "openssl rand -hex 32"`,
    );
};

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
