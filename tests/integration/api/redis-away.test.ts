/** Redis is down: every operation reports it, none breaks or waits for ever. */
import { startRedis, type TestRedis } from '@millrace/core/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answered, CHAIN, type DeployedApi, deployApi } from './deployed-api.ts';

let redis: TestRedis;
let deployed: DeployedApi;
let operations: readonly { readonly verb: string; readonly path: string }[];
beforeAll(async () => {
  redis = await startRedis();
  deployed = await deployApi(redis.url, { failuresPerMinute: 10_000 });
  await deployed.register(CHAIN);
  const { run_id: runId } = (await deployed.post('/api/v1/pipelines/chain/runs')).json;
  const { paths } = (await deployed.get('/openapi.json')).json as { paths: Answered };
  const NAMES: Readonly<Record<string, string>> = {
    pipeline: 'chain',
    run_id: runId,
    schedule_id: 'chain',
    stage: 'translator',
    artifact_id: 'a'.repeat(64),
    gate_id: `${runId}.translator.1.1`,
  };
  operations = Object.entries(paths).flatMap(([path, verbs]) =>
    Object.keys(verbs as object).map((verb) => ({
      verb,
      path: path.replaceAll(/\{(\w+)\}/g, (_, name: string) => NAMES[name] ?? name),
    })),
  );
  await redis.kill9();
});
afterAll(async () => {
  await deployed?.end();
  await redis?.stop();
});

/** They need no Redis. */
const ANSWERED = [
  '/healthz',
  '/api/v1/healthz',
  '/openapi.json',
  '/api/v1/openapi.json',
  '/docs',
  '/api/v1/docs',
  '/api/v1/session',
  '/',
];
/** Asked for as a user would, so that nothing else is wrong with the request. */
const QUERIES: readonly (readonly [RegExp, string])[] = [
  [/\/logs(\/\w+)?$/, '?stage=translator'],
  [/\/preview$/, '?cron=0+4+*+*+*'],
];
const withQuery = (path: string): string => path + (QUERIES.find(([pattern]) => pattern.test(path))?.[1] ?? '');

test('every reading is refused as store_unavailable, with when to come again', async () => {
  const readings = operations.filter(
    ({ verb, path }) => verb === 'get' && !ANSWERED.includes(path) && path !== '/readyz' && path !== '/metrics',
  );
  expect(readings.length).toBeGreaterThan(20);
  const answers = await Promise.all(
    readings.map(async ({ path }) => {
      const { status, json, headers } = await deployed.get(withQuery(path));
      return [path, status, json?.code, headers.get('retry-after') !== null];
    }),
  );
  expect(answers).toEqual(readings.map(({ path }) => [path, 503, 'store_unavailable', true]));
});

test('no change is answered as if it had been made, and none breaks', async () => {
  const changes = operations.filter(({ verb, path }) => verb !== 'get' && path !== '/api/v1/session');
  expect(changes.length).toBeGreaterThan(10);
  for (const { verb, path } of changes) {
    const { status, json } = await deployed.call(verb.toUpperCase(), path, { body: {} });
    expect([503, 400, 422], `${verb} ${path}: ${JSON.stringify(json)}`).toContain(status);
  }
});

test('the message names Redis, not the driver', async () => {
  expect((await deployed.get('/api/v1/health')).json.detail).toMatch(/^Redis did not answer \(\w+\)$/);
});
