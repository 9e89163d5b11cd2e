import type { Redis } from 'ioredis';
import { MillraceError } from '../domain/index.ts';
import { addressOf } from '../redis/index.ts';
import { askRedis } from './ask-redis.ts';
import { isNewEnough } from './find-binary.ts';

/** Why a Redis must not, or (`warning`) should not, store runs. */
export interface Problem {
  readonly code: 'too_old' | 'replica' | 'evicts' | 'no_aof' | 'fsync_not_always' | 'fsync_unknown';
  readonly severity: 'refusal' | 'warning';
  readonly message: string;
}

/**
 * Problems of the Redis at `url`; an empty list means it is durable. `allowVolatile` downgrades a missing AOF to a
 * warning. Falls back to INFO where CONFIG is forbidden (hosted Redis). Throws `store_unavailable` for an unreachable
 * server.
 */
export const checkRedis = (
  url: string,
  { allowVolatile = false, ca = null }: CheckOptions = {},
): Promise<readonly Problem[]> =>
  askRedis(
    url,
    async (redis) => {
      const info = parseInfo(await redis.info());
      const policy = (await setting(redis, 'maxmemory-policy')) ?? info.maxmemory_policy;
      const fsync = await setting(redis, 'appendfsync');
      return [...ageOf(info), ...roleOf(info), ...evictionOf(policy), ...durabilityOf(info, fsync, allowVolatile)];
    },
    { ca },
  );

interface CheckOptions {
  readonly allowVolatile?: boolean;
  /** PEM; see `tlsOf`. */
  readonly ca?: string | null;
}

/** Throws `not_durable` with every refusal; returns the warnings. */
export const assertRedis = async (url: string, options: CheckOptions = {}): Promise<readonly Problem[]> => {
  const problems = await checkRedis(url, options);
  const refusals = problems.filter((problem) => problem.severity === 'refusal');
  if (refusals.length === 0) return problems;
  throw new MillraceError(
    'not_durable',
    `Redis at ${addressOf(url)} cannot be used: ${refusals.map((problem) => problem.message).join('; ')}`,
    {
      errors: refusals.map((problem) => ({ path: problem.code, message: problem.message })),
    },
  );
};

type Info = Readonly<Record<string, string | undefined>>;

const ageOf = (info: Info): Problem[] =>
  isNewEnough(info.redis_version ?? '0.0')
    ? []
    : [refusal('too_old', `it is version ${info.redis_version ?? 'unknown'}; the oldest supported version is 6.2`)];

const roleOf = (info: Info): Problem[] =>
  info.role === 'master'
    ? []
    : [
        refusal(
          'replica',
          `it is a replica (role ${info.role ?? 'unknown'}) of ${info.master_host ?? '?'}:${info.master_port ?? '?'}: writes belong to the master`,
        ),
      ];

const evictionOf = (policy: string | undefined): Problem[] =>
  policy === 'noeviction'
    ? []
    : [
        refusal(
          'evicts',
          `its maxmemory-policy is ${policy ?? 'unknown'}: it evicts runs when memory runs low; set "maxmemory-policy noeviction"`,
        ),
      ];

const durabilityOf = (info: Info, fsync: string | undefined, allowVolatile: boolean): Problem[] => {
  if (info.aof_enabled !== '1')
    return [
      {
        code: 'no_aof',
        severity: allowVolatile ? 'warning' : 'refusal',
        message:
          'it has no AOF: a crash loses acknowledged runs; set "appendonly yes" (or accept the loss with MILLRACE_ALLOW_VOLATILE=true)',
      },
    ];
  if (fsync === undefined)
    return [
      { code: 'fsync_unknown', severity: 'warning', message: 'CONFIG is forbidden, so appendfsync could not be read' },
    ];
  return fsync === 'always'
    ? []
    : [
        {
          code: 'fsync_not_always',
          severity: 'warning',
          message: `its appendfsync is ${fsync}: a crash of the machine may lose the last seconds; "always" loses nothing`,
        },
      ];
};

const refusal = (code: Problem['code'], message: string): Problem => ({ code, severity: 'refusal', message });

/** Undefined when CONFIG is renamed or forbidden. */
const setting = async (redis: Redis, name: string): Promise<string | undefined> => {
  try {
    const answer: unknown = await redis.config('GET', name);
    return Array.isArray(answer) ? (answer[1] as string | undefined) : (answer as Record<string, string>)[name];
  } catch {
    return undefined;
  }
};

const parseInfo = (text: string): Info =>
  Object.fromEntries([...text.matchAll(/^([a-z_0-9]+):(.*?)\r?$/gm)].map((line) => [line[1], line[2]]));
