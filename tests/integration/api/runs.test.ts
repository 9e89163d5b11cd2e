import type { PipelineName, RunId } from '@millrace/core/domain';
import { currentSchedules, handleDueTicks } from '@millrace/core/engine';
import { waitFor } from '@millrace/core/testing';
import { wireRerunPlan, wireStartedRun } from '@millrace/core/wire';
import { beforeEach, describe, expect, inject, test } from 'vitest';
import { CHAIN, type DeployedApi, deployApi } from './deployed-api.ts';

let deployed: DeployedApi;
beforeEach(async () => {
  deployed = await deployApi(inject('redisUrl'));
  await deployed.register(CHAIN);
  return () => deployed.end();
});

const start = (body: unknown = {}, headers = {}) => deployed.post('/api/v1/pipelines/chain/runs', body, headers);

test('a run is started, read, listed, and read to its end', async () => {
  const started = await start({ params: { rows: 3 }, labels: { team: 'quant' }, reason: 'a try' });
  expect(started.status).toBe(201);
  const id = started.json.run_id as string;
  expect(started.headers.get('location')).toBe(`/api/v1/runs/${id}`);
  expect(wireStartedRun.strict().parse(started.json)).toMatchObject({
    warnings: ['no worker serves queue default: its stages wait until one is started'],
    pipeline: 'chain',
    status: 'starting',
    params: { source: 'sp500', rows: 3 },
    labels: { team: 'quant' },
    reason: 'a try',
    trigger: { kind: 'manual', by: 'admin' },
  });

  const worker = await deployed.worker();
  const claim = await worker.claim();
  const workers = await deployed.get('/api/v1/workers');
  expect(workers.json.items[0]).toMatchObject({ worker: 'w1', holds: [{ run_id: id, stage: 'translator' }] });
  expect((await deployed.get('/api/v1/locks')).json.items).toMatchObject([
    { lock: 'overlap:chain', holder: id, queued: [] },
  ]);
  expect((await deployed.get('/api/v1/queues')).json.items).toMatchObject([
    { queue: 'default', active: 1, waiting: 0, workers: 1 },
  ]);
  expect((await deployed.get('/api/v1/pipelines/chain')).json).toMatchObject({
    state: 'running',
    last_run: { run_id: id },
  });
  await worker.succeed(claim, { files: 5 });
  await worker.run(2);

  const ended = (await deployed.get(`/api/v1/runs/${id}`)).json;
  expect(ended.status).toBe('succeeded');
  expect(ended.stages.map((stage: { stage: string; status: string }) => [stage.stage, stage.status])).toEqual([
    ['translator', 'succeeded'],
    ['analyzer', 'succeeded'],
    ['merger', 'succeeded'],
  ]);
  expect(ended.stages[0]).toMatchObject({
    output: { files: 5 },
    attempts: [{ attempt: 1, status: 'succeeded', worker: 'w1' }],
  });
  for (const label of ['toString', 'constructor', '__proto__', 'hasOwnProperty=x'])
    expect((await deployed.get(`/api/v1/runs?label=${label}`)).json.items, label).toEqual([]);
  expect(
    (await deployed.get('/api/v1/runs?pipeline=chain&status=succeeded&label=team=quant')).json.items.map(
      (run: { run_id: string }) => run.run_id,
    ),
  ).toEqual([id]);
  expect((await deployed.get('/api/v1/runs?status=failed')).json.items).toEqual([]);
  expect((await deployed.get('/api/v1/pipelines/chain')).json).toMatchObject({
    state: 'idle',
    success_rate: 1,
    last_run: { run_id: id, status: 'succeeded' },
  });
});

test('runs are found by what triggered them and by a text, page by page', async () => {
  await deployed.register(CHAIN.replace('overlap: skip', 'overlap: allow'));
  const ids: string[] = [];
  for (const body of [{ reason: 'Nightly LOAD' }, { labels: { team: 'quant' } }, { params: { source: 'Loader' } }, {}])
    ids.push((await start(body)).json.run_id as string);
  const found = async (query: string) =>
    (await deployed.get(`/api/v1/runs?${query}`)).json.items.map((run: { run_id: string }) => run.run_id);
  const [nightly, quant, loader, plain] = ids as [string, string, string, string];
  expect(await found('text=load')).toEqual([loader, nightly]);
  expect(await found('text=QUANT')).toEqual([quant]);
  expect(await found('text=admin')).toEqual(ids.toReversed());
  expect(await found(`text=${plain.slice(-10)}`)).toEqual([plain]);
  expect(await found('text=load&trigger=manual,schedule')).toEqual([loader, nightly]);
  expect(await found('trigger=schedule')).toEqual([]);
  const first = (await deployed.get('/api/v1/runs?text=load&limit=1')).json;
  expect(first.items).toMatchObject([{ run_id: loader }]);
  expect((await deployed.get(`/api/v1/runs?text=load&limit=1&cursor=${first.next_cursor}`)).json.items).toMatchObject([
    { run_id: nightly },
  ]);
  expect((await deployed.get('/api/v1/runs?trigger=manual,cron')).json).toMatchObject({
    status: 422,
    errors: [{ path: 'query.trigger' }],
  });
  expect((await deployed.get('/api/v1/runs?text=')).json).toMatchObject({
    status: 422,
    errors: [{ path: 'query.text' }],
  });
  expect((await deployed.get(`/api/v1/runs?text=${'x'.repeat(201)}`)).status).toBe(422);
});

test('a second start under skip is refused with the id of the live run, and changes nothing', async () => {
  const first = await start();
  const second = await start();
  expect(second.status).toBe(409);
  expect(second.headers.get('content-type')).toMatch('application/problem+json');
  expect(second.json).toMatchObject({ code: 'overlap', live_run_id: first.json.run_id });
  expect((await deployed.get('/api/v1/runs')).json.items).toHaveLength(1);
});

test('starts by every way at once, and cancels of what they start: each is answered, and none with a fault of ours', async () => {
  const ways = [
    '/api/v1/pipelines/chain/runs',
    '/api/v1/schedules/chain/trigger',
    '/api/pipeline/start',
    '/api/pipeline/stage/translator',
  ];
  const startAndCancel = async (path: string) => {
    const started = await deployed.post(path);
    if (started.status !== 201) return [started.status];
    return [started.status, (await deployed.post(`/api/v1/runs/${started.json.run_id}/cancel`)).status];
  };
  const stops = ['/api/pipeline/stop', '/api/pipeline/reset'].map(async (path) => [(await deployed.post(path)).status]);
  const answers = await Promise.all([
    ...ways.flatMap((path) => Array.from({ length: 15 }, () => startAndCancel(path))),
    ...stops,
  ]);
  expect(answers.flat().filter((status) => ![200, 201, 202, 409].includes(status))).toEqual([]);
  expect(answers.flat()).toContain(201);
});

test('under queue the second run waits: 202, then it starts by itself', async () => {
  await deployed.register(CHAIN.replace('overlap: skip', 'overlap: queue'));
  const first = await start();
  const second = await start();
  expect([first.status, second.status]).toEqual([201, 202]);
  expect(second.json.status).toBe('queued');
  expect((await deployed.get('/api/v1/locks')).json.items[0]).toMatchObject({
    holder: first.json.run_id,
    queued: [second.json.run_id],
  });
  await (await deployed.worker()).run(6);
  expect((await deployed.get(`/api/v1/runs/${second.json.run_id}`)).json.status).toBe('succeeded');
});

describe('Idempotency-Key', () => {
  test('the same key and body, in any order of fields, is the same run', async () => {
    const first = await start({ params: { source: 'a', rows: 1 }, reason: 'x' }, { 'Idempotency-Key': 'k-1' });
    const again = await start({ reason: 'x', params: { rows: 1, source: 'a' } }, { 'Idempotency-Key': 'k-1' });
    expect(first.status).toBe(201);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(again.status).toBe(200);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(again.json).toEqual(first.json);
  });

  test('many at the same time are one run', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => start({}, { 'Idempotency-Key': 'k-2' })));
    expect(new Set(answers.map((answer) => answer.json.run_id)).size).toBe(1);
    expect(answers.map((answer) => answer.status).sort((a, b) => a - b)).toEqual([...Array<number>(11).fill(200), 201]);
  });

  test('the same key with another body is refused', async () => {
    await start({ reason: 'x' }, { 'Idempotency-Key': 'k-3' });
    const other = await start({ reason: 'y' }, { 'Idempotency-Key': 'k-3' });
    expect([other.status, other.json.code]).toEqual([422, 'idempotency_mismatch']);
    expect((await start({}, { 'Idempotency-Key': 'x'.repeat(256) })).json).toMatchObject({
      status: 400,
      code: 'malformed_request',
    });
  });

  describe('answers with the run that was pruned since', () => {
    const WITH_KEY = { 'Idempotency-Key': 'k-4' };
    const pruned = async (): Promise<string> => {
      const { run_id: runId } = (await start({ params: { rows: 1 } }, WITH_KEY)).json;
      await (await deployed.worker()).run(3);
      await waitFor(async () => (await deployed.store.pruneRuns({ count: 0, ageMs: 0 }, 10)) > 0, {
        what: 'the run to be pruned',
      });
      return runId;
    };
    const expectItsAnswer = async (runId: string) => {
      const again = await start({ params: { rows: 1 } }, WITH_KEY);
      expect([again.status, again.json]).toEqual([
        200,
        { run_id: runId, pipeline: 'chain', created_at: expect.any(String), pruned: true, warnings: [] },
      ]);
      expect(again.headers.get('idempotency-replayed')).toBe('true');
      expect((await start({ params: { rows: 2 } }, WITH_KEY)).json).toMatchObject({
        status: 422,
        code: 'idempotency_mismatch',
      });
    };

    test('though its lock is still held', async () => {
      const runId = await pruned();
      expect(await deployed.deps.locks.hold('chain' as PipelineName, runId as RunId)).toEqual({ ok: true });
      await expectItsAnswer(runId);
    });

    test('though its file is gone, or now takes other params', async () => {
      const runId = await pruned();
      await deployed.register(CHAIN.replace('rows: { type: integer }', 'rows: { type: string }'));
      await expectItsAnswer(runId);
      await deployed.store.registerDefinitions({
        source: 'files',
        ttlMs: 60_000,
        pipelines: [],
        broken: [],
        loaded: true,
      });
      expect((await start({})).json).toMatchObject({
        status: 422,
        code: 'invalid_definition',
        detail: expect.stringContaining('no file defines pipeline chain'),
      });
      await expectItsAnswer(runId);
      await deployed.store.retirePipeline('chain' as PipelineName);
      await expectItsAnswer(runId);
    });

    test('of a schedule that was removed', async () => {
      await deployed.post('/api/v1/schedules', { id: 'own', pipeline: 'chain', every: '1h' });
      const trigger = () => deployed.post('/api/v1/schedules/own/trigger', {}, WITH_KEY);
      const first = await trigger();
      await deployed.call('DELETE', '/api/v1/schedules/own');
      expect((await trigger()).json).toEqual(first.json);
    });
  });
});

test('a dry run answers the plan and starts nothing', async () => {
  const plan = await start({ dry_run: true, mode: 'quick', stages: ['analyzer'] });
  expect(plan.status).toBe(200);
  expect(plan.json).toMatchObject({
    dry_run: true,
    pipeline: 'chain',
    mode: 'quick',
    params: { source: 'stocks' },
    stages: ['analyzer'],
    overlap: 'skip',
  });
  expect((await deployed.get('/api/v1/runs')).json.items).toEqual([]);
});

test('pause: nothing starts until the resume; asked twice it is the same, and 409 once the run is over', async () => {
  const { run_id: id } = (await start()).json;
  const worker = await deployed.worker();
  const paused = await deployed.post(`/api/v1/runs/${id}/pause`, { reason: 'the <b>disk</b>' });
  const pause = { scope: 'run', by: 'admin', reason: 'the <b>disk</b>', since: paused.json.pause?.since };
  expect([paused.status, paused.json]).toMatchObject([200, { status: 'paused', pause }]);
  expect(Date.parse(pause.since)).toBeGreaterThan(0);
  expect((await deployed.post(`/api/v1/runs/${id}/pause`)).json.pause).toEqual(pause);
  await worker.ask();
  expect((await deployed.get('/api/v1/runs?status=paused')).json.items).toMatchObject([{ run_id: id, pause }]);
  const told = (await deployed.get(`/api/v1/runs/${id}/explain`)).json;
  const { since, ...evidence } = pause;
  const blocker = { code: 'paused', since, evidence, lifts_when: 'the run is resumed' };
  expect(told.blockers).toEqual([blocker]);
  expect(told.stages[0]).toEqual({ stage: 'translator', status: 'queued', blockers: [blocker] });
  for (const asked of [1, 2]) {
    const resumed = await deployed.post(`/api/v1/runs/${id}/resume`);
    expect([asked, resumed.status, resumed.json.status, resumed.json.pause]).toEqual([asked, 200, 'starting', null]);
  }
  const claim = await worker.claim();
  await deployed.post(`/api/v1/runs/${id}/cancel`);
  for (const verb of ['pause', 'resume'])
    expect((await deployed.post(`/api/v1/runs/${id}/${verb}`)).json).toMatchObject({
      status: 409,
      code: 'illegal_transition',
    });
  await worker.cancelled(claim);
  for (const verb of ['pause', 'resume'])
    expect((await deployed.post(`/api/v1/runs/${id}/${verb}`)).json).toMatchObject({
      status: 409,
      code: 'run_is_terminal',
      run_status: 'cancelled',
    });
});

test('rerun: the plan first, the next generation, and a clear refusal of what cannot run again', async () => {
  const { run_id: id } = (await start()).json;
  const rerun = (stage: string, body: unknown = {}, headers = {}) =>
    deployed.post(`/api/v1/runs/${id}/stages/${stage}/rerun`, body, headers);
  const worker = await deployed.worker();
  const first = await worker.claim();
  expect((await rerun('translator')).json).toMatchObject({ status: 409, code: 'stage_is_running' });
  expect((await rerun('merger')).json).toMatchObject({ status: 409, code: 'illegal_transition' });
  expect((await rerun('transaltor')).json).toMatchObject({
    status: 404,
    code: 'unknown_stage',
    detail: expect.stringContaining('did you mean "translator"?'),
  });
  expect((await rerun('translator', { items: ['a'] })).json).toMatchObject({ status: 422, code: 'invalid_request' });
  await worker.succeed(first, { files: 5 });
  await worker.run(1);

  const plan = (await rerun('analyzer', { dry_run: true })).json;
  expect(wireRerunPlan.strict().parse(plan)).toMatchObject({
    stage: 'analyzer',
    downstream: true,
    runs_again: [
      { stage: 'analyzer', status: 'succeeded', generation: 1 },
      { stage: 'merger', status: 'queued', generation: 1 },
    ],
    keeps: [{ stage: 'translator', status: 'succeeded', generation: 1 }],
  });
  const merger = await worker.claim();
  const refused = await rerun('analyzer', { plan_hash: plan.plan_hash });
  expect(refused.json).toMatchObject({ status: 409, code: 'plan_changed' });
  const asked = { plan_hash: refused.json.plan_hash, reason: 'the <b>source</b>' };
  for (const sent of [1, 2]) {
    const { status, json } = await rerun('analyzer', asked, { 'Idempotency-Key': 'again' });
    expect([sent, status, json.stages[1]]).toMatchObject([
      sent,
      202,
      {
        status: 'queued',
        generation: 2,
        attempt: 0,
        output: null,
        attempts: [{ generation: 1, attempt: 1, status: 'succeeded' }],
      },
    ]);
    expect(json.stages[2]).toMatchObject({ status: 'pending', attempts: [{ generation: 1, status: 'cancelled' }] });
  }
  expect((await rerun('analyzer', {}, { 'Idempotency-Key': 'again' })).json.code).toBe('idempotency_mismatch');
  const reopened = (await deployed.get(`/api/v1/runs/${id}/events`)).json.items.filter(
    ({ type }: { type: string }) => type === 'stage.reopened',
  );
  expect(reopened).toMatchObject([
    {
      stage: 'analyzer',
      generation: 2,
      data: { because: null, was: 'succeeded', by: 'admin', reason: 'the <b>source</b>', queued: ['analyzer'] },
    },
    { stage: 'merger', generation: 2, data: { because: 'analyzer', was: 'running' } },
  ]);
  expect((await worker.succeed(merger, {})).recorded).toBe('fenced');
  await worker.run(2);
  const over = (await rerun('analyzer')).json;
  expect(over).toMatchObject({ code: 'run_is_terminal', run_status: 'succeeded', instead: 'retry' });
  expect((await deployed.get(`/api/v1/runs/${id}`)).json).toMatchObject({ status: 'succeeded' });
});

test('resume from a stage: it runs again first, with what depends on it, and only of a run that is paused', async () => {
  const { run_id: id } = (await start()).json;
  const resume = (body: unknown) => deployed.post(`/api/v1/runs/${id}/resume`, body);
  const worker = await deployed.worker();
  await worker.run(2);
  expect((await resume({ from: 'analyzer' })).json).toMatchObject({ code: 'illegal_transition', instead: 'rerun' });
  await deployed.post(`/api/v1/runs/${id}/pause`);
  expect((await resume({ from: 'analyser' })).json).toMatchObject({ status: 404, code: 'unknown_stage' });
  expect((await resume({ from: 'merger ' })).json).toMatchObject({ status: 404, code: 'unknown_stage' });
  expect((await resume({ from: 'analyzer', reason: 'once more' })).json).toMatchObject({
    status: 'running',
    pause: null,
    stages: [
      { status: 'succeeded', generation: 1 },
      { status: 'queued', generation: 2 },
      { status: 'pending', generation: 2 },
    ],
  });
  await worker.run(2);
  expect((await deployed.get(`/api/v1/runs/${id}`)).json.status).toBe('succeeded');
});

test('pause of a pipeline and of the deployment: runs, health and pipelines tell of it; ticks are skipped', async () => {
  const { run_id: id } = (await start()).json;
  const paused = await deployed.post('/api/v1/pipelines/chain/pause', { reason: 'move' });
  const pause = { scope: 'pipeline', by: 'admin', reason: 'move', since: paused.json.pause?.since };
  expect([paused.status, paused.json]).toEqual([200, { pipeline: 'chain', pause }]);
  expect((await deployed.get(`/api/v1/runs/${id}`)).json).toMatchObject({
    status: 'paused',
    pause: { scope: 'pipeline' },
  });
  expect((await deployed.get('/api/v1/pipelines/chain')).json).toMatchObject({ state: 'paused', pause });
  const health = (await deployed.get('/api/v1/health')).json;
  expect(health.concerns).toContain(`pipeline chain is paused by admin since ${pause.since}: move`);
  expect(health.system.pauses).toEqual([{ pipeline: 'chain', ...pause }]);
  expect((await deployed.post(`/api/v1/runs/${id}/resume`)).json).toMatchObject({
    status: 409,
    code: 'illegal_transition',
    detail: 'pipeline chain is paused: resume that, and the run goes on with it',
    pause: { by: 'admin' },
  });
  await deployed.post(`/api/v1/runs/${id}/cancel`);
  // Accepted, and told why it does not start before anything has met it.
  const { run_id: young, status } = (await start()).json;
  expect(status).toBe('starting');
  expect((await deployed.get(`/api/v1/runs/${young}/explain`)).json.blockers).toMatchObject([
    { code: 'paused', evidence: { scope: 'pipeline' }, lifts_when: 'its pipeline is resumed' },
  ]);
  expect((await deployed.post('/api/v1/pipelines/chain/resume')).json).toEqual({ pipeline: 'chain', pause: null });
  expect((await deployed.post('/api/v1/pause')).json).toMatchObject({ pipeline: null, pause: { scope: 'deployment' } });
  expect((await deployed.get(`/api/v1/runs/${young}`)).json.pause).toMatchObject({ scope: 'deployment' });
  const [schedule] = (await currentSchedules(deployed.store)).values();
  await deployed.store.recordTick({ scheduleId: schedule!.id, instant: 1, outcome: 'skipped', reason: null });
  const { ticks } = await handleDueTicks(deployed.store, deployed.deps.locks, {
    ...schedule!,
    catchUp: { policy: 'last', windowMs: 3_600_000 },
  });
  expect(ticks.at(-1)).toMatchObject({ outcome: 'skipped', reason: 'the deployment is paused', runId: null });
  expect((await deployed.post('/api/v1/resume')).json).toEqual({ pipeline: null, pause: null });
  expect((await deployed.get(`/api/v1/runs/${young}`)).json).toMatchObject({ status: 'starting', pause: null });
});

test('cancel: cancelling while a stage runs, then cancelled, then 409', async () => {
  const { run_id: id } = (await start()).json;
  const worker = await deployed.worker();
  const claim = await worker.claim();
  const cancel = await deployed.post(`/api/v1/runs/${id}/cancel`, { reason: 'enough', grace: '2s' });
  expect([cancel.status, cancel.json.status]).toEqual([202, 'cancelling']);
  await worker.cancelled(claim);
  expect((await deployed.get(`/api/v1/runs/${id}`)).json.status).toBe('cancelled');
  const again = await deployed.post(`/api/v1/runs/${id}/cancel`);
  expect(again.status).toBe(409);
  expect(again.json).toMatchObject({ code: 'run_is_terminal', status: 409, run_status: 'cancelled' });
});

test('lists go on where the page before ended', async () => {
  await deployed.register(CHAIN.replace('overlap: skip', 'overlap: allow'));
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.unshift((await start()).json.run_id);
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { items: { run_id: string }[]; next_cursor: string | null } = (
      await deployed.get(`/api/v1/runs?limit=2${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`)
    ).json;
    seen.push(...page.items.map((run) => run.run_id));
    cursor = page.next_cursor;
  }
  expect(seen).toEqual(ids);
});

describe('a run that goes between two reads of it is no 404 yet: asked again, it is', () => {
  const gone = (runId: string) => deployed.redis.del(deployed.keys.run(runId), deployed.keys.events(runId));
  /** After the store has answered this verb about the run, the run is gone. */
  const goesAfter = (verb: 'runSummary' | 'stages' | 'startRun' | 'cancelRun', runId: string | null) => {
    const ask = deployed.store[verb] as (...asked: unknown[]) => Promise<{ runId?: string } | null>;
    Object.assign(deployed.store, {
      [verb]: async (...asked: unknown[]) => {
        const answer = await ask(...asked);
        await gone(runId ?? answer!.runId!);
        Object.assign(deployed.store, { [verb]: ask });
        return answer;
      },
    });
  };
  const retryable = { status: 503, code: 'store_unavailable' };

  test.each([
    'events?stage=translator',
    'events?stage=translator&tail=5',
    'logs',
    'logs?tail=5',
    'logs/download',
    'artifacts',
    'artifacts/a-1/content',
  ])('%s', async (path) => {
    const { run_id: id } = (await start()).json;
    const worker = await deployed.worker();
    await worker.succeed(await worker.claim());
    goesAfter(path.startsWith('events') ? 'stages' : 'runSummary', id);
    expect((await deployed.get(`/api/v1/runs/${id}/${path}`)).json).toMatchObject(retryable);
    expect((await deployed.get(`/api/v1/runs/${id}/${path}`)).json).toMatchObject({ status: 404, code: 'unknown_run' });
  });

  test('cancel', async () => {
    const { run_id: id } = (await start()).json;
    goesAfter('cancelRun', id);
    expect((await deployed.post(`/api/v1/runs/${id}/cancel`)).json).toMatchObject(retryable);
    expect((await deployed.post(`/api/v1/runs/${id}/cancel`)).json).toMatchObject({ status: 404, code: 'unknown_run' });
  });

  test('start, which answers its run without reading it', async () => {
    goesAfter('startRun', null);
    const { status, json } = await start();
    expect([status, json.status]).toEqual([201, 'starting']);
    expect((await deployed.get(`/api/v1/runs/${json.run_id}`)).status).toBe(404);
  });
});
