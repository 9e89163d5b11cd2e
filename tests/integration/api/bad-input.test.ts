import { get } from 'node:http';
import { connect } from 'node:net';
import { wireProblem } from '@millrace/core/wire';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { CHAIN, type DeployedApi, deployApi, TOKEN } from './deployed-api.ts';

let deployed: DeployedApi;
beforeAll(async () => {
  deployed = await deployApi(inject('redisUrl'), { failuresPerMinute: 1_000 });
  await deployed.register(CHAIN);
  return () => deployed.end();
});

const RUNS = '/api/v1/pipelines/chain/runs';
const NO_RUN = '0190a0a0-0000-7000-8000-000000000000';

type Case = readonly [
  what: string,
  method: string,
  path: string,
  options: { body?: unknown; headers?: Record<string, string> },
  status: number,
  code: string,
  says: RegExp,
];
test.each<Case>([
  ['an unknown path', 'GET', '/api/v1/nothing', {}, 404, 'unknown_route', /openapi/],
  ['a path of a later release', 'GET', '/api/v1/backfills', {}, 404, 'unknown_route', /backfills/],
  ['a verb that the path does not take', 'DELETE', '/api/v1/runs', {}, 405, 'method_not_allowed', /GET/],
  ['a path that cannot be decoded', 'GET', '/api/v1/runs/%E0%A4%A', {}, 400, 'malformed_request', /decode/i],
  [
    'an unknown pipeline',
    'POST',
    '/api/v1/pipelines/chian/runs',
    { body: {} },
    404,
    'unknown_pipeline',
    /did you mean "chain"/,
  ],
  [
    'a name that cannot be a pipeline',
    'GET',
    '/api/v1/pipelines/..%2f..%2fetc',
    {},
    404,
    'unknown_pipeline',
    /no pipeline/,
  ],
  ['an unknown run', 'GET', `/api/v1/runs/${NO_RUN}`, {}, 404, 'unknown_run', /0190a0a0/],
  ['a run id that is none', 'GET', '/api/v1/runs/7', {}, 404, 'unknown_run', /"7"/],
  ['a cancel of an unknown run', 'POST', `/api/v1/runs/${NO_RUN}/cancel`, {}, 404, 'unknown_run', /no run/],
  ['a pause of an unknown run', 'POST', `/api/v1/runs/${NO_RUN}/pause`, {}, 404, 'unknown_run', /no run/],
  ['a rerun in an unknown run', 'POST', `/api/v1/runs/${NO_RUN}/stages/a/rerun`, {}, 404, 'unknown_run', /no run/],
  ['a pause of an unknown pipeline', 'POST', '/api/v1/pipelines/chian/pause', {}, 404, 'unknown_pipeline', /"chain"/],
  ['a resume of what is no run', 'POST', '/api/v1/runs/7/resume', {}, 404, 'unknown_run', /"7"/],
  ['events of an unknown run', 'GET', `/api/v1/runs/${NO_RUN}/events`, {}, 404, 'unknown_run', /no run/],
  ['a stream of an unknown run', 'GET', `/api/v1/runs/${NO_RUN}/events/stream`, {}, 404, 'unknown_run', /no run/],
  ['logs of an unknown run', 'GET', `/api/v1/runs/${NO_RUN}/logs`, {}, 404, 'unknown_run', /no run/],
  [
    'an artifact of an unknown run',
    'GET',
    `/api/v1/runs/${NO_RUN}/artifacts/x/content`,
    {},
    404,
    'unknown_run',
    /no run/,
  ],
  [
    'a number that is not kept',
    'POST',
    RUNS,
    { body: '{"params":{"id":9007199254740993}}' },
    422,
    'invalid_request',
    /body\.params\.id: .*send it as a text/,
  ],
  ['a key twice', 'POST', RUNS, { body: '{"params":{},"params":{}}' }, 422, 'invalid_request', /second time/],
  [
    'endless nesting',
    'POST',
    RUNS,
    { body: `{"params":{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}}` },
    422,
    'invalid_request',
    /100 levels/,
  ],
  [
    'a number of 200,000 digits',
    'POST',
    RUNS,
    { body: `{"params":{"id":1.${'0'.repeat(200_000)}1}}` },
    422,
    'invalid_request',
    /send it as a text/,
  ],
  ['malformed JSON', 'POST', RUNS, { body: '{"params":' }, 400, 'malformed_json', /JSON/],
  [
    'a body of another type',
    'POST',
    RUNS,
    { body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    400,
    'malformed_request',
    /application\/json/,
  ],
  [
    'an unknown encoding',
    'POST',
    RUNS,
    { body: '{}', headers: { 'content-encoding': 'lzma' } },
    400,
    'malformed_request',
    /encoding/,
  ],
  ['a body that is a list', 'POST', RUNS, { body: [] }, 422, 'invalid_request', /object/],
  ['a body that is null', 'POST', RUNS, { body: 'null' }, 422, 'invalid_request', /object/],
  ['an unknown field', 'POST', RUNS, { body: { parms: {} } }, 422, 'invalid_request', /parms.*did you mean "params"/],
  ['a field of another type', 'POST', RUNS, { body: { labels: { a: 1 } } }, 422, 'invalid_request', /labels\.a/],
  [
    'an unknown param',
    'POST',
    RUNS,
    { body: { params: { sorce: 'x' } } },
    422,
    'invalid_params',
    /did you mean "source"/,
  ],
  [
    'a param of another type',
    'POST',
    RUNS,
    { body: { params: { rows: 'many' } } },
    422,
    'invalid_params',
    /params\.rows/,
  ],
  ['an unknown mode', 'POST', RUNS, { body: { mode: 'quik' } }, 422, 'invalid_params', /did you mean "quick"/],
  [
    'an unknown stage',
    'POST',
    RUNS,
    { body: { stages: ['analyser'] } },
    404,
    'unknown_stage',
    /did you mean "analyzer"/,
  ],
  ['no stage', 'POST', RUNS, { body: { stages: [] } }, 422, 'invalid_request', /stage/],
  ['too long a reason', 'POST', RUNS, { body: { reason: 'x'.repeat(2_000) } }, 422, 'invalid_request', /limit/],
  [
    'too large params',
    'POST',
    RUNS,
    { body: { params: { source: 'x'.repeat(70_000) } } },
    413,
    'too_large',
    /params_bytes/,
  ],
  [
    'a grace that is no duration',
    'POST',
    `/api/v1/runs/${NO_RUN}/cancel`,
    { body: { grace: 'soon' } },
    422,
    'invalid_request',
    /duration/,
  ],
  [
    'a reason that is too long',
    'POST',
    `/api/v1/runs/${NO_RUN}/pause`,
    { body: { reason: 'x'.repeat(1_025) } },
    422,
    'invalid_request',
    /reason/,
  ],
  [
    'a rerun whose downstream is a word',
    'POST',
    `/api/v1/runs/${NO_RUN}/stages/a/rerun`,
    { body: { downstream: 'no' } },
    422,
    'invalid_request',
    /downstream/,
  ],
  ['a limit out of range', 'GET', '/api/v1/runs?limit=501', {}, 422, 'invalid_request', /query\.limit/],
  ['a limit that is no number', 'GET', '/api/v1/runs?limit=many', {}, 422, 'invalid_request', /query\.limit/],
  ['a limit given twice', 'GET', '/api/v1/runs?limit=1&limit=2', {}, 422, 'invalid_request', /query\.limit/],
  ['a cursor of ones own making', 'GET', '/api/v1/runs?cursor=zzz', {}, 422, 'invalid_request', /query\.cursor/],
  ['an unknown status', 'GET', '/api/v1/runs?status=done', {}, 422, 'invalid_request', /"done" is not a status/],
  ['an instant that is none', 'GET', '/api/v1/runs?since=yesterday', {}, 422, 'invalid_request', /ISO-8601/],
  [
    'a day that the calendar does not have',
    'GET',
    '/api/v1/runs?since=2026-02-31',
    {},
    422,
    'invalid_request',
    /query\.since.*calendar/,
  ],
  [
    'a month that there is not',
    'GET',
    '/api/v1/runs?until=2026-13-01T00:00Z',
    {},
    422,
    'invalid_request',
    /query\.until.*calendar/,
  ],
  [
    'an unknown type of event',
    'GET',
    `/api/v1/runs/${NO_RUN}/events?type=run.done`,
    {},
    422,
    'invalid_request',
    /query\.type.*"run\.done" is not a type of event/,
  ],
  [
    'a tail of too many events',
    'GET',
    `/api/v1/runs/${NO_RUN}/events?tail=501`,
    {},
    422,
    'invalid_request',
    /query\.tail/,
  ],
  [
    'a tail after a seq',
    'GET',
    `/api/v1/runs/${NO_RUN}/events?tail=5&after_seq=1`,
    {},
    422,
    'invalid_request',
    /query\.tail/,
  ],
  ['a tail of an unknown run', 'GET', `/api/v1/runs/${NO_RUN}/events?tail=5`, {}, 404, 'unknown_run', /no run/],
  ['an unknown query field', 'GET', '/api/v1/runs?state=failed', {}, 422, 'invalid_request', /query\.state/],
  ['runs of an unknown pipeline', 'GET', '/api/v1/runs?pipeline=other', {}, 404, 'unknown_pipeline', /other/],
  ['an unknown graph format', 'GET', '/api/v1/pipelines/chain/graph?format=svg', {}, 422, 'invalid_request', /format/],
  ['an unknown schedule', 'GET', '/api/v1/schedules/chains', {}, 404, 'unknown_schedule', /did you mean "chain"/],
])('%s', async (_what, method, path, options, status, code, says) => {
  const answer = await deployed.call(method, path, options);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    status,
    'application/problem+json; charset=utf-8',
  ]);
  const problem = wireProblem.strict().parse(answer.json);
  expect(problem).toMatchObject({ status, code, type: `urn:millrace:error:${code}` });
  expect(`${problem.detail} ${JSON.stringify(problem.errors)}`.replaceAll('\\"', '"')).toMatch(says);
  expect(answer.text).not.toMatch(/node_modules|at .*\.ts:/);
  expect((await deployed.store.runs({ limit: 1, cursor: null })).items).toEqual([]);
});

test('every problem of a request is listed, with its path', async () => {
  const { json } = await deployed.post(RUNS, { parms: 1, labels: { a: 1, b: [] }, dry_run: 'yes', stages: 'all' });
  expect(json.errors.map((error: { path: string }) => error.path).sort()).toEqual([
    'dry_run',
    'labels.a',
    'labels.b',
    'parms',
    'stages',
  ]);
});

test('100 problems are listed, and the rest are counted', async () => {
  const unknown = Object.fromEntries(Array.from({ length: 4_311 }, (_, at) => [`parms${at}`, 1]));
  for (const body of [unknown, { params: unknown }]) {
    const { status, json } = await deployed.call('POST', RUNS, { body });
    expect([status, (json.errors as unknown[]).length, json.more_errors]).toEqual([422, 100, 4_211]);
    expect(json.detail).toMatch(/\(and 4,310 more\)$/);
  }
});

test('a problem never hides what it is: 405 names the verbs, 401 the scheme', async () => {
  expect((await deployed.call('PUT', '/api/v1/runs')).headers.get('allow')).toBe('GET, HEAD');
  expect((await deployed.get('/api/v1/runs', { token: null })).headers.get('www-authenticate')).toBe('Bearer');
});

describe('a body of 60 MB is refused with 413, and not read to its end', () => {
  const head = (extra: string) =>
    `POST ${RUNS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\n${extra}\r\n\r\n`;
  const send = async (start: string, chunk: Buffer, chunks: number): Promise<{ answer: string; sent: number }> => {
    const { port } = new URL(deployed.url);
    const socket = connect(Number(port), '127.0.0.1');
    let answer = '';
    let open = true;
    socket.on('data', (data) => (answer += data.toString()));
    socket.on('error', () => {});
    const closed = new Promise<void>((resolve) => {
      socket.on('close', () => {
        open = false;
        resolve();
      });
    });
    socket.write(start);
    let sent = 0;
    for (; sent < chunks && open; sent++)
      if (!socket.write(chunk)) await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
    await closed;
    return { answer, sent };
  };
  const MEGABYTE = Buffer.alloc(1024 * 1024, ' ');

  test('announced by its length', async () => {
    const { answer, sent } = await send(head(`Content-Length: ${60 * MEGABYTE.length}`), MEGABYTE, 60);
    expect(answer).toMatch(/^HTTP\/1.1 413 .*"code":"too_large"/s);
    expect(sent).toBeLessThan(60);
  });

  test('in chunks, of unknown length', async () => {
    const chunk = Buffer.concat([Buffer.from(`${MEGABYTE.length.toString(16)}\r\n`), MEGABYTE, Buffer.from('\r\n')]);
    const { answer, sent } = await send(head('Transfer-Encoding: chunked'), chunk, 60);
    expect(answer).toMatch(/^HTTP\/1.1 413 .*"code":"too_large"/s);
    expect(sent).toBeLessThan(60);
  });

  test('from fetch, which gets the answer', async () => {
    const response = await fetch(`${deployed.url}${RUNS}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: Buffer.alloc(60 * 1024 * 1024, ' '),
    });
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([413, 'too_large']);
  });
});

describe('tokens', () => {
  test.each([
    ['none', null],
    ['a wrong one', 'wrong'],
    ['one that begins right', TOKEN.slice(0, -1)],
    ['one with more behind it', `${TOKEN}x`],
  ])('%s: 401, before anything is read', async (_what, token) => {
    for (const [method, path] of [
      ['GET', '/api/v1/runs'],
      ['POST', RUNS],
      ['GET', '/api/pipeline/status'],
      ['GET', '/api/v1/health'],
    ] as const) {
      const answer = await deployed.call(method, path, { token, ...(method === 'POST' ? { body: '{' } : {}) });
      expect([answer.status, answer.json.code]).toEqual([401, 'unauthenticated']);
    }
  });

  test('a token in the query is none', async () => {
    expect((await deployed.get(`/api/v1/runs?token=${TOKEN}`, { token: null })).status).toBe(401);
  });
});

test('rate limits: 429 as a problem, with RateLimit headers; guessing tokens runs out much sooner', async () => {
  const limited = await deployApi(inject('redisUrl'), { requestsPerMinute: 8, failuresPerMinute: 3 });
  try {
    const guesses = [];
    for (let n = 0; n < 5; n++) guesses.push((await limited.get('/api/v1/runs', { token: 'guess' })).status);
    expect(guesses).toEqual([401, 401, 401, 429, 429]);
    const answers = [];
    for (let n = 0; n < 10; n++) answers.push(await limited.get('/api/v1/openapi.json'));
    const last = answers.at(-1)!;
    expect([last.status, last.json.code]).toEqual([429, 'rate_limited']);
    expect(last.headers.get('ratelimit')).toMatch(/"all"/);
    expect(last.headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await limited.get('/healthz')).status).toBe(200);
  } finally {
    await limited.end();
  }
});

test('headers: nothing says what serves, nothing is sniffed, no CORS without listed origins', async () => {
  const { headers } = await deployed.get('/healthz', { headers: { origin: 'https://evil.example' } });
  expect(headers.get('x-powered-by')).toBeNull();
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('access-control-allow-origin')).toBeNull();
  expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});

test('CORS for listed origins only', async () => {
  const open = await deployApi(inject('redisUrl'), {
    config: { ...deployed.deps.config, corsOrigins: ['https://ops.example.com'] },
  });
  try {
    const preflight = async (origin: string) => {
      const answer = await open.call('OPTIONS', '/api/v1/runs', {
        token: null,
        headers: { origin, 'access-control-request-method': 'GET' },
      });
      return [answer.status, answer.headers.get('access-control-allow-origin')];
    };
    expect(await preflight('https://ops.example.com')).toEqual([204, 'https://ops.example.com']);
    expect(await preflight('https://evil.example')).toEqual([405, null]);
  } finally {
    await open.end();
  }
});

test('whatever else than a path stands in the request line is answered as one', async () => {
  const asked = (path: string) =>
    new Promise<{ status: number | undefined; code: unknown; items: unknown }>((resolve, reject) => {
      const { port } = new URL(deployed.url);
      get({ port, path, headers: { authorization: `Bearer ${TOKEN}` } }, async (response) => {
        const { code, items } = JSON.parse(Buffer.concat(await response.toArray()).toString());
        resolve({ status: response.statusCode, code, items });
      }).once('error', reject);
    });
  for (const target of ['http://x/api/v1/runs?limit=1', 'HTTP://[::1]:80/api/v1/runs'])
    expect(await asked(target), target).toMatchObject({ status: 200, items: expect.any(Array) });
  for (const target of ['http://[::1', 'http://x:99999/', '*'])
    expect(await asked(target), target).toMatchObject({ status: 404, code: 'unknown_route' });
});
