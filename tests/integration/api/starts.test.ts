/** The cost of a start over HTTP, and that its answer, made without reading the run, equals a GET. */
import { readFileSync } from 'node:fs';
import { compilePipeline, sourceOfYaml } from '@millrace/core/definition';
import type { PipelineName } from '@millrace/core/domain';
import { redisStore } from '@millrace/core/redis';
import { SCRIPTS } from '../../../packages/core/src/redis/scripts.generated.ts';
import { waitFor } from '@millrace/core/testing';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { type DeployedApi, deployApi } from './deployed-api.ts';

const { redis_calls_per_http_start: BUDGET } = JSON.parse(
  readFileSync(new URL('../../../bench/budgets.json', import.meta.url), 'utf8'),
) as {
  redis_calls_per_http_start: number;
};

const yamlOf = (name: string, overlap: string, more = '') => `
name: ${name}
overlap: ${overlap}
params: { type: object, properties: { rows: { type: integer, default: 7 } } }
stages:
  a: { run: { command: [node, a.mjs] } }
  b: { depends_on: [a], run: { command: [node, b.mjs] } }
  c: { depends_on: [a, b], run: { command: [node, c.mjs] } }
${more}`;

const BY_THE_CLOCK = new Set(['ping', 'zrange']);

let deployed: DeployedApi;
/** Commands that the API has sent, but for what it sends by the clock. */
let sent: string[] = [];

beforeAll(async () => {
  deployed = await deployApi(inject('redisUrl'), { defined: new Set(['first', 'free', 'single', 'line', 'newer']) });
  for (const overlap of ['allow', 'skip', 'queue'])
    await deployed.register(yamlOf({ allow: 'free', skip: 'single', queue: 'line' }[overlap]!, overlap));
  // Redis learns the scripts.
  await deployed.register(yamlOf('first', 'skip'));
  await start('first');
  const { redis, keys } = deployed;
  const { sha, lua } = SCRIPTS.append_audit;
  const ofTokensOrAudit = new Set<string>([keys.tokens, keys.tokenUses, keys.auditHead, sha, lua]);
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, ...rest) => {
    if (!BY_THE_CLOCK.has(command.name) && !ofTokensOrAudit.has(String(command.args[0]))) sent.push(command.name);
    return send(command, ...rest);
  };
});
beforeEach(() => {
  sent = [];
});
afterAll(() => deployed.end());

const start = async (pipeline: string, body: object = {}, headers: Record<string, string> = {}) => {
  sent = [];
  const { status, json } = await deployed.post(`/api/v1/pipelines/${pipeline}/runs`, body, headers);
  return { status, json, sent: [...sent] };
};
const shown = async (id: string) => (await deployed.get(`/api/v1/runs/${id}`)).json;

test.each([
  ['a plain one', 'free', {}, {}],
  ['with a key', 'free', {}, { 'idempotency-key': 'once' }],
  [
    'with what it may say',
    'free',
    { params: { rows: 3 }, stages: ['b', 'c'], labels: { team: 'x' }, reason: 'because' },
    {},
  ],
  ['that takes a slot', 'single', {}, { 'idempotency-key': 'slot' }],
])('%s: so many Redis calls, and what a GET says', async (_name, pipeline, body, headers) => {
  const { status, json, sent: calls } = await start(pipeline, body, headers);
  expect(status).toBe(201);
  // The script that starts the run opens its entry of the audit log; the other one is the overlap lock's.
  expect(calls).toEqual(pipeline === 'single' ? ['evalsha', 'evalsha'] : ['evalsha']);
  expect(calls.length).toBeLessThanOrEqual(BUDGET);
  const { warnings, ...run } = json;
  expect(run).toEqual(await shown(run.run_id));
  expect(warnings).toEqual([expect.stringContaining('no worker serves queue default')]);
});

test('a start that waits for the overlap lock, and one that repeats a key, are answered as such', async () => {
  await start('line');
  const { status, json } = await start('line', { reason: 'second' }, { 'idempotency-key': 'waits' });
  const { warnings: _, ...run } = json;
  expect([status, run.status]).toEqual([202, 'queued']);
  expect(run).toEqual(await shown(run.run_id));
  const again = await start('line', { reason: 'second' }, { 'idempotency-key': 'waits' });
  expect([again.status, again.json.run_id]).toEqual([200, run.run_id]);
  expect((await start('line', { reason: 'third' }, { 'idempotency-key': 'waits' })).status).toBe(422);
});

test('a version that another process has made current is the one that starts', async () => {
  await deployed.register(yamlOf('newer', 'allow'));
  const before = (await start('newer')).json.version;
  const { pipeline } = compilePipeline(
    sourceOfYaml(yamlOf('newer', 'allow', '  d: { run: { command: [node, d.mjs] } }\n'), 'newer.yaml'),
  );
  const elsewhere = redisStore(deployed.redis, deployed.prefix);
  await elsewhere.registerPipeline(pipeline, { makeCurrent: true });
  const { status, json } = await start('newer', { stages: ['d'] });
  expect([status, json.version, json.stages.length]).toEqual([201, pipeline.version, 1]);
  expect(json.version).not.toBe(before);
  expect((await start('newer')).sent).toEqual(['evalsha']);
  await elsewhere.retirePipeline(pipeline.name);
  expect(await start('newer')).toMatchObject({ status: 404, json: { code: 'unknown_pipeline' } });
});

test('workers that come and go are known without asking when a run starts', async () => {
  const free = await deployed.store.pipeline('free' as PipelineName);
  await deployed.worker('w1', ['default'], [free!]);
  await waitFor(async () => (await start('free')).sent.length === 1, { what: 'the workers to be read' });
  const served = await start('free');
  expect([served.json.warnings, served.sent]).toEqual([[], ['evalsha']]);
  await deployed.store.releaseWorker('w1' as never);
  await waitFor(async () => (await start('free')).json.warnings.length === 1, { what: 'the worker to be missed' });
  await waitFor(async () => (await start('free')).sent.length === 1, { what: 'the workers to be read' });
});

test('two processes share what they count of a limit, but for the first twentieth of it', async () => {
  const config = { requestsPerMinute: 40 };
  const one = await deployApi(inject('redisUrl'), { config });
  const other = await deployApi(inject('redisUrl'), { config, keys: one.keys });
  const ask = async (api: DeployedApi) => (await api.get('/api/v1/pipelines')).status;
  const counted = async () => {
    const [key] = await one.redis.keys(`${one.keys.rateLimits}/all/*`);
    return key === undefined ? 0 : Number(await one.redis.get(key));
  };
  try {
    expect([await ask(other), await ask(other)]).toEqual([200, 200]);
    for (let n = 0; n < 40; n++) expect(await ask(one)).toBe(200);
    expect(await ask(one)).toBe(429);
    await waitFor(async () => (await counted()) === 41, { what: 'the first process to tell' });
    expect(await ask(other)).toBe(200);
    await waitFor(async () => (await counted()) === 44, { what: 'the other one to tell' });
    await waitFor(async () => (await ask(other)) === 429, { what: 'the limit of both' });
  } finally {
    await one.end();
    await other.end();
  }
});
