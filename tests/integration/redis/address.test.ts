/** Parts of a Redis address: a database, TLS, a password; whatever goes wrong, the password is in no message. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type TLSSocket } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { composeApi } from '@millrace/api';
import { readConfig } from '@millrace/core/config';
import type { RunEvent, RunId } from '@millrace/core/domain';
import { askRedis, assertRedis, decideRedis, freePort } from '@millrace/core/embedded';
import { connectRedis, redisFeed, redisStore, keysOf, workOptions } from '@millrace/core/redis';
import { startRedis, type TestRedis, waitFor } from '@millrace/core/testing';
import { chainOf, rigOf } from '@millrace/core/testing/conformance';
import { compose as composeScheduler } from '@millrace/scheduler';
import { composeWorker } from '@millrace/worker';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type App, startApp } from '../chaos/app-process.ts';
import { authorityIn } from './certificates.ts';

const SECRET = 'canary-7f3a-of-the-tests';
let dir: string;
let redis: TestRedis;
let tlsPort: number;
let ours: ReturnType<typeof authorityIn>;
let another: ReturnType<typeof authorityIn>;
let server: { readonly certificate: string; readonly key: string };

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-address-'));
  [ours, another] = [authorityIn(dir, 'ours'), authorityIn(dir, 'another')];
  server = ours.sign('localhost');
  // Below the ephemeral ports: no one else may get it until the server listens.
  tlsPort = await freePort(20_000 + (process.pid % 10_000));
  const tls = [
    '--tls-port',
    String(tlsPort),
    '--tls-cert-file',
    server.certificate,
    '--tls-key-file',
    server.key,
    '--tls-ca-cert-file',
    ours.file,
  ];
  redis = await startRedis({ args: [...tls, '--tls-auth-clients', 'no'] });
  writeFileSync(join(dir, 'hello.pipeline.yaml'), 'name: hello\nstages: { a: { command: [sleep, "1"] } }\n');
});
afterAll(async () => {
  await redis.stop();
  rmSync(dir, { recursive: true, force: true });
});

const inDatabase = async (number: number) => {
  const url = number === 0 ? redis.url : `${redis.url}/${number}`;
  const [commands, subscriber] = await Promise.all([connectRedis(url, workOptions), connectRedis(url, workOptions)]);
  const feed = redisFeed(subscriber, keysOf('twice'));
  const rig = rigOf({
    store: redisStore(commands, 'twice'),
    feed,
    control: feed,
    advanceTime: null,
    close: async () => {},
  });
  const heard: { events: RunEvent[]; cancelled: RunId[] } = { events: [], cancelled: [] };
  await feed.subscribe({ onEvent: (event) => void heard.events.push(event) });
  await feed.onCancel((runId) => void heard.cancelled.push(runId));
  return {
    heard,
    /** A run that is cancelled while its stage is held. */
    cancelledRun: async (): Promise<RunId> => {
      const runId = await rig.start(chainOf('p', 1));
      await (await rig.worker()).claim();
      await rig.cancel(runId);
      return runId;
    },
    end: () => [commands, subscriber].forEach((connection) => connection.disconnect()),
  };
};

test('two deployments of one name in two databases hear nothing of each other', async () => {
  const both = [await inDatabase(0), await inDatabase(3)] as const;
  try {
    const runs = [await both[1].cancelledRun(), await both[0].cancelledRun(), await both[1].cancelledRun()] as const;
    await waitFor(() => both[0].heard.cancelled.length > 0 && both[1].heard.cancelled.length > 1, {
      what: 'both cancels',
    });
    expect(both.map(({ heard }) => [...new Set(heard.events.map(({ runId }) => runId))])).toEqual([
      [runs[1]],
      [runs[0], runs[2]],
    ]);
    expect(both.map(({ heard }) => heard.cancelled)).toEqual([[runs[1]], [runs[0], runs[2]]]);
  } finally {
    for (const one of both) one.end();
  }
});

test('a database that the server does not have is refused, of a lock node too', async () => {
  await expect(connectRedis(`${redis.url}/99`, workOptions)).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.stringMatching(/127\.0\.0\.1:\d+\/99 does not have this database/),
  });
});

test.each([
  [
    'an authority that Node does not know',
    () => [`rediss://localhost:${tlsPort}`, null],
    /not trusted .*MILLRACE_REDIS_CA_FILE/,
  ],
  ['another authority', () => [`rediss://localhost:${tlsPort}`, another.pem], /not trusted .*MILLRACE_REDIS_CA_FILE/],
  ['a certificate for another name', () => [`rediss://127.0.0.1:${tlsPort}`, ours.pem], /is for another name/],
] as const)('%s is refused with the reason, whoever asks', async (_what, address, says) => {
  const [url, ca] = address() as [string, string | null];
  const refused = { code: 'store_unavailable', message: expect.stringMatching(says) };
  await expect(connectRedis(url, workOptions, ca)).rejects.toMatchObject(refused);
  await expect(assertRedis(url, { ca })).rejects.toMatchObject(refused);
  expect((await decideRedis({ redisUrl: url, redisCa: ca, dataDir: dir, log: () => {} })).steps).toEqual([
    { step: 'REDIS_URL', outcome: 'failed', reason: expect.stringMatching(says) },
  ]);
});

test('TLS to a plain port, and plain to a TLS port, are reported', async () => {
  const ask = (url: string) => askRedis(url, () => Promise.resolve(), { timeoutMs: 500, ca: ours.pem });
  await expect(ask(`rediss://localhost:${redis.port}`)).rejects.toThrow(/does this port speak TLS\?/);
  await expect(ask(`redis://localhost:${tlsPort}`)).rejects.toThrow(/write rediss:\/\//);
});

test('the server name is sent (SNI)', async () => {
  const listener = createServer({ cert: readFileSync(server.certificate), key: readFileSync(server.key) });
  const named = once(listener, 'secureConnection').then(([socket]) => {
    (socket as TLSSocket).destroy();
    return (socket as TLSSocket & { servername: unknown }).servername;
  });
  await once(listener.listen(0, 'localhost'), 'listening');
  const { port } = listener.address() as { port: number };
  await expect(connectRedis(`rediss://localhost:${port}`, workOptions, ours.pem)).rejects.toMatchObject({
    code: 'store_unavailable',
  });
  expect(await named).toBe('localhost');
  listener.close();
});

test('a whole deployment runs over TLS, in a database of its own: API, scheduler, worker, lock node, BullMQ and the lease', async () => {
  const config = readConfig(
    {
      REDIS_URL: `rediss://localhost:${tlsPort}/2`,
      MILLRACE_LOCK_URLS: `rediss://localhost:${tlsPort}/4`,
      MILLRACE_REDIS_CA_FILE: 'ours.pem',
      MILLRACE_PIPELINES: dir,
      MILLRACE_DATA_DIR: join(dir, 'data'),
      MILLRACE_PORT: '0',
      MILLRACE_HEARTBEAT_MS: '100',
    },
    dir,
  );
  const log = pino({ level: 'silent' });
  await assertRedis(config.redisUrl!, { ca: config.redisCa });
  const api = await composeApi({ config, redisUrl: config.redisUrl!, adminToken: 'a-token', log, cwd: dir });
  const worker = await composeWorker(config, config.redisUrl!, log);
  const scheduler = await composeScheduler(config, config.redisUrl!, log);
  const onlooker = await connectRedis(redis.url, workOptions);
  try {
    await Promise.all([api.start(), worker.start(), scheduler.start()]);
    const call = async (method: string, path: string): Promise<{ run_id: string; status: string }> =>
      (await (await fetch(`${api.url}${path}`, { method, headers: { authorization: 'Bearer a-token' } })).json()) as {
        run_id: string;
        status: string;
      };
    const { run_id } = await call('POST', '/api/v1/pipelines/hello/runs');
    await waitFor(async () => (await call('GET', `/api/v1/runs/${run_id}`)).status === 'succeeded', {
      timeoutMs: 20_000,
      what: 'the run to succeed',
    });
    // The thread that keeps the lease is the only one that sends its script in full each time.
    const clients = async () => String(await onlooker.client('LIST')).split('\n');
    await waitFor(async () => (await clients()).some((line) => line.includes('cmd=eval') && line.includes(' db=2 ')), {
      what: 'the lease over TLS',
    });
  } finally {
    await Promise.all([api.stop(), worker.stop(), scheduler.stop()]);
    onlooker.disconnect();
  }
});

const ended = async (program: string, args: readonly string[], env: Readonly<Record<string, string>>) => {
  const main = fileURLToPath(new URL(`../../../apps/${program}/dist/main.js`, import.meta.url));
  const child = spawn(process.execPath, [main, ...args], {
    cwd: dir,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
  await once(child, 'close');
  return said;
};

test('no part of a password is in any output, at start or when it is changed under a running deployment', async () => {
  const locked = await startRedis({ args: ['--requirepass', SECRET] });
  const address = (password: string) => `redis://:${password}@127.0.0.1:${locked.port}`;
  const env = {
    MILLRACE_PIPELINES: dir,
    MILLRACE_DATA_DIR: join(dir, 'locked'),
    MILLRACE_PORT: '0',
    MILLRACE_ADMIN_TOKEN: 'a-token',
    LOG_LEVEL: 'trace',
  };
  const wrong = { ...env, REDIS_URL: address(`${SECRET}-2`) };
  // A lock node is checked as the Redis is.
  const wrongNode = { ...env, REDIS_URL: address(SECRET), MILLRACE_LOCK_URLS: address(`${SECRET}-2`) };
  const asked: (readonly [program: string, args: readonly string[], env: Readonly<Record<string, string>>])[] = [
    ['api', [], wrong],
    ['worker', [], wrong],
    ['scheduler', [], wrong],
    ['cli', ['doctor', 'redis'], wrong],
    ['scheduler', [], wrongNode],
    ['cli', ['doctor'], wrongNode],
  ];
  const admin = await connectRedis(address(SECRET), workOptions);
  try {
    for (const said of await Promise.all(asked.map((one) => ended(...one)))) {
      expect(said).toMatch(/WRONGPASS/);
      expect(said).not.toContain('canary');
    }
    const apps = await Promise.all(
      (['api', 'worker', 'scheduler'] as App[]).map((app) => startApp(app, { ...env, REDIS_URL: address(SECRET) })),
    );
    await admin.config('SET', 'requirepass', 'another-one');
    await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    const url = /"url":"(http:[^"]+)"/.exec(apps[0]!.log())![1]!;
    const answer = await waitFor(
      async () => {
        const response = await fetch(`${url}/api/v1/runs`, { headers: { authorization: 'Bearer a-token' } });
        return response.status === 503 && (await response.text());
      },
      { what: 'the refusal' },
    );
    await apps[1]!.said('WRONGPASS');
    await apps[2]!.said('the recovery will be logged');
    for (const said of [answer, ...apps.map((app) => app.log())]) expect(said).not.toContain('canary');
    await Promise.all(apps.map((app) => app.kill9()));
  } finally {
    admin.disconnect();
    await locked.stop();
  }
});
