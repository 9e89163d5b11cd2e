import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { adminToken, describeConfig, type Environment, readConfig, VARIABLES } from '@millrace/core/config';
import { MillraceError } from '@millrace/core/domain';
import { isSecret } from '@millrace/core/secrets';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const problemsOf = (environment: Environment): Record<string, string> => {
  try {
    readConfig(environment, '/srv');
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    expect(error.code).toBe('invalid_config');
    return Object.fromEntries(error.errors.map(({ path, message }) => [path, message]));
  }
  return {};
};

test('the variables whose values are secret are those that are taken out of the environment', () => {
  const flagged = Object.entries(VARIABLES).flatMap(([name, variable]) => ('secret' in variable ? [name] : []));
  expect(Object.keys(VARIABLES).filter((name) => isSecret(name, 'redis://:password@host'))).toEqual(flagged);
  expect([
    isSecret('REDIS_URL', 'redis://host'),
    isSecret('MILLRACE_ADMIN_TOKEN', 't'),
    isSecret('MILLRACE_TOKEN', 't'),
    isSecret('PATH', 'a@b'),
  ]).toEqual([false, true, true, false]);
});

describe('readConfig', () => {
  test('has a default for everything, and is frozen', () => {
    const config = readConfig({}, '/srv');
    expect(config).toMatchObject({
      redisUrl: null,
      host: '127.0.0.1',
      port: 3000,
      dataDir: '/srv/.millrace',
      leaseMs: 30_000,
      retentionAgeMs: 30 * 86_400_000,
      workerQueues: null,
      pipelines: ['pipelines/'],
    });
    expect(() => Object.assign(config, { port: 1 })).toThrow(TypeError);
    expect(() => (config.pipelines as string[]).push('x')).toThrow(TypeError);
  });

  test('reads lists, numbers and flags; an empty value is an absent one', () => {
    const config = readConfig({
      MILLRACE_PIPELINES: 'a, b/*.yaml',
      MILLRACE_PORT: '0',
      MILLRACE_ALLOW_VOLATILE: '1',
      MILLRACE_HOST: '',
      MILLRACE_WORKER_QUEUES: 'cpu,gpu',
    });
    expect(config).toMatchObject({
      pipelines: ['a', 'b/*.yaml'],
      port: 0,
      allowVolatile: true,
      host: '127.0.0.1',
      workerQueues: ['cpu', 'gpu'],
    });
  });

  test('reads the limits of queues', () => {
    const read = (text: string) => [...readConfig({ MILLRACE_QUEUE_CONCURRENCY: text }).queueConcurrency];
    expect(read('')).toEqual([]);
    expect(read('video=1, gpu=40')).toEqual([
      ['video', 1],
      ['gpu', 40],
    ]);
    for (const wrong of ['video', 'video=0', 'video=-1', '=1', 'vi deo=1', 'video=1.5', 'video=9999999'])
      expect(problemsOf({ MILLRACE_QUEUE_CONCURRENCY: `gpu=1,${wrong}` })).toEqual({
        MILLRACE_QUEUE_CONCURRENCY: expect.stringMatching(/^entry 2 .*such as video=1$/),
      });
    expect(problemsOf({ MILLRACE_QUEUE_CONCURRENCY: 'gpu=1,gpu=2' })).toEqual({
      MILLRACE_QUEUE_CONCURRENCY: 'entry 2 names gpu again',
    });
  });

  test('reads sizes in bytes and in units of 1,024', () => {
    const limits = (attempt: string, run: string) =>
      readConfig({ MILLRACE_ARTIFACT_ATTEMPT_BYTES: attempt, MILLRACE_ARTIFACT_RUN_BYTES: run }).artifactLimits;
    expect(limits('', '')).toEqual({
      attempt: { count: 1_000, bytes: 4 * 2 ** 30 },
      run: { count: 10_000, bytes: 16 * 2 ** 30 },
    });
    expect(limits('1234', '1 TiB')).toMatchObject({ attempt: { bytes: 1_234 }, run: { bytes: 2 ** 40 } });
    expect(limits('5KiB', '7MiB')).toMatchObject({ attempt: { bytes: 5_120 }, run: { bytes: 7 * 2 ** 20 } });
    for (const wrong of ['0', '-1', '1.5GiB', '1 GB', 'GiB', '1e9', '2000TiB', '9999999999999999'])
      expect(problemsOf({ MILLRACE_ARTIFACT_RUN_BYTES: wrong, MILLRACE_ARTIFACT_RUN_COUNT: '0' })).toEqual({
        MILLRACE_ARTIFACT_RUN_BYTES: expect.stringMatching(/^must be/),
        MILLRACE_ARTIFACT_RUN_COUNT: 'must be at least 1',
      });
  });

  test('reports every problem at once, by name', () => {
    expect(
      problemsOf({
        REDIS_URL: 'localhost:6379',
        MILLRACE_PORT: '70000',
        MILLRACE_LEASE_MS: 'soon',
        MILLRACE_PREFIX: '{x}',
        MILLRACE_RETENTION_AGE: 'a month',
        MILLRACE_CORS_ORIGINS: 'https://ok.example,https://not.example/path',
        MILLRACE_ALLOW_VOLATILE: 'yes',
        LOG_LEVEL: 'loud',
      }),
    ).toMatchObject({
      REDIS_URL: 'must be a redis:// or rediss:// URL',
      MILLRACE_PORT: 'must be at most 65535',
      MILLRACE_LEASE_MS: 'must be a whole number',
      MILLRACE_PREFIX: expect.stringContaining('a letter'),
      MILLRACE_RETENTION_AGE: expect.stringContaining('duration'),
      MILLRACE_CORS_ORIGINS: expect.stringMatching(/^entry 2 must be an origin/),
      MILLRACE_ALLOW_VOLATILE: 'must be true or false',
      LOG_LEVEL: expect.stringContaining('"info"'),
    });
  });

  test('names the nearest variable for an unknown one, and leaves those of others alone', () => {
    expect(
      problemsOf({
        MILLRACE_PROT: '1',
        MILLRACE_ZEBRA_CROSSING: '1',
        MILLRACE_TOKEN: 't',
        MILLRACE_RUN_ID: 'r',
        PATH: '/bin',
      }),
    ).toEqual({
      MILLRACE_PROT: 'is not known; did you mean MILLRACE_PORT?',
      MILLRACE_ZEBRA_CROSSING: 'is not known',
    });
  });

  test.each([
    [
      'a lease of less than three heartbeats',
      { MILLRACE_LEASE_MS: '1000', MILLRACE_HEARTBEAT_MS: '400', MILLRACE_SWEEP_MS: '500' },
      'MILLRACE_LEASE_MS',
    ],
    ['a sweep longer than the lease', { MILLRACE_SWEEP_MS: '40000' }, 'MILLRACE_SWEEP_MS'],
    ['a public address without a token', { MILLRACE_HOST: '0.0.0.0' }, 'MILLRACE_HOST'],
    [
      'a public address with a default token',
      { MILLRACE_HOST: '::', MILLRACE_ADMIN_TOKEN: 'change-me-admin-token' },
      'MILLRACE_ADMIN_TOKEN',
    ],
    [
      'a public address with a short token',
      { MILLRACE_HOST: '10.0.0.1', MILLRACE_ADMIN_TOKEN: 'k3jx9' },
      'MILLRACE_ADMIN_TOKEN',
    ],
    ['an entry of a list', { MILLRACE_LOCK_URLS: 'redis://a:1,b:2' }, 'MILLRACE_LOCK_URLS'],
  ])('refuses %s', (_what, environment, variable) => {
    expect(Object.keys(problemsOf(environment))).toEqual([variable]);
  });

  test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('%s needs no token', (host) => {
    expect(problemsOf({ MILLRACE_HOST: host })).toEqual({});
  });

  test('a public address with a strong token is fine', () => {
    expect(problemsOf({ MILLRACE_HOST: '0.0.0.0', MILLRACE_ADMIN_TOKEN: '8f1c0a94be6d47aa902c5e3d' })).toEqual({});
  });
});

describe('files', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-config-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('a token file stands for the token', () => {
    const path = join(folder, 'token');
    writeFileSync(path, 'from-the-file\n');
    const config = readConfig({ MILLRACE_ADMIN_TOKEN_FILE: path });
    expect(config.adminToken).toBe('from-the-file');
    expect(config.sources.MILLRACE_ADMIN_TOKEN).toBe('file');
    expect(problemsOf({ MILLRACE_ADMIN_TOKEN_FILE: path, MILLRACE_ADMIN_TOKEN: 'x' })).toHaveProperty(
      'MILLRACE_ADMIN_TOKEN_FILE',
    );
    expect(problemsOf({ MILLRACE_ADMIN_TOKEN_FILE: join(folder, 'absent') }).MILLRACE_ADMIN_TOKEN_FILE).toContain(
      'ENOENT',
    );
  });

  test('the generated token is made once, private, and the same for all', () => {
    const config = { adminToken: null, dataDir: join(folder, 'data') };
    const first = adminToken(config);
    expect(first).toMatchObject({ generated: true, token: expect.stringMatching(/^[0-9a-f]{48}$/) });
    expect(adminToken(config)).toEqual({ token: first.token, generated: false });
    expect(statSync(join(folder, 'data/admin-token')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, 'data/admin-token'), 'utf8').trim()).toBe(first.token);
    expect(adminToken({ ...config, adminToken: 'given' })).toEqual({ token: 'given', generated: false });
  });

  test('a data folder that is a file is named', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    for (const dataDir of [file, join(file, 'below')])
      expect(() => adminToken({ adminToken: null, dataDir })).toThrow(
        expect.objectContaining({
          code: 'invalid_config',
          errors: [{ path: join(dataDir, 'admin-token'), message: expect.any(String) }],
        }),
      );
  });

  test('an empty token file is refused, not replaced', () => {
    writeFileSync(join(folder, 'admin-token'), '');
    expect(() => adminToken({ adminToken: null, dataDir: folder })).toThrow(/is empty/);
  });
});

describe('describeConfig', () => {
  test('shows every variable and its source, and no secret', () => {
    const lines = describeConfig(
      readConfig(
        {
          REDIS_URL: 'redis://user:hunter2@db:6379',
          MILLRACE_ADMIN_TOKEN: 'hunter2',
          MILLRACE_LOCK_URLS: 'redis://:hunter2@l1:1',
        },
        '/srv',
      ),
    );
    expect(lines.map(({ variable }) => variable)).toEqual(Object.keys(VARIABLES));
    expect(JSON.stringify(lines)).not.toContain('hunter2');
    expect(lines).toContainEqual(
      expect.objectContaining({ variable: 'REDIS_URL', value: 'redis://user:***@db:6379', source: 'environment' }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({ variable: 'MILLRACE_PORT', value: '3000', source: 'default' }),
    );
  });
});

test('authorities are certificates, and of use', () => {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-config-'));
  writeFileSync(join(dir, 'key.pem'), '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n');
  writeFileSync(join(dir, 'bad.pem'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  writeFileSync(join(dir, 'good.pem'), rootCertificates[0]!);
  const problem = (file: string, url = 'rediss://h') =>
    problemsOf({ REDIS_URL: url, MILLRACE_REDIS_CA_FILE: join(dir, file) }).MILLRACE_REDIS_CA_FILE;
  expect(problem('none.pem')).toMatch(/cannot be read: ENOENT/);
  expect(problem('key.pem')).toMatch(/no certificate in it/);
  expect(problem('bad.pem')).toMatch(/cannot be read/);
  expect(problem('good.pem', 'redis://h')).toMatch(/no address of a Redis begins with rediss/);
  expect(problem('good.pem')).toBeUndefined();
  expect(
    readConfig({ REDIS_URL: 'redis://h', MILLRACE_LOCK_URLS: 'rediss://l', MILLRACE_REDIS_CA_FILE: 'good.pem' }, dir)
      .redisCa,
  ).toBe(rootCertificates[0]);
  rmSync(dir, { recursive: true });
});

describe('the address of a Redis', () => {
  test.each([
    ['redis://h', 'redis://h:6379'],
    ['redis://h:7/', 'redis://h:7'],
    ['rediss://u:p@h:7/15', 'rediss://u:p@h:7/15'],
    ['redis://[::1]:7/1', 'redis://[::1]:7/1'],
    ['redis://:p%40%2F%23%25@h', 'redis://:p%40%2F%23%25@h:6379'],
    ['redis://:p@q@h', 'redis://:p%40q@h:6379'],
  ])('%s is read as %s', (text, url) => {
    expect(readConfig({ REDIS_URL: text, MILLRACE_LOCK_URLS: text }, '/srv')).toMatchObject({
      redisUrl: url,
      lockUrls: [url],
    });
  });

  test.each([
    ['redis://h/abc', /number of a database/],
    ['redis://h/-1', /number of a database/],
    ['redis://h/1/2', /number of a database/],
    ['redis://h/01', /number of a database/],
    ['redis://h?db=1', /the database is the path/],
    ['redis://h/1?hunter2', /the database is the path/],
    ['redis://:hunter2%@h', /%25/],
    ['redis://:hunter2#x@h', /%23/],
    ['redis://:hunter2/x@h', /%2F/],
    ['redis://u:12/hunter2@h', /%2F/],
    ['redis://:hunter2?x@h', /%3F/],
    ['redis://h:0', /port/],
    ['unix:///run/hunter2.sock', /Unix socket/],
    ['redis+unix:///run/redis.sock', /Unix socket/],
    ['/run/redis.sock', /Unix socket/],
    ['redis-sentinel://h:26379/mymaster', /Sentinel/],
    ['redis+sentinel://h:26379/mymaster', /Sentinel/],
    ['http://h', /redis:\/\//],
  ])('%s is refused, and nothing of a password is told', (text, why) => {
    const { REDIS_URL, MILLRACE_LOCK_URLS } = problemsOf({ REDIS_URL: text, MILLRACE_LOCK_URLS: text });
    expect(REDIS_URL).toMatch(why);
    expect(MILLRACE_LOCK_URLS).toMatch(why);
    expect(`${REDIS_URL}${MILLRACE_LOCK_URLS}`).not.toContain('hunter2');
  });
});
