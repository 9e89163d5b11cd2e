import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { CHAIN, type DeployedApi, deployApi } from './deployed-api.ts';

const SCHEDULES = '/api/v1/schedules';
let deployed: DeployedApi;
beforeEach(async () => {
  deployed = await deployApi(inject('redisUrl'));
  await deployed.register(CHAIN);
});
afterEach(() => deployed.end());

const put = (path: string, body: unknown) => deployed.call('PUT', path, { body });
const patch = (path: string, body: unknown) => deployed.call('PATCH', path, { body });
const remove = (path: string) => deployed.call('DELETE', path);
const one = async (id: string) => (await deployed.get(`${SCHEDULES}/${id}`)).json;

describe('making a schedule', () => {
  test('201 with everything that it will do; without an id it is named after its pipeline', async () => {
    const body = {
      pipeline: 'chain',
      cron: '0 6 * * 1-5',
      timezone: 'Europe/Paris',
      overlap: 'queue',
      mode: 'quick',
      params: { rows: 3 },
      catch_up: { policy: 'all', window: '2h' },
      note: 'before the market opens',
    };
    const made = await deployed.post(SCHEDULES, body);
    expect([made.status, made.headers.get('location')]).toEqual([201, '/api/v1/schedules/chain-2']);
    expect(made.json).toMatchObject({
      id: 'chain-2',
      pipeline: 'chain',
      cron: '0 6 * * 1-5',
      every_ms: null,
      timezone: 'Europe/Paris',
      words: 'At 06:00, Monday through Friday',
      overlap: 'queue',
      mode: 'quick',
      params: { rows: 3 },
      catch_up: { policy: 'all', window_ms: 7_200_000 },
      paused: false,
      paused_at: null,
      paused_by: null,
      note: 'before the market opens',
      set_by: 'api',
      definition: null,
      last_tick: null,
    });
    expect(await one('chain-2')).toEqual(made.json);
    expect(
      (await deployed.get('/api/v1/pipelines/chain')).json.schedules.map((schedule: { id: string }) => schedule.id),
    ).toEqual(['chain', 'chain-2']);
  });

  test('with an Idempotency-Key it is made once; the key with another body is refused; without one an id is taken once', async () => {
    const body = { id: 'hourly', pipeline: 'chain', every: '1h', paused: true };
    const make = (over = {}, key = 'k1') => deployed.post(SCHEDULES, { ...body, ...over }, { 'Idempotency-Key': key });
    expect((await make()).status).toBe(201);
    const again = await make();
    expect([again.status, again.headers.get('idempotency-replayed'), again.json.id]).toEqual([200, 'true', 'hourly']);
    expect((await make({ every: '2h' })).json).toMatchObject({ status: 422, code: 'idempotency_mismatch' });
    expect((await make({}, 'k2')).json).toMatchObject({
      status: 409,
      code: 'illegal_transition',
      detail: expect.stringContaining('hourly'),
    });
    expect((await deployed.post(SCHEDULES, body)).status).toBe(409);
    expect(await one('hourly')).toMatchObject({
      every_ms: 3_600_000,
      words: 'Every hour',
      paused: true,
      paused_by: 'admin',
      next_at: null,
    });
    const nameless = () => deployed.post(SCHEDULES, { pipeline: 'chain', every: '1h' }, { 'Idempotency-Key': 'k3' });
    expect([(await nameless()).json.id, (await nameless()).json.id]).toEqual(['chain-2', 'chain-2']);
  });

  test('two at once without an id get two', async () => {
    const made = await Promise.all(
      Array.from({ length: 5 }, () => deployed.post(SCHEDULES, { pipeline: 'chain', every: '1h' })),
    );
    expect(made.map(({ json }) => json.id as string).sort()).toEqual([
      'chain-2',
      'chain-3',
      'chain-4',
      'chain-5',
      'chain-6',
    ]);
  });

  test.each<[body: Record<string, unknown>, path: string, says: RegExp]>([
    [{}, 'cron', /either "cron" or "every"/],
    [{ cron: '* * * * *', every: '5m' }, 'every', /either/],
    [{ cron: '* 25 * * *' }, 'cron', /in the hour: .*25.*0-23/],
    [{ cron: '* * *' }, 'cron', /five fields/],
    [{ cron: '0 0 30 2 *' }, 'cron', /never due/],
    [{ every: 'often' }, 'every', /duration/],
    [{ every: '10ms' }, 'every', /1s/],
    [{ every: '99999999d' }, 'every', /ten years/],
    [{ every: 1e300 }, 'every', /duration/],
    [{ every: '1h', timezone: 'Europe/Pariss' }, 'timezone', /did you mean "Europe\/Paris"/],
    [{ every: '1h', pipeline: 'chian' }, 'pipeline', /did you mean "chain"/],
    [{ every: '1h', overlap: 'never' }, 'overlap', /skip/],
    [{ every: '1h', mode: 'quik' }, 'mode', /did you mean "quick"/],
    [{ every: '1h', params: { rows: 'many' } }, 'params.rows', /number|int/],
    [{ every: '1h', params: { sorce: 'x' } }, 'params.sorce', /did you mean "source"/],
    [{ every: '1h', stages: ['merger', 'analyser'] }, 'stages.1', /did you mean "analyzer"/],
    [{ every: '1h', stages: [] }, 'stages', /1/],
    [{ every: '1h', catch_up: { policy: 'some' } }, 'catch_up.policy', /none/],
    [{ every: '1h', catch_up: { window: 'wide' } }, 'catch_up.window', /duration/],
    [{ every: '1h', id: '../x' }, 'id', /letter/],
    [{ every: '1h', id: 'preview' }, 'id', /preview/],
    [{ every: '1h', note: 'x'.repeat(2_000) }, 'note', /1024/],
    [{ every: '1h', pausd: true }, 'pausd', /did you mean "paused"/],
  ])('%j is refused at %s, and nothing is made', async (body, path, says) => {
    const answer = await deployed.post(SCHEDULES, { pipeline: 'chain', ...body });
    expect([answer.status, answer.json.errors[0].path]).toEqual([422, path]);
    expect(answer.json.errors[0].message).toMatch(says);
    expect(await deployed.store.schedules()).toEqual([]);
  });
});

describe('changing a schedule', () => {
  test("PATCH changes what it names; a definition's becomes the API's; PUT gives what it leaves out its default", async () => {
    expect((await patch(`${SCHEDULES}/chain`, { timezone: 'Asia/Tokyo', params: { rows: 1 } })).json).toMatchObject({
      cron: '*/15 * * * *',
      timezone: 'Asia/Tokyo',
      params: { rows: 1 },
      set_by: 'api',
      definition: { cron: '*/15 * * * *', timezone: 'UTC', params: {} },
    });
    expect(
      (await patch(`${SCHEDULES}/chain`, { every: '90s', overlap: 'allow', catch_up: { policy: 'none' } })).json,
    ).toMatchObject({
      cron: null,
      every_ms: 90_000,
      words: 'Every 90 seconds',
      timezone: 'Asia/Tokyo',
      overlap: 'allow',
      params: { rows: 1 },
      catch_up: { policy: 'none', window_ms: 900_000 },
    });
    expect((await patch(`${SCHEDULES}/chain`, { overlap: null })).json.overlap).toBeNull();
    expect((await put(`${SCHEDULES}/chain`, { cron: '0 0 * * *' })).json).toMatchObject({
      cron: '0 0 * * *',
      every_ms: null,
      timezone: 'UTC',
      params: {},
      catch_up: { policy: 'last', window_ms: 900_000 },
      paused: false,
    });
  });

  test('its stages are those of its runs, a triggered one too; null: all of them again', async () => {
    expect((await patch(`${SCHEDULES}/chain`, { stages: ['analyzer', 'merger'] })).json).toMatchObject({
      stages: ['analyzer', 'merger'],
      definition: { stages: null },
    });
    const run = (await deployed.post(`${SCHEDULES}/chain/trigger`)).json;
    expect(run.stages.map(({ stage }: { stage: string }) => stage)).toEqual(['analyzer', 'merger']);
    expect((await patch(`${SCHEDULES}/chain`, { stages: null })).json.stages).toBeNull();
  });

  test('what is wrong is refused with its path and changes nothing', async () => {
    const before = await one('chain');
    for (const [answer, path] of [
      [await patch(`${SCHEDULES}/chain`, { mode: 'quik' }), 'mode'],
      [await patch(`${SCHEDULES}/chain`, { params: { rows: 'many' } }), 'params.rows'],
      [await put(`${SCHEDULES}/chain`, { every: '1h', params: { sorce: 'x' } }), 'params.sorce'],
      [await patch(`${SCHEDULES}/chain`, { stages: ['nowhere'] }), 'stages.0'],
      [await patch(`${SCHEDULES}/chain`, { pipeline: 'chain' }), 'pipeline'],
      [await put(`${SCHEDULES}/chain`, { timezone: 'UTC' }), 'cron'],
      [await put(`${SCHEDULES}/chain`, { every: '1h', pipeline: 'other' }), 'pipeline'],
      [await deployed.post(`${SCHEDULES}/chain/pause`, { because: 'x' }), 'because'],
    ] as const)
      expect([answer.status, answer.json.errors[0].path]).toEqual([422, path]);
    expect(await one('chain')).toEqual(before);
    for (const answer of await Promise.all([
      put(`${SCHEDULES}/chian`, { every: '1h' }),
      patch(`${SCHEDULES}/chian`, {}),
      remove(`${SCHEDULES}/chian`),
      deployed.post(`${SCHEDULES}/chian/pause`),
      deployed.post(`${SCHEDULES}/chian/resume`),
      deployed.post(`${SCHEDULES}/chian/trigger`),
    ]))
      expect(answer.json).toMatchObject({
        status: 404,
        code: 'unknown_schedule',
        detail: expect.stringContaining('did you mean "chain"'),
      });
  });

  test('of changes at once none is lost', async () => {
    const changes = [
      { timezone: 'Asia/Tokyo' },
      { overlap: 'queue' },
      { mode: 'quick' },
      { params: { rows: 7 } },
      { note: 'n' },
      { paused: true },
    ];
    for (const answer of await Promise.all(changes.map((change) => patch(`${SCHEDULES}/chain`, change))))
      expect(answer.status).toBe(200);
    expect(await one('chain')).toMatchObject({
      timezone: 'Asia/Tokyo',
      overlap: 'queue',
      mode: 'quick',
      params: { rows: 7 },
      note: 'n',
      paused: true,
    });
  });

  test("a pause says who and why and leaves the settings the definition's; a resume takes both back", async () => {
    const paused = (await deployed.post(`${SCHEDULES}/chain/pause`, { note: 'maintenance' })).json;
    expect(paused).toMatchObject({
      paused: true,
      paused_by: 'admin',
      note: 'maintenance',
      next_at: null,
      set_by: 'definition',
    });
    expect((await deployed.post(`${SCHEDULES}/chain/pause`)).json).toMatchObject({
      paused_at: paused.paused_at,
      note: 'maintenance',
    });
    await deployed.register(CHAIN.replace('*/15', '*/20'));
    expect(await one('chain')).toMatchObject({ cron: '*/20 * * * *', paused: true });
    expect((await deployed.post(`${SCHEDULES}/chain/resume`)).json).toMatchObject({
      paused: false,
      paused_at: null,
      paused_by: null,
      note: null,
    });
    expect(await deployed.store.schedules()).toEqual([]);
  });

  test("DELETE: an override falls back to the definition, one of the API goes, the definition's own stays", async () => {
    await patch(`${SCHEDULES}/chain`, { every: '1h', paused: true });
    const fallen = await remove(`${SCHEDULES}/chain`);
    expect(fallen.json).toMatchObject({
      detail: expect.stringContaining('definition'),
      schedule: { cron: '*/15 * * * *', set_by: 'definition', paused: false },
    });
    for (const paused of [false, true]) {
      if (paused) await deployed.post(`${SCHEDULES}/chain/pause`);
      const refused = await remove(`${SCHEDULES}/chain`);
      expect(refused.json).toMatchObject({
        status: 409,
        code: 'illegal_transition',
        detail: expect.stringContaining('pause it instead'),
      });
    }
    await deployed.post(SCHEDULES, { id: 'own', pipeline: 'chain', every: '1h' });
    expect((await remove(`${SCHEDULES}/own`)).json).toMatchObject({ schedule: null });
    expect((await deployed.get(`${SCHEDULES}/own`)).status).toBe(404);
    expect((await remove(`${SCHEDULES}/own`)).status).toBe(404);
  });
});

test('trigger: a manual run of the schedule, with its params, mode and overlap, paused or not; the ledger does not know it', async () => {
  await deployed.post(SCHEDULES, {
    id: 'own',
    pipeline: 'chain',
    every: '1h',
    mode: 'quick',
    params: { rows: 2 },
    overlap: 'queue',
    paused: true,
  });
  const trigger = (key: string) =>
    deployed.post(`${SCHEDULES}/own/trigger`, { reason: 'now' }, { 'Idempotency-Key': key });
  const first = await trigger('t1');
  expect([first.status, first.json]).toMatchObject([
    201,
    {
      trigger: { kind: 'manual', schedule_id: 'own', by: 'admin' },
      mode: 'quick',
      params: { source: 'stocks', rows: 2 },
      reason: 'now',
    },
  ]);
  await patch(`${SCHEDULES}/own`, { params: { rows: 3 } });
  const again = await trigger('t1');
  expect([again.status, again.json.run_id]).toEqual([200, first.json.run_id]);
  expect((await trigger('t2')).status).toBe(202);
  await patch(`${SCHEDULES}/own`, { overlap: 'skip' });
  expect((await trigger('t3')).json).toMatchObject({ status: 409, code: 'overlap', live_run_id: first.json.run_id });
  expect((await deployed.get(`${SCHEDULES}/own/ticks`)).json.items).toEqual([]);
});

describe('preview', () => {
  const preview = (query: Record<string, string>) =>
    deployed.get(`${SCHEDULES}/preview?${new URLSearchParams(query).toString()}`);

  test('what would be due, in words, as instants, and as clocks there show it', async () => {
    const { json } = await preview({ cron: '30 6 * * *', timezone: 'Asia/Kolkata', n: '3' });
    expect(json.words).toBe('At 06:30');
    expect(json.items).toHaveLength(3);
    for (const { at, local } of json.items) {
      expect(local).toMatch(/^\d{4}-\d\d-\d\dT06:30:00\+05:30$/);
      expect(Date.parse(local)).toBe(Date.parse(at));
    }
    const every = (await preview({ every: '900000' })).json;
    expect([every.words, every.items.length]).toEqual(['Every 15 minutes', 5]);
    expect(await deployed.store.schedules()).toEqual([]);
  });

  test('is what the saved schedule does', async () => {
    await patch(`${SCHEDULES}/chain`, { cron: '5 4 * * 0', timezone: 'America/New_York' });
    const shown = (await preview({ cron: '5 4 * * 0', timezone: 'America/New_York', n: '20' })).json.items.map(
      ({ at }: { at: string }) => at,
    );
    expect((await deployed.get(`${SCHEDULES}/chain/next?n=20`)).json.items).toEqual(shown);
  });

  test.each([
    ['0 0 13 * 5', 'At 00:00, on day 13 of the month or on Friday (either is enough)'],
    [
      '0 6 1-7 2,5 MON-FRI',
      'At 06:00, between day 1 and 7 of the month or Monday through Friday (either is enough), only in February and May',
    ],
    [
      '30 0 6 L * 5L',
      'At 06:00:30, on the last day of the month or on the last Friday of the month (either is enough)',
    ],
    ['0 0 13 * */1', 'At 00:00, on day 13 of the month'],
    ['0 0 * * 0,7', 'At 00:00, only on Sunday'],
    ['0 0 * * SAT-MON', 'At 00:00, only on Sunday, Monday, and Saturday'],
  ])('%s in words', async (cron, words) => {
    expect((await preview({ cron, n: '1' })).json.words).toBe(words);
  });

  test.each<[query: Record<string, string>, path: string, says: RegExp]>([
    [{}, 'cron', /either/],
    [{ cron: '* * * *' }, 'cron', /five fields/],
    [{ cron: '99 * * * *' }, 'cron', /in the minute: .*99.*0-59/],
    [{ cron: '* * * * *', every: '1h' }, 'every', /either/],
    [{ every: 'soon' }, 'every', /duration/],
    [{ cron: '* * * * *', timezone: 'Berlin' }, 'timezone', /IANA/],
    [{ cron: '* * * * *', n: '101' }, 'n', /100/],
    [{ cron: '* * * * *', zone: 'UTC' }, 'query.zone', /no such field/],
  ])('%j is refused at %s', async (query, path, says) => {
    const answer = await preview(query);
    expect([answer.status, answer.json.errors[0].path]).toEqual([422, path]);
    expect(answer.json.errors[0].message).toMatch(says);
  });
});

test('the ledger, page by page; the schedule shows its last tick', async () => {
  const outcomes = ['skipped', 'missed', 'skipped', 'missed', 'skipped'] as const;
  for (const [index, outcome] of outcomes.entries())
    await deployed.store.recordTick({
      scheduleId: 'chain',
      instant: (index + 1) * 60_000,
      outcome,
      reason: `because ${index + 1}`,
    });
  const page = async (cursor: string | null) =>
    (await deployed.get(`${SCHEDULES}/chain/ticks?limit=2${cursor === null ? '' : `&cursor=${cursor}`}`)).json;
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const { items, next_cursor } = await page(cursor);
    seen.push(...items.map(({ reason }: { reason: string }) => reason));
    cursor = next_cursor;
    // A tick that comes meanwhile moves no page.
    await deployed.store.recordTick({
      scheduleId: 'chain',
      instant: 600_000 + seen.length,
      outcome: 'skipped',
      reason: 'new',
    });
  } while (cursor !== null);
  expect(seen).toEqual([5, 4, 3, 2, 1].map((number) => `because ${number}`));
  expect((await one('chain')).last_tick).toMatchObject({ outcome: 'skipped', reason: 'new', run_id: null });
  expect((await deployed.get(`${SCHEDULES}/chain/ticks?cursor=x`)).json.errors[0].path).toBe('query.cursor');
});

test('a pipeline that is removed: 409 while runs live, then no start, no schedule, its runs stay, and registering it brings it back', async () => {
  const runId = (await deployed.post('/api/v1/pipelines/chain/runs')).json.run_id;
  const path = '/api/v1/pipelines/chain';
  expect((await remove('/api/v1/pipelines/chian')).json).toMatchObject({ status: 404, code: 'unknown_pipeline' });
  expect((await remove(path)).json).toMatchObject({ status: 409, code: 'illegal_transition', live_runs: [runId] });
  expect((await remove(`${path}?force=true`)).json).toEqual({ pipeline: 'chain', live_runs: [runId] });
  for (const answer of [await deployed.get(path), await deployed.post(`${path}/runs`), await remove(path)])
    expect(answer.json).toMatchObject({
      status: 404,
      code: 'unknown_pipeline',
      detail: expect.stringContaining('was removed'),
    });
  expect((await deployed.get(`${SCHEDULES}/chain`)).status).toBe(404);
  expect((await deployed.post(SCHEDULES, { pipeline: 'chain', every: '1h' })).status).toBe(422);
  await (await deployed.worker()).run(3);
  expect((await deployed.get('/api/v1/runs?pipeline=chain')).json.items).toMatchObject([
    { run_id: runId, status: 'succeeded' },
  ]);
  await deployed.register(CHAIN);
  expect((await deployed.get(path)).json.schedules).toHaveLength(1);
  expect((await deployed.post(`${path}/runs`)).status).toBe(201);
});
