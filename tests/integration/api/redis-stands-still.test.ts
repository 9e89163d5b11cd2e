/**
 * Redis hangs (SIGSTOP): connections stay open, and nothing is answered. Whatever a request would ask of it, it waits
 * for one silence only and is told so while Redis still hangs; pages wait for nothing; nothing piles up; and all goes
 * on when Redis does.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunId } from '@millrace/core/domain';
import { startRedis, type TestRedis, waitFor } from '@millrace/core/testing';
import type { WireEvent } from '@millrace/core/wire';
import { io, type Socket } from 'socket.io-client';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Answered, CHAIN, type DeployedApi, deployApi, TOKEN } from './deployed-api.ts';

let redis: TestRedis;
let deployed: DeployedApi;
let runId: RunId;
let cookie: string;
const said: string[] = [];
let operations: readonly { readonly verb: string; readonly path: string; readonly open: boolean }[];
beforeAll(async () => {
  redis = await startRedis();
  const dashboardDir = join(redis.dir, 'dashboard');
  mkdirSync(join(dashboardDir, 'assets'), { recursive: true });
  for (const file of ['index.html', 'assets/a-1.js', 'assets/a-1.css']) writeFileSync(join(dashboardDir, file), file);
  const log = pino({ level: 'info' }, { write: (line: string) => void said.push(line) });
  deployed = await deployApi(redis.url, {
    requestsPerMinute: 1_000_000,
    failuresPerMinute: 1_000_000,
    dashboardDir,
    log,
  });
  await deployed.register(CHAIN.replace('overlap: skip', 'overlap: allow'));
  runId = (await deployed.post('/api/v1/pipelines/chain/runs')).json.run_id;
  cookie = (await deployed.call('POST', '/api/v1/session', { token: null, body: { token: TOKEN } })).headers
    .get('set-cookie')!
    .split(';')[0]!;
  const { paths } = (await deployed.get('/openapi.json')).json as { paths: Answered };
  const NAMES: Readonly<Record<string, string>> = {
    pipeline: 'chain',
    run_id: runId,
    schedule_id: 'chain',
    stage: 'translator',
    artifact_id: 'a',
    gate_id: `${runId}.translator.1.1`,
  };
  operations = Object.entries(paths).flatMap(([path, verbs]) =>
    Object.entries(verbs as Answered).map(([verb, operation]) => ({
      verb: verb.toUpperCase(),
      path: path.replaceAll(/\{(\w+)\}/g, (_, name: string) => NAMES[name] ?? name),
      open: (operation as Answered).security.length === 0,
    })),
  );
});
beforeEach(() => redis.pause());
afterEach(async () => {
  redis.resume();
  await waitFor(async () => (await deployed.get('/api/v1/runs')).status === 200, { what: 'the API to serve again' });
});
afterAll(async () => {
  redis?.resume();
  await deployed?.end();
  await redis?.stop();
});

/**
 * Asked for a request and not answered. Who was signed out elsewhere, which tokens there are, and whether Redis answers
 * again, is asked now and then by itself; an entry of the audit log is sent along, and not waited for.
 */
const unanswered = (): number => {
  const { commandQueue } = deployed.redis as unknown as {
    commandQueue: {
      toArray(): readonly { readonly command: { readonly name: string; readonly args: readonly unknown[] } }[];
    };
  };
  const { tokens, tokenUses, auditOpen, auditHead } = deployed.keys;
  const ofNoRequest = new Set<unknown>([tokens, tokenUses, auditOpen, auditHead]);
  return commandQueue
    .toArray()
    .filter(({ command: { name, args } }) => name !== 'zrange' && name !== 'ping' && !ofNoRequest.has(String(args[0])))
    .length;
};
const untilGivenUp = async () =>
  expect((await deployed.get('/api/v1/runs')).json).toMatchObject({ status: 503, code: 'store_unavailable' });
/** Asked for as a user would, so that nothing else is wrong with the request. */
const asked = (verb: string, path: string) => {
  if (/\/logs(\/\w+)?$/.test(path)) return `${path}?stage=translator`;
  return verb === 'GET' && path.endsWith('/preview') ? `${path}?cron=0+4+*+*+*` : path;
};
const SHOWN = '0'.repeat(64);
const bodyOf = (path: string): unknown => {
  if (path === '/api/v1/gates/decisions')
    return { decisions: [{ gate_id: `${runId}.translator.1.1`, verb: 'approve', shown_digest: SHOWN }] };
  if (path.startsWith('/api/v1/gates/')) return { shown_digest: SHOWN };
  if (path === '/api/v1/tokens') return { name: 'ci', role: 'viewer' };
  if (path === '/api/v1/schedules') return { pipeline: 'chain', every: '1h' };
  return path.startsWith('/api/v1/schedules/') && !/\/(pause|resume|trigger)$/.test(path) ? { every: '1h' } : {};
};
const OWN_PAGE = { 'sec-fetch-site': 'same-origin' };
const WAYS: Readonly<Record<string, () => { token: string | null; headers?: Record<string, string> }>> = {
  token: () => ({ token: TOKEN }),
  session: () => ({ token: null, headers: { cookie, ...OWN_PAGE } }),
  'wrong token': () => ({ token: 'wrong' }),
  nothing: () => ({ token: null }),
};

test('pages, documents, sign-in and signs of life ask nothing of Redis', async () => {
  const pages = [
    '/',
    '/runs',
    '/assets/a-1.js',
    '/assets/a-1.css',
    '/docs',
    '/openapi.json',
    '/healthz',
    '/api/v1/healthz',
    '/api/v1/openapi.json',
  ];
  for (const way of Object.values(WAYS))
    for (const path of pages) {
      const { token, headers } = way();
      expect((await deployed.get(path, { token, headers: { accept: 'text/html', ...headers } })).status, path).toBe(
        200,
      );
      expect(unanswered(), path).toBe(0);
    }
  expect((await deployed.get('/api/v1/session', { token: null, headers: { cookie } })).json.signed_in).toBe(true);
  expect((await deployed.call('POST', '/api/v1/session', { token: null, body: { token: TOKEN } })).status).toBe(200);
  expect(unanswered()).toBe(0);
});

test('once it is known, every operation is answered without a command to Redis', async () => {
  await untilGivenUp();
  const before = unanswered();
  // A batch of decisions answers for each of them.
  const batch = '/api/v1/gates/decisions';
  const needRedis = operations.filter(({ open, path }) => !open && path !== batch);
  expect(needRedis.length).toBeGreaterThan(35);
  for (const [who, way] of Object.entries(WAYS)) {
    const known = who === 'token' || who === 'session';
    const answers = await Promise.all(
      needRedis.map(async ({ verb, path }) => {
        const { status, headers } = await deployed.call(verb, asked(verb, path), {
          ...way(),
          ...(verb === 'GET' ? {} : { body: bodyOf(path) }),
        });
        return [verb, path, status, headers.get('content-type'), headers.get('retry-after') !== null];
      }),
    );
    expect(answers, who).toEqual(
      needRedis.map(({ verb, path }) => [
        verb,
        path,
        known ? 503 : 401,
        'application/problem+json; charset=utf-8',
        known,
      ]),
    );
  }
  expect((await deployed.call('POST', batch, { body: bodyOf(batch) })).json.items).toEqual([
    expect.objectContaining({ status: 503 }),
  ]);
  expect((await deployed.get('/readyz')).status).toBe(503);
  expect((await deployed.get('/metrics')).text).toContain('millrace_redis_up 0\n');
  expect((await deployed.get('/admin/queues/api/queues')).json).toMatchObject({
    status: 503,
    code: 'store_unavailable',
  });
  expect(
    (await deployed.call('DELETE', '/api/v1/session', { token: null, headers: { cookie: `${cookie}x` } })).status,
  ).toBe(204);
  expect(unanswered()).toBeLessThanOrEqual(before);
});

test('a flood waits for the same silence, and leaves nothing behind, in the log neither', async () => {
  said.length = 0;
  const answers = await Promise.all(
    Array.from(
      { length: 300 },
      async (_, n) => (await deployed.get(n % 3 === 0 ? '/api/v1/health' : '/api/v1/runs')).status,
    ),
  );
  expect(new Set(answers)).toEqual(new Set([503]));
  expect(said).toEqual([]);
  const before = unanswered();
  for (let n = 0; n < 50; n++) await deployed.get('/api/v1/runs');
  expect(unanswered()).toBeLessThanOrEqual(before);
});

test('a change that was asked for and not answered says that it is unknown, and is made once under its key; one that was not asked for is not made', async () => {
  const start = (key: string) =>
    deployed.post('/api/v1/pipelines/chain/runs', { labels: { key } }, { 'Idempotency-Key': key });
  const script = new Promise<void>((resolve) => {
    const { evalsha } = deployed.redis;
    // The API has read all that it reads before a start: Redis stops at the script.
    deployed.redis.evalsha = ((...args: Parameters<typeof evalsha>) => {
      redis.pause();
      deployed.redis.evalsha = evalsha;
      resolve();
      return evalsha.apply(deployed.redis, args);
    }) as typeof evalsha;
  });
  redis.resume();
  const [unknown] = await Promise.all([start('asked'), script]);
  expect(unknown.json).toMatchObject({
    status: 503,
    code: 'store_unavailable',
    effect: 'unknown',
    detail: expect.stringContaining('it may have done it'),
  });
  const refused = await start('not-asked');
  expect([refused.status, refused.json.effect]).toEqual([503, undefined]);
  redis.resume();
  await waitFor(async () => (await deployed.get('/readyz')).status === 200, { what: 'Redis' });
  const runs = async (key: string) =>
    (await deployed.get(`/api/v1/runs?label=key%3D${key}`)).json.items as { run_id: string }[];
  const [made] = await runs('asked');
  const again = await start('asked');
  expect([again.status, again.json.run_id, (await runs('asked')).length]).toEqual([200, made?.run_id, 1]);
  expect(await runs('not-asked')).toEqual([]);
});

test('sockets and event streams stay, learn of it, and catch up', async () => {
  redis.resume();
  const sockets: Socket[] = [];
  const connected = async () => {
    const socket = io(`${deployed.url}/events`, {
      auth: { token: TOKEN },
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
    });
    sockets.push(socket);
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject));
    return socket;
  };
  const early = await connected();
  const seen: WireEvent[] = [];
  early.on('event', (event: WireEvent) => seen.push(event));
  expect(await early.emitWithAck('subscribe', { run_id: runId })).toMatchObject({ ok: true });
  const stream = await fetch(`${deployed.url}/api/v1/runs/${runId}/events/stream`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  redis.pause();
  const late = await connected();
  for (const socket of [early, late])
    for (const wanted of [{}, { pipeline: 'chain' }, { run_id: runId }])
      expect(await socket.emitWithAck('subscribe', wanted)).toMatchObject({
        ok: false,
        error: { code: 'store_unavailable' },
      });
  redis.resume();
  await waitFor(async () => (await late.emitWithAck('subscribe', {})).ok, { what: 'the subscription' });
  await deployed.store.cancelRun({ runId, reason: 'enough', by: null, graceMs: 0 });
  expect(await stream.text()).toContain('"type":"run.cancelled"');
  await waitFor(() => seen.some(({ type }) => type === 'run.cancelled'), { what: 'the end of the run' });
  expect([early.connected, late.connected]).toEqual([true, true]);
  for (const socket of sockets) socket.disconnect();
});
