/** Every operation, socket event and action of Bull Board with every kind of token, generated from their tables. */
import { createRequire } from 'node:module';
import { ROLES, type Role } from '@millrace/core/domain';
import { waitFor } from '@millrace/core/testing';
import { OFFERED_VERBS } from '@millrace/core/wire';
import { io } from 'socket.io-client';
import { beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { WebSocket } from 'ws';
import { BOARD_ROLE, SOCKET_ROLES } from '../../../apps/api/src/http/other-roles.ts';
import { CHAIN, type DeployedApi, deployApi } from './deployed-api.ts';

/** Bull Board's own table. */
const { appRoutes } = createRequire(new URL('../../../apps/api/package.json', import.meta.url))(
  '@bull-board/api/dist/routes.js',
) as { appRoutes: { readonly entryPoint: BoardRoute; readonly api: readonly BoardRoute[] } };
interface BoardRoute {
  readonly method: string | readonly string[];
  readonly route: string | readonly string[];
}

let deployed: DeployedApi;
/** By what they are called here; null: no token. */
const tokens: Record<string, string | null> = { none: null };
const WHO = ['none', 'expired', 'revoked', ...ROLES] as const;
type Who = (typeof WHO)[number];

beforeAll(async () => {
  deployed = await deployApi(inject('redisUrl'), { failuresPerMinute: 100_000, requestsPerMinute: 100_000 });
  await deployed.register(CHAIN);
  const create = async (name: string, body: object) => {
    tokens[name] = (await deployed.post('/api/v1/tokens', { name: `a-${name}`, ...body })).json.token;
  };
  for (const role of ROLES) await create(role, { role });
  await create('revoked', { role: 'admin' });
  await deployed.call('DELETE', '/api/v1/tokens/a-revoked');
  await create('expired', { role: 'admin', expires_in: 1 });
  await waitFor(async () => (await deployed.get('/api/v1/runs', { token: tokens['expired']! })).status === 401, {
    what: 'the token to expire',
  });
  return () => deployed.end();
});

/** The refusal that the table demands, or null. */
const refusal = (who: Who, needed: Role | null): string | null => {
  if (needed === null) return null;
  if (who === 'none' || who === 'expired' || who === 'revoked') return '401';
  return ROLES.indexOf(who) < ROLES.indexOf(needed) ? `403 this needs the role ${needed}` : null;
};
/** What was answered, as far as it is about access. */
const refused = ({ status, json }: Awaited<ReturnType<DeployedApi['call']>>): string | null => {
  if (status === 401) return '401';
  return status === 403 ? `403 ${(json.detail as string).split(';')[0]}` : null;
};

test('operations', async () => {
  const { paths } = (await deployed.get('/openapi.json', { token: null })).json as {
    paths: Record<string, Record<string, { 'x-role'?: Role }>>;
  };
  const operations = Object.entries(paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, { 'x-role': role }]) => ({ path, verb, role: role ?? null })),
  );
  const tried: string[] = [];
  const expected: string[] = [];
  for (const { path, verb, role } of operations)
    for (const who of WHO) {
      const answer = await deployed.call(verb.toUpperCase(), path.replaceAll(/\{\w+\}/g, 'x'), {
        token: tokens[who]!,
        ...(verb === 'get' ? {} : { body: {} }),
      });
      const cell = `${verb} ${path}, ${who}: `;
      tried.push(`${cell}${refused(answer)}`);
      expected.push(`${cell}${refusal(who, role)}`);
      expect(answer.status, cell).not.toBe(500);
    }
  expect(tried).toEqual(expected);
  expect(operations.length).toBeGreaterThan(50);
});

test('pages and actions of Bull Board, none of which changes anything', async () => {
  const actions = [appRoutes.entryPoint, ...appRoutes.api].flatMap(({ method, route }) =>
    [method].flat().flatMap((verb) => [route].flat().map((path) => ({ verb: verb.toUpperCase(), path }))),
  );
  const queues = async () => (await deployed.get('/api/v1/queues')).text;
  await deployed.post('/api/v1/pipelines/chain/runs');
  const before = await queues();
  for (const { verb, path } of actions)
    for (const who of WHO) {
      const at = `/admin/queues${path.replaceAll(/:\w+/g, 'default')}`;
      const answer = await deployed.call(verb, at, {
        token: tokens[who]!,
        ...(verb === 'GET' ? {} : { body: {} }),
      });
      expect(refused(answer), `${verb} ${path}, ${who}`).toBe(refusal(who, BOARD_ROLE));
    }
  expect(await queues()).toBe(before);
  expect(actions.length).toBeGreaterThan(30);
});

describe('the socket', () => {
  const connect = async (token: string | null) => {
    const socket = io(`${deployed.url}/events`, {
      transports: ['websocket'],
      auth: token === null ? {} : { token },
      reconnection: false,
      forceNew: true,
    });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve);
        socket.once('connect_error', reject);
      });
      const answers: Record<string, unknown> = {};
      for (const verb of Object.keys(SOCKET_ROLES).filter((one) => one !== 'connect'))
        answers[verb] = ((await socket.emitWithAck(verb, {})) as { error?: { message: string } }).error ?? null;
      return { connect: null, ...answers };
    } catch (error) {
      return { connect: (error as { data?: { code: string } }).data?.code ?? String(error) };
    } finally {
      socket.disconnect();
    }
  };

  test.each(WHO)('%s', async (who) => {
    const expected = Object.fromEntries(
      Object.entries(SOCKET_ROLES).map(([verb, role]) => [verb, refusal(who, role)] as const),
    );
    const answer = await connect(tokens[who]!);
    if (expected['connect'] !== null) return expect(answer).toEqual({ connect: 'unauthenticated' });
    expect(answer).toEqual(
      Object.fromEntries(
        Object.entries(expected).map(([verb, why]) => [
          verb,
          why === null ? null : expect.objectContaining({ code: 'forbidden' }),
        ]),
      ),
    );
  });
});

describe('a token that is limited to another pipeline', () => {
  let hidden: { readonly run_id: string };
  let gateId: string;
  const HIDDEN = CHAIN.replace('name: chain', 'name: hidden')
    .replace('overlap: skip', 'overlap: allow')
    .replace('translator: {', 'translator: { gate: {},');
  const limited: Record<string, string> = {};

  beforeAll(async () => {
    const pipeline = await deployed.register(HIDDEN);
    hidden = (await deployed.post('/api/v1/pipelines/hidden/runs')).json;
    const worker = await deployed.worker();
    let claim = await worker.claim();
    for (; claim.runId !== hidden.run_id; claim = await worker.claim()) await worker.succeed(claim);
    await worker.openGate(claim, pipeline);
    gateId = `${hidden.run_id}.translator.1.1`;
    // Its event streams end.
    await deployed.post(`/api/v1/runs/${hidden.run_id}/cancel`);
    for (const pipeline of ['chain', 'hidden'])
      limited[pipeline] = (
        await deployed.post('/api/v1/tokens', { name: `only-${pipeline}`, role: 'operator', pipelines: [pipeline] })
      ).json.token;
  });

  beforeEach(() => deployed.post('/api/pipeline/reset'));

  test('operations', async () => {
    const { paths } = (await deployed.get('/openapi.json', { token: null })).json as {
      paths: Record<string, Record<string, { 'x-role'?: Role; 'x-reach'?: string }>>;
    };
    const BODIES: Record<string, object> = {
      'post /api/v1/schedules': { pipeline: 'hidden', every: '1h' },
      'put /api/v1/schedules/{schedule_id}': { every: '1h' },
      ...Object.fromEntries(
        OFFERED_VERBS.map((verb) => [`post /api/v1/gates/{gate_id}/${verb}`, { shown_digest: 'a'.repeat(64) }]),
      ),
    };
    const UNKNOWN: Record<string, string> = {
      run_id: 'unknown_run',
      schedule_id: 'unknown_schedule',
      gate_id: 'unknown_gate',
    };
    const seen: Record<string, number> = {};
    for (const [path, verbs] of Object.entries(paths))
      for (const [verb, { 'x-role': role, 'x-reach': reach }] of Object.entries(verbs)) {
        if (role === undefined || role === 'admin') continue;
        const op = `${verb} ${path}`;
        const at = path
          .replace('{pipeline}', 'hidden')
          .replace('{run_id}', hidden.run_id)
          .replace('{schedule_id}', 'hidden')
          .replace('{gate_id}', gateId)
          .replaceAll(/\{\w+\}/g, 'x');
        const ask = (token: string) =>
          deployed.call(verb.toUpperCase(), at, { token, ...(verb === 'get' ? {} : { body: BODIES[op] ?? {} }) });
        const isOfDefault = reach === 'pipeline' && path.startsWith('/api/');
        const isSeed = isOfDefault && !path.startsWith('/api/v1/');
        // The default pipeline is "chain".
        const [other, own] = isSeed ? ['hidden', 'chain'] : ['chain', 'hidden'];
        const [refusal, answer] = [await ask(limited[other]!), await ask(limited[own]!)];
        seen[reach!] = (seen[reach!] ?? 0) + 1;
        if (reach === 'deployment') {
          for (const one of [refusal, answer])
            expect([op, one.status, one.json.detail]).toEqual([op, 403, expect.stringMatching(/whole deployment$/)]);
        } else if (reach === 'items') {
          expect([op, refusal.status, answer.status]).toEqual([op, 200, 200]);
          expect([op, refusal.text]).toEqual([op, expect.not.stringMatching(new RegExp(`hidden|${hidden.run_id}`))]);
          expect([op, answer.text]).toEqual([op, expect.not.stringMatching(/chain/)]);
        } else if (reach !== 'none') {
          const code = UNKNOWN[reach!] ?? 'forbidden';
          expect([op, refusal.json.code]).toEqual([op, code]);
          expect([op, refusal.text]).toEqual([op, expect.not.stringMatching(isSeed ? 'chain' : 'hidden')]);
          expect([op, answer.json?.code ?? null]).not.toEqual([op, code]);
        }
      }
    // Each kind was there.
    expect(Object.keys(seen).sort()).toEqual([
      'deployment',
      'gate_id',
      'items',
      'none',
      'pipeline',
      'run_id',
      'schedule_id',
    ]);
  });

  test('lists are full for one pipeline, and what is searched for elsewhere is not told', async () => {
    for (let n = 0; n < 3; n++) {
      const { run_id: id } = (await deployed.post('/api/v1/pipelines/chain/runs')).json;
      await deployed.post(`/api/v1/runs/${id}/cancel`);
      const other = (await deployed.post('/api/v1/pipelines/hidden/runs')).json;
      await deployed.post(`/api/v1/runs/${other.run_id}/cancel`);
    }
    const ask = (path: string) => deployed.get(path, { token: limited['chain']! });
    const { items } = (await ask('/api/v1/runs?limit=3')).json;
    expect(items.map(({ pipeline }: { pipeline: string }) => pipeline)).toEqual(['chain', 'chain', 'chain']);
    expect((await ask('/api/v1/runs?id=@last')).json.items).toMatchObject([{ pipeline: 'chain' }]);
    for (const query of ['pipeline=hidden', 'id=hidden@last', 'text=hidden@last', 'pipeline=no-such'])
      expect([query, (await ask(`/api/v1/runs?${query}`)).json.code]).toEqual([query, 'forbidden']);
    expect((await ask('/api/v1/schedules/hiddem')).json.detail).not.toContain('hidden');
    expect((await ask('/api/v1/schedules/chaim')).json.detail).not.toContain('hidden');
  });

  test('limits are names of pipelines, and none for an administrator', async () => {
    const refused = async (body: object) => {
      const { status, json } = await deployed.post('/api/v1/tokens', { name: 'x', role: 'viewer', ...body });
      return [status, json.errors?.[0]?.path];
    };
    expect(await refused({ pipelines: ['chain'], role: 'admin' })).toEqual([422, 'pipelines']);
    expect(await refused({ pipelines: [] })).toEqual([422, 'pipelines']);
    expect(await refused({ pipelines: ['chain', 'a/b'] })).toEqual([422, 'pipelines.1']);
    expect((await deployed.get('/api/v1/tokens?limit=500')).text).not.toContain('"x"');
  });

  test('the socket', async () => {
    const socket = io(`${deployed.url}/events`, {
      transports: ['websocket'],
      auth: { token: limited['chain']! },
      reconnection: false,
      forceNew: true,
    });
    try {
      const heard: { pipeline: string; type: string }[] = [];
      socket.on('event', (event: { pipeline: string; type: string }) => heard.push(event));
      const first = await new Promise<object>((resolve, reject) => {
        socket.once('snapshot', resolve);
        socket.once('connect_error', reject);
      });
      const ask = async (what: object) =>
        (await socket.emitWithAck('subscribe', what)) as { snapshot?: object; error?: { code: string } };
      expect((await ask({ run_id: hidden.run_id })).error).toMatchObject({ code: 'unknown_run' });
      expect((await ask({ pipeline: 'hidden' })).error).toMatchObject({ code: 'forbidden' });
      const { snapshot } = await ask({});
      for (const shown of [first, snapshot!]) {
        expect(Object.keys((shown as { status: object }).status)).toEqual(['chain']);
        expect(JSON.stringify(shown)).not.toContain('hidden');
      }
      for (const pipeline of ['hidden', 'chain']) {
        const { run_id: id } = (await deployed.post(`/api/v1/pipelines/${pipeline}/runs`)).json;
        await deployed.post(`/api/v1/runs/${id}/cancel`);
      }
      await waitFor(() => heard.some(({ type }) => type === 'run.cancelled'), { what: 'the end of the own run' });
      expect(new Set(heard.map(({ pipeline }) => pipeline))).toEqual(new Set(['chain']));
      await socket.emitWithAck('unsubscribe', {});
      expect((await ask({ pipeline: 'chain' })).error).toBeUndefined();
    } finally {
      socket.disconnect();
    }
  });

  test('a plain socket', async () => {
    const statusOf = (path: string, token: string) =>
      new Promise<number>((resolve, reject) => {
        const socket = new WebSocket(`${deployed.url.replace('http', 'ws')}${path}`, ['bearer', token]);
        socket.on('error', reject);
        socket.once('open', () => resolve(101)).once('open', () => socket.terminate());
        socket.once('unexpected-response', (_, { statusCode }) => resolve(statusCode!));
      });
    const ofRun = `/ws/events/${hidden.run_id}`;
    expect([await statusOf(ofRun, limited['chain']!), await statusOf(ofRun, limited['hidden']!)]).toEqual([404, 101]);
    const ofAll = '/ws/events';
    expect([await statusOf(ofAll, limited['chain']!), await statusOf(ofAll, limited['hidden']!)]).toEqual([101, 403]);
  });
});
