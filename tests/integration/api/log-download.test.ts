import { wireLogLine } from '@millrace/core/wire';
import { beforeEach, expect, inject, test } from 'vitest';
import { CHAIN, type DeployedApi, deployApi } from './deployed-api.ts';

let deployed: DeployedApi;
let runId: string;
beforeEach(async () => {
  deployed = await deployApi(inject('redisUrl'));
  await deployed.register(CHAIN);
  runId = (await deployed.post('/api/v1/pipelines/chain/runs')).json.run_id;
  return () => deployed.end();
});
const download = (query = '', options = {}) => deployed.get(`/api/v1/runs/${runId}/logs/download${query}`, options);

test('20,000 lines are one request, and are what was written', async () => {
  const lines = Array.from({ length: 20_000 }, (_, n) => `line ${n} \u001b[31mröd\u001b[0m ${'·'.repeat(n % 40)}`);
  const worker = await deployed.worker();
  const claim = await worker.claim();
  // A line an event: more events than one read of the store answers.
  for (let from = 0; from < lines.length; from += 200)
    await worker.report(
      claim,
      lines
        .slice(from, from + 200)
        .map((t, at) => ({ type: 'stage.log', data: { lines: [{ s: at % 2 ? 'err' : 'out', t }] } })),
    );
  await worker.succeed(claim);
  const next = await worker.claim();
  await worker.log(next, 'of the analyzer');

  const text = await download('?stage=translator');
  expect(text.text === `${lines.join('\n')}\n`).toBe(true);
  expect(Object.fromEntries(text.headers)).toMatchObject({
    'content-type': 'text/plain; charset=utf-8',
    'content-disposition': `attachment; filename=${runId}-translator.log`,
    'x-content-type-options': 'nosniff',
  });
  expect((await download('?stage=translator&attempt=1')).text).toBe(text.text);
  expect((await download('?stage=translator&attempt=2')).text).toBe('');
  const all = (await download()).text.trimEnd().split('\n');
  expect([all.length, all[0], all.at(-1)]).toEqual([20_001, `translator | ${lines[0]}`, 'analyzer | of the analyzer']);

  const json = await download('?stage=translator&format=ndjson');
  expect(json.headers.get('content-type')).toBe('application/x-ndjson');
  expect(json.headers.get('content-disposition')).toBe(`attachment; filename=${runId}-translator.ndjson`);
  const parsed = json.text
    .trimEnd()
    .split('\n')
    .map((line) => wireLogLine.strict().parse(JSON.parse(line)));
  expect(parsed.map(({ line }) => line)).toEqual(lines);
  expect(parsed.slice(0, 2).map(({ stream }) => stream)).toEqual(['stdout', 'stderr']);
});

test('a client that disconnects half-way disturbs no one', async () => {
  const worker = await deployed.worker();
  const claim = await worker.claim();
  for (let n = 0; n < 400; n++) await worker.log(claim, ...Array.from({ length: 7 }, () => 'x'.repeat(2_000)));
  const gone = new AbortController();
  const response = await fetch(`${deployed.url}/api/v1/runs/${runId}/logs/download`, {
    headers: { authorization: `Bearer ${deployed.deps.adminToken}` },
    signal: gone.signal,
  });
  await response.body!.getReader().read();
  gone.abort();
  expect((await download('?stage=analyzer')).status).toBe(200);
});

test('a missing log is reported before the first byte', async () => {
  expect((await download('', { token: null })).status).toBe(401);
  expect((await download('?stage=nope')).json).toMatchObject({ status: 404, code: 'unknown_stage' });
  expect((await deployed.get('/api/v1/runs/nope/logs/download')).json).toMatchObject({
    status: 404,
    code: 'unknown_run',
  });
  expect((await download('?format=xml')).json).toMatchObject({ status: 422, errors: [{ path: 'query.format' }] });
  expect((await download('', {})).text).toBe('');
});
