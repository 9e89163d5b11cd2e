import { isIP } from 'node:net';
import { z } from 'zod';
import { isName, NAME_RULE, parseDuration } from '../domain/index.ts';
import { readRedisUrl } from './redis-url.ts';

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);
const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`));
const milliseconds = wholeNumber(10, 86_400_000);
const UNITS: Readonly<Record<string, number>> = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };
const bytes = z
  .string()
  .regex(/^\d{1,15} ?([KMGT]iB)?$/, 'must be a number of bytes, or one with KiB, MiB, GiB or TiB')
  .transform((text) => Number.parseInt(text, 10) * UNITS[text.replace(/^\d+ ?/, '')]!)
  .pipe(
    z
      .number()
      .min(1, 'must be at least 1')
      .max(2 ** 50, 'must be at most 1024 TiB'),
  );
const flag = z
  .enum(['true', 'false', '1', '0'], 'must be true or false')
  .transform((text) => text === 'true' || text === '1');
const redisAddress = z.string().transform((text, context) => {
  const read = readRedisUrl(text);
  if ('url' in read) return read.url;
  context.addIssue(read.problem);
  return z.NEVER;
});
const httpOrigin = z
  .string()
  .refine(
    (text) => /^https?:$/.test(protocolOf(text)) && new URL(text).origin === text,
    'must be an origin such as https://ops.example.com',
  );
const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms === null || ms === 0) context.addIssue('must be a duration such as "90s", "12h" or "30d"');
  return ms ?? 0;
});
const queueLimits = list.transform((entries, context) => {
  const limits: Map<string, number> = new Map();
  for (const [at, entry] of entries.entries()) {
    const [, queue = '', most = ''] = /^([^=]*)=(\d{1,6})$/.exec(entry) ?? [];
    if (!isName(queue) || Number(most) < 1)
      context.addIssue({
        code: 'custom',
        path: [at],
        message: `${JSON.stringify(entry)} must be a queue and a number from 1 on, such as video=1`,
      });
    else if (limits.has(queue)) context.addIssue({ code: 'custom', path: [at], message: `names ${queue} again` });
    else limits.set(queue, Number(most));
  }
  return limits;
});
const isProxy = (text: string): boolean => {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (bits === undefined) return version !== 0 || ['loopback', 'linklocal', 'uniquelocal'].includes(text);
  return (
    version !== 0 &&
    rest.length === 0 &&
    /^\d{1,3}$/.test(bits) &&
    Number(bits) > 0 &&
    Number(bits) <= (version === 4 ? 32 : 128)
  );
};
const proxies = list.pipe(
  z.array(
    z
      .string()
      .refine(
        isProxy,
        'must be addresses of proxies, ranges such as 10.0.0.0/8, or "loopback", "linklocal", "uniquelocal"',
      ),
  ),
);
const pathOfUrl = z
  .string()
  .regex(/^(?:\/[\w.~-]+)+$/, 'must be a path such as /millrace, without a slash at its end')
  .max(200)
  .refine((text) => !/\/\.{1,2}(?:\/|$)/.test(text), 'must not contain the segments "." or ".."');
const name = z.string().refine(isName, `must be ${NAME_RULE}`);

/** Every environment variable, with its default (as text), schema and description. */
export const VARIABLES = {
  REDIS_URL: {
    schema: redisAddress,
    says: 'The Redis to use, `redis[s]://[user:password@]host[:port][/database]`; absent: an embedded one in the data folder',
    secret: true,
  },
  MILLRACE_REDIS_CA_FILE: {
    schema: z.string(),
    says: 'A PEM file of certificate authorities trusted for `rediss://` addresses; absent: those that Node trusts',
  },
  MILLRACE_HOST: { schema: z.string(), fallback: '127.0.0.1', says: 'Address the API binds to' },
  MILLRACE_PORT: { schema: wholeNumber(0, 65_535), fallback: '3000', says: 'Port of the API; 0 picks a free one' },
  MILLRACE_BASE_PATH: {
    schema: pathOfUrl,
    says: 'Path below which a reverse proxy serves the API and the dashboard, such as `/millrace`. Whether the proxy passes the path on or cuts it off, both work',
  },
  MILLRACE_ADMIN_TOKEN: {
    schema: z.string(),
    says: "The administrator's token; absent: generated once into the data folder",
    secret: true,
  },
  MILLRACE_ADMIN_TOKEN_FILE: {
    schema: z.string(),
    says: 'A file that contains the token, in place of `MILLRACE_ADMIN_TOKEN`',
  },
  MILLRACE_PIPELINES: {
    schema: list,
    fallback: 'pipelines/',
    says: 'Folders or globs of pipeline files (`<name>.pipeline.yaml`, `.yml`, `.ts`, `.mts`, `.js`, `.mjs`), separated by commas',
  },
  MILLRACE_DEFAULT_PIPELINE: { schema: name, says: 'The pipeline that /api/pipeline/* refers to' },
  MILLRACE_DATA_DIR: {
    schema: z.string(),
    fallback: '.millrace',
    says: 'Folder for artifacts, the embedded Redis and the generated token; absent: `.millrace` here, or in the nearest parent folder that has one',
  },
  MILLRACE_LOCK_URLS: {
    schema: list.pipe(z.array(redisAddress)),
    fallback: '',
    says: 'Independent Redis nodes for the overlap locks; absent: the one Redis',
    secret: true,
  },
  MILLRACE_WORKER_QUEUES: {
    schema: list.pipe(z.array(name)),
    says: 'Queues that the worker serves; absent: those of every pipeline it knows',
  },
  MILLRACE_WORKER_CONCURRENCY: {
    schema: wholeNumber(1, 1_000),
    fallback: '10',
    says: 'Stages per queue that one worker process runs at a time',
  },
  MILLRACE_QUEUE_CONCURRENCY: {
    schema: queueLimits,
    fallback: '',
    says: 'Stages of a queue that may run at once on all workers together, such as `video=1,gpu=4`; absent: any number. The leading scheduler sets it, within a sweep, so give all schedulers the same',
  },
  MILLRACE_LEASE_MS: {
    schema: milliseconds,
    fallback: '30000',
    says: 'Lease of a worker: how long it keeps its stages without a heartbeat',
  },
  MILLRACE_HEARTBEAT_MS: {
    schema: milliseconds,
    fallback: '5000',
    says: 'Interval between renewals of the lease; at most a third of it',
  },
  MILLRACE_SWEEP_MS: {
    schema: milliseconds,
    fallback: '10000',
    says: 'Interval between sweeps for stages of lost workers',
  },
  MILLRACE_WATCHDOG_MS: { schema: milliseconds, fallback: '30000', says: 'Interval between sweeps for hung runs' },
  MILLRACE_DRAIN_MS: {
    schema: milliseconds,
    fallback: '30000',
    says: 'How long a draining worker lets its stages finish before it hands them back',
  },
  MILLRACE_PREFIX: {
    schema: name,
    fallback: 'millrace',
    says: 'Prefix and hash tag of every key: one per deployment on a shared Redis',
  },
  MILLRACE_RETENTION_RUNS: {
    schema: wholeNumber(1, 10_000_000),
    fallback: '10000',
    says: 'Retention: number of ended runs kept',
  },
  MILLRACE_RETENTION_AGE: { schema: duration, fallback: '30d', says: 'Retention: how long ended runs are kept' },
  MILLRACE_ARTIFACT_ATTEMPT_COUNT: {
    schema: wholeNumber(1, 100_000),
    fallback: '1000',
    says: 'Artifacts that one attempt of a stage may store',
  },
  MILLRACE_ARTIFACT_ATTEMPT_BYTES: {
    schema: bytes,
    fallback: '4GiB',
    says: 'Total bytes of the artifacts of one attempt; units KiB, MiB, GiB and TiB',
  },
  MILLRACE_ARTIFACT_RUN_COUNT: {
    schema: wholeNumber(1, 1_000_000),
    fallback: '10000',
    says: 'Artifacts that all attempts and stages of a run may store together',
  },
  MILLRACE_ARTIFACT_RUN_BYTES: {
    schema: bytes,
    fallback: '16GiB',
    says: 'Total bytes of the artifacts of a run; units as above',
  },
  MILLRACE_CORS_ORIGINS: {
    schema: list.pipe(z.array(httpOrigin)),
    fallback: '',
    says: 'Origins of other sites that may call the API',
  },
  MILLRACE_REQUESTS_PER_MINUTE: {
    schema: wholeNumber(1, 10_000_000),
    fallback: '6000',
    says: 'Requests per minute for one session, for one token from one address, and for all others from one address; more get a 429. Each API process counts exactly and shares counts beyond a twentieth of the limit once a second, so n processes may admit n - 1 twentieths more, plus the requests of that second',
  },
  MILLRACE_WRONG_TOKENS_PER_MINUTE: {
    schema: wholeNumber(1, 10_000_000),
    fallback: '60',
    says: 'Wrong tokens per minute from one address that get a 401; more get a 429. They never delay the right token or a session',
  },
  MILLRACE_TRUST_PROXY: {
    schema: proxies,
    fallback: '',
    says: 'Reverse proxies whose `X-Forwarded-For` is trusted: addresses, ranges, or `loopback`, `linklocal`, `uniquelocal`; absent: none, and all clients behind a proxy count as one address',
  },
  MILLRACE_MAX_STREAMS: {
    schema: wholeNumber(1, 1_000_000),
    fallback: '5000',
    says: 'Event streams, sockets and runs followed by sockets that one API process keeps open at a time; more get a 503',
  },
  MILLRACE_MAX_STREAMS_PER_CLIENT: {
    schema: wholeNumber(1, 1_000_000),
    fallback: '1000',
    says: 'The same limit for one session, and for one token from one address; more get a 429',
  },
  MILLRACE_KEEP_ALIVE_MS: {
    schema: wholeNumber(1_000, 3_600_000),
    fallback: '75000',
    says: 'How long the API keeps an idle connection. Set it above the idle timeout of a load balancer in front of it (often 60 s), whose next request may fail otherwise',
  },
  MILLRACE_MAX_CONNECTIONS: {
    schema: wholeNumber(1, 1_000_000),
    fallback: '10000',
    says: 'Connections that one API process keeps open at a time, sockets and event streams included; further ones are closed at once',
  },
  MILLRACE_AUDIT_ENTRIES: {
    schema: wholeNumber(100, 10_000_000),
    fallback: '10000',
    says: 'Audit log: number of entries kept, of about 700 bytes each in Redis',
  },
  MILLRACE_ALLOW_VOLATILE: { schema: flag, fallback: 'false', says: 'Accept a Redis without AOF, which may lose runs' },
  LOG_LEVEL: {
    schema: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    fallback: 'info',
    says: 'Log level of the processes',
  },
} as const satisfies Record<string, Variable>;

export type VariableName = keyof typeof VARIABLES;
interface Variable {
  readonly schema: z.ZodType<unknown, string>;
  readonly fallback?: string;
  readonly says: string;
  /** Printed with its secret part masked. */
  readonly secret?: true;
}

/** Names with our prefix that only the CLI, stage commands (which may start it) and the tests read. */
export const FOREIGN_VARIABLES: readonly string[] = [
  'MILLRACE_URL',
  'MILLRACE_TOKEN',
  'MILLRACE_SECRETS_FD',
  'MILLRACE_RUN_ID',
  'MILLRACE_STAGE',
  'MILLRACE_ATTEMPT',
  'MILLRACE_FENCE',
  'MILLRACE_IDEMPOTENCY_KEY',
  'MILLRACE_INPUT',
  'MILLRACE_OUTPUT',
  'MILLRACE_CHECKPOINT',
  'MILLRACE_ARTIFACTS',
  'MILLRACE_CHROMIUM',
];

const protocolOf = (text: string): string => (URL.canParse(text) ? new URL(text).protocol : '');
