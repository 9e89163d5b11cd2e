/** Every operation, socket event and action of Bull Board with every kind of token, generated from their tables. */
import { createRequire } from 'node:module';
import { ROLES, type Role } from '@millrace/core/domain';
import { waitFor } from '@millrace/core/testing';
import { io } from 'socket.io-client';
import { beforeAll, describe, expect, inject, test } from 'vitest';
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
