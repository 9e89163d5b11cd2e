/** The audit log: every change has its entry, also when the process dies, and none can be changed unnoticed. */
import { createApi } from '@millrace/api';
import type { Store } from '@millrace/core/ports';
import { waitFor } from '@millrace/core/testing';
import { OFFERED_VERBS } from '@millrace/core/wire';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { type Answered, CHAIN, type DeployedApi, deployApi, TOKEN } from './deployed-api.ts';

let deployed: DeployedApi;
let ending: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  deployed = await deployApi(inject('redisUrl'), { requestsPerMinute: 100_000 });
  await deployed.register(CHAIN);
});
afterEach(async () => {
  await Promise.all(ending.map((end) => end()));
  ending = [];
  await deployed.end();
});

const entries = async (query = ''): Promise<Answered[]> => (await deployed.get(`/api/v1/audit${query}`)).json.items;
const verify = async (expected?: string) =>
  (await deployed.get(`/api/v1/audit/verify${expected === undefined ? '' : `?expect=${expected}`}`)).json;

test('every operation that may change something has its entry, whatever becomes of it', async () => {
  const { paths } = (await deployed.get('/openapi.json', { token: null })).json as {
    paths: Record<string, Record<string, object>>;
  };
  const changing = Object.entries(paths).flatMap(([path, verbs]) =>
    Object.keys(verbs)
      .filter((verb) => verb !== 'get')
      .map((verb) => `${verb.toUpperCase()} ${path}`),
  );
  expect(changing.length).toBeGreaterThan(15);
  const SHOWN = { shown_digest: 'a'.repeat(64) };
  /** What is needed for the body to be one. */
  const BODIES: Record<string, object> = {
    'POST /api/v1/session': { token: TOKEN },
    'POST /api/v1/tokens': { name: 'ci', role: 'viewer' },
    'POST /api/v1/schedules': { pipeline: 'chain', every: '1h' },
    'PUT /api/v1/schedules/{schedule_id}': { every: '1h' },
    'PATCH /api/v1/schedules/{schedule_id}': { paused: true },
    'POST /api/v1/gates/decisions': { decisions: [{ gate_id: 'x', verb: 'approve', ...SHOWN }] },
    ...Object.fromEntries(OFFERED_VERBS.map((verb) => [`POST /api/v1/gates/{gate_id}/${verb}`, SHOWN])),
  };
  const cookie = (await deployed.post('/api/v1/session', { token: TOKEN })).headers.get('set-cookie')!.split(';')[0]!;
  for (const what of changing) {
    const [verb, path] = what.split(' ') as [string, string];
    const answer = await deployed.call(verb, path.replaceAll(/\{\w+\}/g, 'x'), {
      body: BODIES[what] ?? {},
      ...(what === 'DELETE /api/v1/session'
        ? { token: null, headers: { cookie, 'sec-fetch-site': 'same-origin' } }
        : {}),
    });
    const [entry] = await entries('?limit=1');
    const { headers, status, json } = answer;
    expect(entry, what).toMatchObject({
      what,
      request_id: headers.get('x-request-id'),
      who: 'admin',
      outcome: { code: status >= 400 ? json.code : null },
    });
    if (json !== null) expect([what, entry.outcome.status]).toEqual([what, status]);
    const { 'x-audited': isAudited } = paths[path]![verb.toLowerCase()] as { 'x-audited'?: boolean };
    expect([what, isAudited]).toEqual([what, true]);
  }
  const before = (await entries('?limit=1'))[0].seq;
  await deployed.get('/api/v1/runs');
  expect((await entries('?limit=1'))[0].seq, 'a reading has none').toBe(before);
  expect(await verify()).toMatchObject({ ok: true, entries: before, first_seq: 1, seq: before, problem: null });
});

test('an entry says who, by what way, what, why, and what it was before and is now', async () => {
  const run = (await deployed.post('/api/v1/pipelines/chain/runs', { reason: 'the numbers are late' })).json;
  const { token } = (await deployed.post('/api/v1/tokens', { name: 'ops', role: 'operator' })).json;
  const cookie = (await deployed.call('POST', '/api/v1/session', { token: null, body: { token } })).headers
    .get('set-cookie')!
    .split(';')[0]!;
  await deployed.call('POST', `/api/v1/runs/${run.run_id}/cancel`, {
    token: null,
    headers: { cookie, 'sec-fetch-site': 'same-origin', 'x-request-id': 'mine-1' },
    body: { reason: '<b>enough</b>' },
  });
  await deployed.call('PATCH', '/api/v1/schedules/chain', {
    token,
    headers: { 'user-agent': 'millrace-cli' },
    body: { paused: true, note: 'holidays' },
  });
  await deployed.call('DELETE', '/api/v1/tokens/ops');
  const [revoked, paused, cancelled, signedIn, created, started] = await entries();
  expect(started).toMatchObject({
    seq: 1,
    prev: '',
    who: 'admin',
    role: 'admin',
    channel: 'api',
    what: 'POST /api/v1/pipelines/{pipeline}/runs',
    target: { pipeline: 'chain' },
    reason: 'the numbers are late',
    before: null,
    outcome: { status: 201, code: null, after: { run_id: run.run_id, pipeline: 'chain', version: run.version } },
  });
  expect(created.outcome.after).toMatchObject({ name: 'ops', role: 'operator', expires_at: null });
  expect(signedIn).toMatchObject({ who: 'ops', role: 'operator', channel: 'api', what: 'POST /api/v1/session' });
  expect(cancelled).toMatchObject({
    who: 'ops',
    role: 'operator',
    channel: 'session',
    target: { run_id: run.run_id },
    reason: '<b>enough</b>',
    request_id: 'mine-1',
    before: { run_id: run.run_id, status: 'starting' },
    outcome: { status: 202, after: { status: 'cancelled' } },
  });
  expect(paused).toMatchObject({
    who: 'ops',
    channel: 'cli',
    reason: 'holidays',
    before: { id: 'chain', paused: false, cron: '*/15 * * * *' },
    outcome: { after: { id: 'chain', paused: true, note: 'holidays' } },
  });
  expect(revoked).toMatchObject({ before: { name: 'ops', role: 'operator' }, outcome: { after: null } });
  expect(JSON.stringify(await entries())).not.toContain(token.slice(17));
});

test('is read in pages, and keeps as many entries as it is set to', async () => {
  const few = await deployApi(inject('redisUrl'), { config: { auditEntries: 5 } });
  ending.push(() => few.end());
  for (let n = 1; n <= 8; n++) await few.post('/api/v1/runs/x/cancel', { reason: `${n}` });
  const page = async (query: string) => {
    const { items, next_cursor } = (await few.get(`/api/v1/audit?${query}`)).json;
    return [items.map(({ seq }: Answered) => seq), next_cursor];
  };
  expect(await page('limit=3')).toEqual([[8, 7, 6], '6']);
  expect(await page('limit=3&cursor=6')).toEqual([[5, 4], null]);
  const checked = (await few.get('/api/v1/audit/verify')).json;
  expect(checked).toMatchObject({ ok: true, entries: 5, first_seq: 4, seq: 8 });
  const noted = `${checked.seq}:${checked.hash}`;
  await few.post('/api/v1/runs/x/cancel');
  expect((await few.get(`/api/v1/audit/verify?expect=${noted}`)).json).toMatchObject({
    ok: true,
    seq: 9,
    first_seq: 5,
  });
  for (let n = 1; n <= 8; n++) await few.post('/api/v1/runs/x/cancel');
  expect((await few.get(`/api/v1/audit/verify?expect=${noted}`)).json).toMatchObject({
    ok: false,
    problem: { seq: 8, message: 'entry 8 is no longer kept' },
  });
  expect(await few.redis.zcard(few.keys.audit)).toBe(5);
});

test('an entry that was changed, removed or put in is found, and so is a log that was cut or written anew', async () => {
  for (let n = 1; n <= 6; n++) await deployed.post('/api/v1/runs/x/cancel', { reason: `${n}` });
  const { redis, keys } = deployed;
  const { hash } = await verify();
  const saved = await redis.zrange(keys.audit, '0', '-1');
  const head = await redis.hgetall(keys.auditHead);
  const found = async (tamper: () => Promise<unknown>, expected?: string) => {
    await tamper();
    const { ok, problem } = await verify(expected);
    await redis.del(keys.audit);
    for (const [at, text] of saved.entries()) await redis.zadd(keys.audit, at + 1, text);
    await redis.hset(keys.auditHead, head);
    expect((await verify()).ok).toBe(true);
    return ok ? null : problem;
  };
  const replace = async (seq: number, text: string) => {
    await redis.zremrangebyscore(keys.audit, seq, seq);
    await redis.zadd(keys.audit, seq, text);
  };
  const changed = saved[2]!.replace('"who":"admin"', '"who":"nobody"');
  expect(await found(() => replace(3, changed))).toMatchObject({ seq: 3, message: expect.stringMatching('changed') });
  expect(await found(() => replace(3, 'no JSON'))).toMatchObject({ seq: 3 });
  expect(await found(() => redis.zremrangebyscore(keys.audit, 3, 3))).toEqual({
    seq: 3,
    message: 'entry 3 is missing',
  });
  expect(await found(() => redis.zremrangebyscore(keys.audit, 1, 2))).toEqual({
    seq: 2,
    message: 'entry 2 is missing',
  });
  expect(await found(() => redis.zremrangebyscore(keys.audit, 6, 6))).toEqual({
    seq: 6,
    message: 'entry 6 is missing',
  });
  expect(await found(() => redis.del(keys.audit))).toEqual({ seq: 6, message: 'entry 6 is missing' });
  expect(await found(() => redis.zadd(keys.audit, 3, '{"seq":3}'))).not.toBeNull();
  // Who can write to Redis can write it all anew, but not so that it agrees with what was noted elsewhere.
  expect(await found(() => redis.del(keys.audit, keys.auditHead), `6:${hash}`)).toMatchObject({
    seq: 6,
    message: 'entry 6 is gone: the log ends with entry 0',
  });
  expect(await found(async () => {}, `6:${'0'.repeat(64)}`)).toMatchObject({ seq: 6 });
  expect((await deployed.get('/api/v1/audit/verify?expect=latest')).status).toBe(422);
});

test('processes that write at the same time make one chain of it, with each entry once', async () => {
  const second = createApi(deployed.deps);
  ending.push(() => second.stop());
  await second.start();
  await Promise.all(
    Array.from({ length: 120 }, (_, n) =>
      fetch(`${n % 2 === 0 ? deployed.url : second.url}/api/v1/runs/x/cancel`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'x-request-id': `r${n}` },
      }),
    ),
  );
  await waitFor(async () => (await verify()).seq === 120, { what: 'all entries to be in the log' });
  expect(await verify()).toMatchObject({ ok: true, entries: 120 });
  const ids = new Set((await entries('?limit=500')).map(({ request_id }) => request_id));
  expect(ids.size).toBe(120);
  expect(await deployed.redis.hlen(deployed.keys.auditOpen)).toBe(0);
});

test('the entry of a process that died in the middle is taken over: what became of it is unknown', async () => {
  const { store, redis, keys } = deployed;
  // It dies after its first command of the change: nothing that it sends later arrives.
  let isDead = false;
  const dying = new Proxy(store, {
    get: (target, name: keyof Store) =>
      isDead || name === 'appendAudit'
        ? () => new Promise(() => {})
        : (...args: unknown[]) => {
            if (name === 'startRun') isDead = true;
            return (target[name] as (...given: unknown[]) => unknown)(...args);
          },
  });
  const api = createApi({ ...deployed.deps, store: dying });
  ending.push(() => api.stop());
  await api.start();
  void fetch(`${api.url}/api/v1/pipelines/chain/runs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}` },
  }).catch(() => {});
  const [run] = await waitFor(async () => (await deployed.get('/api/v1/runs')).json.items as Answered[], {
    what: 'the run to be there',
  }).then(async () => {
    await waitFor(async () => (await deployed.get('/api/v1/runs')).json.items.length === 1, { what: 'one run' });
    return (await deployed.get('/api/v1/runs')).json.items as Answered[];
  });
  const open = await redis.hgetall(keys.auditOpen);
  expect(Object.keys(open)).toHaveLength(1);
  // A minute later, to a process that starts then.
  for (const [id, text] of Object.entries(open)) {
    const entry = JSON.parse(text) as { at: string };
    await redis.hset(keys.auditOpen, id, JSON.stringify({ ...entry, at: new Date(Date.now() - 61_000).toISOString() }));
  }
  const later = createApi(deployed.deps);
  ending.push(() => later.stop());
  await later.start();
  await waitFor(async () => (await entries()).length === 1, { what: 'the entry to be taken over' });
  expect(await entries()).toMatchObject([
    { who: 'admin', what: 'POST /api/v1/pipelines/{pipeline}/runs', target: { pipeline: run.pipeline }, outcome: null },
  ]);
  expect(await verify()).toMatchObject({ ok: true, entries: 1 });
  expect(await redis.hlen(keys.auditOpen)).toBe(0);
});
