import { get } from 'node:http';
import { connect } from 'node:net';
import { MillraceError, type WorkerId } from '@millrace/core/domain';
import { waitFor } from '@millrace/core/testing';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { CHAIN, type DeployedApi, deployApi } from './deployed-api.ts';

let deployed: DeployedApi;
beforeEach(async () => {
  deployed = await deployApi(inject('redisUrl'), {
    problems: [
      new MillraceError('invalid_definition', 'bad.yaml:3:1: no stages', {
        errors: [{ path: 'bad.yaml:3:1', message: 'no stages' }],
        extra: { pipeline: 'bad' },
      }),
    ],
  });
  await deployed.register(CHAIN);
});
afterEach(() => deployed.end());

const start = async (): Promise<string> => (await deployed.post('/api/v1/pipelines/chain/runs')).json.run_id;

/** fetch sends no other Host. */
const statusOf = (path: string, host: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    get(`${deployed.url}${path}`, { headers: { host } }, (response) => resolve(response.resume().statusCode)).once(
      'error',
      reject,
    );
  });

const firstLineOf = async (request: string): Promise<string> => {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(deployed.url).port) });
  socket.write(request);
  let answer = '';
  for await (const part of socket) answer += String(part);
  return answer.split('\r\n')[0]!;
};

describe('pipelines', () => {
  test('one whose file is broken says so on its page and when it is started, until a worker has what is registered', async () => {
    const said = expect.stringContaining('bad.yaml:3:1: no stages');
    expect(await deployed.get('/api/v1/pipelines/bad')).toMatchObject({
      status: 404,
      json: { code: 'unknown_pipeline', detail: said },
    });
    const start = () => deployed.post('/api/v1/pipelines/bad/runs');
    expect(await start()).toMatchObject({ status: 422, json: { code: 'invalid_definition', detail: said } });
    await deployed.register(CHAIN.replace('chain', 'bad'));
    expect((await deployed.get('/api/v1/pipelines/bad')).json.definition_problem).toMatchObject({ message: said });
    expect((await deployed.get('/api/v1/pipelines/chain')).json.definition_problem).toBeNull();
    expect(await start()).toMatchObject({ status: 422, json: { code: 'invalid_definition', detail: said } });
    const { json } = await deployed.get('/api/v1/pipelines/bad');
    const info = { host: 'h', pid: 1, queues: ['default'], concurrency: 1, pipelines: [`bad@${json.version}`] };
    await deployed.store.renewLease({ worker: 'w-old' as WorkerId, ttlMs: 60_000, info, register: true, held: [] });
    expect(await start()).toMatchObject({ status: 201 });
  });

  test('a definition with its schedule; values of environment variables are left out', async () => {
    const { json, text } = await deployed.get('/api/v1/pipelines/chain');
    expect(json).toMatchObject({
      name: 'chain',
      overlap: 'skip',
      state: 'idle',
      last_run: null,
      success_rate: null,
      schedules: [{ id: 'chain', cron: '*/15 * * * *', timezone: 'UTC', paused: false, set_by: 'definition' }],
      freshness: { last_success_at: null, expected_every_ms: 900_000, stale: false },
      stages: [
        { name: 'translator', depends_on: [], handler: { kind: 'command', env: ['API_KEY'] } },
        { name: 'analyzer', depends_on: ['translator'] },
        { name: 'merger' },
      ],
    });
    expect(new Date(json.schedules[0].next_at).getUTCMinutes() % 15).toBe(0);
    expect(text).not.toMatch('very-secret');
  });

  test('lists by name, page by page', async () => {
    for (const name of ['beta', 'alpha']) await deployed.register(CHAIN.replace('name: chain', `name: ${name}`));
    const first = (await deployed.get('/api/v1/pipelines?limit=2')).json;
    expect(first.items.map((pipeline: { name: string }) => pipeline.name)).toEqual(['alpha', 'beta']);
    const second = (await deployed.get(`/api/v1/pipelines?limit=2&cursor=${first.next_cursor}`)).json;
    expect([second.items.map((pipeline: { name: string }) => pipeline.name), second.next_cursor]).toEqual([
      ['chain'],
      null,
    ]);
  });

  test('its last runs, newest first, at most thirty', async () => {
    await deployed.register(CHAIN.replace('overlap: skip', 'overlap: allow'));
    const ids: string[] = [];
    for (let n = 0; n < 32; n++) ids.push(await start());
    await (await deployed.worker()).run(1);
    const { recent_runs: recent } = (await deployed.get('/api/v1/pipelines/chain')).json;
    expect(recent.map((run: { run_id: string }) => run.run_id)).toEqual(ids.slice(2).toReversed());
    expect(recent[0]).toMatchObject({
      status: 'starting',
      trigger: 'manual',
      started_at: null,
      finished_at: null,
      duration_ms: null,
    });
  });

  test('the version that a run is pinned to, also once the pipeline is retired', async () => {
    const run = (await deployed.get(`/api/v1/runs/${await start()}`)).json;
    const newer = await deployed.register(CHAIN.replace('  merger:', '  second_merger:'));
    const [old, current] = await Promise.all([
      deployed.get(`/api/v1/pipelines/chain?version=${run.version}`),
      deployed.get('/api/v1/pipelines/chain'),
    ]);
    expect([old.json.version, old.json.stages.at(-1).name]).toEqual([run.version, 'merger']);
    expect([current.json.version, current.json.stages.at(-1).name]).toEqual([newer.version, 'second_merger']);
    expect((await deployed.get(`/api/v1/pipelines/chain/graph?version=${run.version}`)).json.nodes.at(-1).stage).toBe(
      'merger',
    );
    expect((await deployed.get('/api/v1/pipelines/chain/graph')).json.nodes.at(-1).stage).toBe('second_merger');
    await deployed.store.retirePipeline(newer.name);
    expect((await deployed.get(`/api/v1/pipelines/chain?version=${run.version}`)).status).toBe(200);
    for (const path of [
      'chain?version=nope',
      'chain/graph?version=nope',
      `nope?version=${run.version}`,
      '%00?version=x',
    ])
      expect([path, (await deployed.get(`/api/v1/pipelines/${path}`)).json]).toMatchObject([
        path,
        { status: 404, code: 'unknown_pipeline' },
      ]);
  });

  test('the graph as JSON, Mermaid and Graphviz', async () => {
    const graph = (format: string) => deployed.get(`/api/v1/pipelines/chain/graph?format=${format}`);
    expect((await graph('json')).json.edges).toEqual([
      { from: 'translator', to: 'analyzer' },
      { from: 'analyzer', to: 'merger' },
    ]);
    expect((await graph('mermaid')).text).toBe(
      'flowchart LR\n  s_translator["translator"]\n  s_analyzer["analyzer"]\n  s_merger["merger"]\n  s_translator --> s_analyzer\n  s_analyzer --> s_merger\n',
    );
    const dot = await graph('dot');
    expect(dot.headers.get('content-type')).toMatch('text/vnd.graphviz');
    expect(dot.text).toMatch('"translator" -> "analyzer";');
  });
});

test('artifacts: those of attempts that won, and of a failed stage the last; the bytes as a download that cannot run as a page', async () => {
  const id = await start();
  const worker = await deployed.worker();
  const claim = await worker.claim();
  const { sha256, size } = await deployed.putArtifact(claim.runId, '<script>alert(1)</script>');
  const meta = { id: 'translator.report', name: 'reports/täglich "1".html', sha256, size, content_type: 'text/html' };
  await worker.report(claim, [{ type: 'stage.artifact', data: meta }]);
  expect((await deployed.get(`/api/v1/runs/${id}/artifacts`)).json.items).toEqual([]);
  await worker.succeed(claim);
  const failing = await worker.claim();
  await worker.report(failing, [{ type: 'stage.artifact', data: { ...meta, id: 'of-a-failure' } }]);
  await worker.fail(failing);

  const { items } = (await deployed.get(`/api/v1/runs/${id}/artifacts`)).json;
  expect(items).toMatchObject([
    {
      artifact_id: 'translator.report',
      stage: 'translator',
      attempt: 1,
      name: meta.name,
      sha256,
      size,
      content_type: 'text/html',
    },
    { artifact_id: 'of-a-failure', attempt: 1 },
  ]);
  const bytes = await deployed.get(`/api/v1/runs/${id}/artifacts/translator.report/content`);
  expect(bytes.text).toBe('<script>alert(1)</script>');
  expect(Object.fromEntries(bytes.headers)).toMatchObject({
    'content-type': 'text/html',
    'content-length': String(size),
    'x-content-type-options': 'nosniff',
    etag: `"${sha256}"`,
    'content-disposition': expect.stringMatching(/^attachment; filename="/),
    'content-security-policy': expect.stringMatching('sandbox'),
  });
  for (const unknown of ['of-a-loser', 'nothing', '..%2f..%2fetc'])
    expect((await deployed.get(`/api/v1/runs/${id}/artifacts/${unknown}/content`)).json).toMatchObject({
      status: 404,
      code: 'unknown_artifact',
    });
});

describe('the short paths on the default pipeline', () => {
  test('start, status, snapshot, stop', async () => {
    expect((await deployed.get('/api/pipeline/status')).json).toEqual({ state: 'idle' });
    const started = await deployed.post('/api/pipeline/start', { reason: 'by hand' });
    expect([started.status, started.json.status]).toEqual([201, 'starting']);
    const worker = await deployed.worker();
    const claim = await worker.claim();
    expect((await deployed.get('/api/pipeline/status')).json).toMatchObject({
      state: 'running',
      stage: 'translator',
      run_id: started.json.run_id,
    });
    const snapshot = (await deployed.get('/api/pipeline/snapshot')).json;
    expect(snapshot).toMatchObject({ status: { state: 'running' }, metrics: { workers: 1, busy: 1, active: 1 } });
    expect(snapshot.events.map((event: { type: string }) => event.type)).toEqual(['run.created', 'stage.started']);
    expect(new Date(snapshot.next_run).getUTCMinutes() % 15).toBe(0);
    expect((await deployed.post('/api/pipeline/start')).json.code).toBe('overlap');
    const stopped = await deployed.post('/api/pipeline/stop', { reason: 'enough' });
    expect([stopped.status, stopped.json.status]).toEqual([202, 'cancelling']);
    await worker.cancelled(claim);
    expect((await deployed.get('/api/pipeline/status')).json).toEqual({ state: 'idle' });
    expect((await deployed.post('/api/pipeline/stop')).json).toMatchObject({ status: 409, code: 'illegal_transition' });
  });

  test('a single stage runs alone; one that is not there is refused', async () => {
    const started = await deployed.post('/api/pipeline/stage/analyzer');
    expect([started.status, started.json.stages.map((stage: { stage: string }) => stage.stage)]).toEqual([
      201,
      ['analyzer'],
    ]);
    await (await deployed.worker()).run(1);
    expect((await deployed.get(`/api/v1/runs/${started.json.run_id}`)).json.status).toBe('succeeded');
    expect((await deployed.post('/api/pipeline/stage/analyser')).json).toMatchObject({
      status: 404,
      code: 'unknown_stage',
    });
  });

  test('reset cancels what lives', async () => {
    await deployed.post('/api/pipeline/start');
    expect((await deployed.post('/api/pipeline/reset')).json).toEqual({ state: 'idle' });
    expect((await deployed.get('/api/v1/runs')).json.items[0].status).toBe('cancelled');
    expect((await deployed.post('/api/pipeline/reset')).json).toEqual({ state: 'idle' });
  });

  test('the schedule: read, changed in part, paused, and each wrong one refused', async () => {
    expect((await deployed.get('/api/schedule')).json).toMatchObject({
      id: 'chain',
      cron: '*/15 * * * *',
      set_by: 'definition',
    });
    expect(
      (await deployed.post('/api/schedule', { cron: '0 6 * * 1-5', timezone: 'Europe/Paris' })).json,
    ).toMatchObject({
      cron: '0 6 * * 1-5',
      timezone: 'Europe/Paris',
      set_by: 'api',
    });
    expect((await deployed.post('/api/schedule', { paused: true })).json).toMatchObject({
      cron: '0 6 * * 1-5',
      timezone: 'Europe/Paris',
      paused: true,
      next_at: null,
    });
    expect((await deployed.post('/api/schedule', { every: '90s', paused: false })).json).toMatchObject({
      cron: null,
      every_ms: 90_000,
      timezone: 'Europe/Paris',
      paused: false,
    });
    expect(await deployed.store.schedules()).toMatchObject([
      {
        id: 'chain',
        pipeline: 'chain',
        settings: { cron: null, everyMs: 90_000, timezone: 'Europe/Paris' },
        paused: null,
      },
    ]);
    const next = (await deployed.get('/api/v1/schedules/chain/next?n=3')).json.items.map(Date.parse);
    expect([next[1] - next[0], next[2] - next[1]]).toEqual([90_000, 90_000]);
    expect((await deployed.get('/api/v1/schedules')).json.items).toMatchObject([{ id: 'chain', every_ms: 90_000 }]);
    for (const [body, says] of [
      [{ cron: '61 * * * *' }, /not a cron/],
      [{ cron: 'every day' }, /five fields/],
      [{ every: '0s' }, /1s/],
      [{ every: -5 }, /duration/],
      [{ timezone: 'Paris' }, /time zone/],
      [{ cron: '* * * * *', every: '5m' }, /either/],
      [{ crn: '* * * * *' }, /did you mean "cron"/],
      [{ paused: 'yes' }, /paused/],
    ] as const) {
      const answer = await deployed.post('/api/schedule', body);
      expect([answer.status, answer.json.code]).toEqual([422, 'invalid_request']);
      expect(JSON.stringify(answer.json.errors).replaceAll('\\"', '"')).toMatch(says);
    }
    expect((await deployed.get('/api/schedule')).json.every_ms).toBe(90_000);
  });

  test('without a default, the only pipeline is meant; of several, none', async () => {
    const own = await deployApi(inject('redisUrl'), { config: { ...deployed.deps.config, defaultPipeline: null } });
    try {
      expect((await own.get('/api/pipeline/status')).json).toMatchObject({ status: 404, code: 'unknown_pipeline' });
      await own.register(CHAIN);
      expect((await own.get('/api/pipeline/status')).json).toEqual({ state: 'idle' });
      await own.register(CHAIN.replace('name: chain', 'name: other'));
      expect((await own.get('/api/pipeline/status')).json.detail).toMatch('MILLRACE_DEFAULT_PIPELINE');
    } finally {
      await own.end();
    }
  });
});

test('health: each pipeline and the system, and why it is not ok', async () => {
  await start();
  const { json } = await deployed.get('/api/v1/health');
  expect(json).toMatchObject({
    status: 'degraded',
    pipelines: [{ pipeline: 'chain', status: 'ok', state: 'starting', error_rate: null }],
    system: {
      redis: { role: 'master', aof: true, eviction_policy: 'noeviction' },
      workers: { count: 0 },
      queues_without_workers: ['default'],
      scheduler: null,
    },
    definition_problems: [{ message: 'bad.yaml:3:1: no stages', errors: [{ path: 'bad.yaml:3:1' }] }],
  });
  expect(json.system.disk.free_bytes).toBeGreaterThan(0);
  expect(json.concerns).toEqual([
    'no worker serves queue default, where stages wait',
    'no scheduler leads: schedules do not fire',
    'bad.yaml:3:1: no stages',
  ]);
  const worker = await deployed.worker();
  await worker.fail(await worker.claim());
  expect((await deployed.get('/api/v1/health')).json.pipelines[0]).toMatchObject({ status: 'failing', error_rate: 1 });
});

test('health: a jump of Redis’s clock is a concern for an hour, and still shown afterwards', async () => {
  expect((await deployed.get('/api/v1/health')).json.system.clock_step).toBeNull();
  await deployed.store.noteClockStep({
    stepMs: -600_000,
    since: await deployed.store.now(),
    queues: [],
    schedules: [],
  });
  const { json } = await deployed.get('/api/v1/health');
  expect(json.system.clock_step).toEqual({ at: expect.any(String), step_ms: -600_000 });
  expect(json.concerns.join('\n')).toContain("Redis's clock jumped 10m 0s back at ");
  await deployed.redis.hincrby(deployed.keys.clock, 'at', -4_000_000);
  const later = (await deployed.get('/api/v1/health')).json;
  expect(later.system.clock_step).toMatchObject({ step_ms: -600_000 });
  expect(later.concerns.join('\n')).not.toContain('jumped');
});

test("a worker's concurrency counts for each queue that it serves", async () => {
  await deployed.worker('w2', ['default', 'gpu']);
  expect((await deployed.get('/api/v1/health')).json.system.workers).toEqual({ count: 1, slots: 2, busy: 0 });
  expect((await deployed.get('/metrics')).text).toContain('millrace_worker_slots{state="free"} 2\n');
});

test('metrics: however many scrape at a time, Redis is read once a second', async () => {
  const { store } = deployed;
  const { locks } = store;
  let read = 0;
  Object.assign(store, { locks: () => ((read += 1), locks()) });
  const since = performance.now();
  const scraped = await Promise.all(Array.from({ length: 20 }, async () => (await deployed.get('/metrics')).text));
  Object.assign(store, { locks });
  for (const text of scraped) expect(text).toContain('millrace_redis_up 1\n');
  expect(read).toBeLessThanOrEqual(1 + Math.ceil((performance.now() - since) / 1_000));
});

test('metrics: open on loopback, not through a proxy on it; counters of what ran, gauges of now', async () => {
  await start();
  await (await deployed.worker()).run(3);
  const text = await waitFor(
    async () => {
      const scraped = (await deployed.get('/metrics', { token: null })).text;
      return scraped.includes('millrace_runs_total{pipeline="chain",outcome="succeeded"} 1') && scraped;
    },
    { what: 'the run to be counted' },
  );
  for (const line of [
    'millrace_stage_attempts_total{pipeline="chain",stage="merger"} 1',
    'millrace_stage_duration_seconds_count{pipeline="chain",stage="analyzer",outcome="succeeded"} 1',
    'millrace_workers 1',
    'millrace_worker_slots{state="free"} 1',
    'millrace_queue_jobs{queue="default",state="waiting"} 0',
    'millrace_redis_up 1',
    'millrace_schedules{state="active"} 1',
    'millrace_runs_active{pipeline="chain"} 0',
    'millrace_build_info{version="0.0.0-test"} 1',
  ])
    expect(text).toContain(`${line}\n`);
  expect(text).toMatch(
    /millrace_http_server_request_duration_seconds_count{method="POST",route="\/api\/v1\/pipelines\/:pipeline\/runs",status_code="201"} 1/,
  );
  expect(
    (await deployed.get('/metrics', { token: null, headers: { 'x-forwarded-for': '10.0.0.1' } })).json,
  ).toMatchObject({ status: 401 });
  for (const header of [
    'x-real-ip',
    'via',
    'forwarded',
    'x-forwarded-host',
    'x-forwarded',
    'cf-connecting-ip',
    'x-envoy-external-address',
    'x-original-host',
    'x-whatever',
  ])
    expect((await deployed.get('/metrics', { token: null, headers: { [header]: '10.0.0.1' } })).status, header).toBe(
      401,
    );
  const ofScraper = {
    accept: 'application/openmetrics-text;version=1.0.0',
    'user-agent': 'Prometheus/3.1',
    'x-prometheus-scrape-timeout-seconds': '10',
  };
  expect((await deployed.get('/metrics', { token: null, headers: ofScraper })).status).toBe(200);
  // nginx without configuration.
  expect(await firstLineOf('GET /metrics HTTP/1.0\r\nHost: 127.0.0.1:3000\r\nConnection: close\r\n\r\n')).toBe(
    'HTTP/1.1 401 Unauthorized',
  );
  expect(await statusOf('/metrics', 'evil.example:80')).toBe(401);
  expect(await statusOf('/metrics', 'localhost.evil.example')).toBe(401);
  expect(await statusOf('/metrics', 'localhost:9')).toBe(200);
  expect((await deployed.get('/metrics', { headers: { 'x-forwarded-for': '10.0.0.1' } })).status).toBe(200);
});

test('probes and the first page are open', async () => {
  for (const path of ['/healthz', '/api/v1/healthz'])
    expect((await deployed.get(path, { token: null })).json).toEqual({ status: 'ok' });
  const ready = await deployed.get('/readyz', { token: null });
  expect([ready.status, ready.json.status, ready.json.checks.map((check: { check: string }) => check.check)]).toEqual([
    200,
    'ready',
    ['not_stopping', 'redis', 'writes', 'role', 'aof', 'noeviction'],
  ]);
  const page = await deployed.get('/', { token: null });
  expect(page.text).toMatch('/openapi.json');
  expect(page.text).not.toMatch('<script');
});
