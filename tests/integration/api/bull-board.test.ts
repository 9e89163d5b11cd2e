/**
 * Bull Board shows ended work from the runs' records: it needs no `completed` or `failed` set of BullMQ, no flow
 * children and no ended job's hash.
 */
import { Writable } from 'node:stream';
import type { RunId } from '@millrace/core/domain';
import { flowReadings } from '@millrace/core/redis';
import { startRedis, type TestRedis, waitFor } from '@millrace/core/testing';
import { Queue } from 'bullmq';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recentWork } from '../../../apps/api/src/bull-board/recent-work.ts';
import { type Answered, type DeployedApi, deployApi, TOKEN } from './deployed-api.ts';

/** One stage of each state that a stage of a live run can have. */
const MIXED = `
name: mixed
overlap: allow
stages:
  first: { run: { command: [node, a.mjs] } }
  breaks: { depends_on: [first], run: { command: [node, b.mjs] } }
  skips: { depends_on: [breaks], run: { command: [node, c.mjs] } }
  again: { depends_on: [first], run: { command: [node, d.mjs] }, retry: { maximum_attempts: 3, initial_interval: 1h, maximum_interval: 1h } }
  goes: { depends_on: [first], run: { command: [node, e.mjs] } }
  waits: { depends_on: [first], run: { command: [node, f.mjs] } }
  pauses: { depends_on: [first], run: { command: [node, g.mjs] }, queue: other }
  later: { depends_on: [pauses], run: { command: [node, h.mjs] }, queue: other }
`;
const SINGLE = `
name: single
overlap: allow
stages: { only: { run: { command: [node, a.mjs] } } }
`;
const WIDE = `
name: wide
overlap: allow
stages:
${Array.from({ length: 30 }, (_, n) => `  s${n}: { run: { command: [node, a.mjs] } }`).join('\n')}
`;

let redis: TestRedis;
let logged = '';
let deployed: DeployedApi;
let bull: Queue;
let mixed: RunId;
let succeeded: RunId;
let failed: RunId;
let cancelled: RunId;

const start = async (pipeline: string): Promise<RunId> =>
  (await deployed.post(`/api/v1/pipelines/${pipeline}/runs`)).json.run_id;
const board = async (path: string): Promise<Answered> => {
  const answer = await deployed.get(`/admin/queues/api/queues${path}`);
  expect(answer.status, path).toBe(200);
  return answer.json;
};
const queueOf = async (name: string, query = ''): Promise<Answered> =>
  (await board(`?activeQueue=${name}${query}`)).queues.find((queue: { name: string }) => queue.name === name);
const idsOf = ({ jobs }: Answered): readonly string[] => jobs.map((job: { id: string }) => job.id);
const names = (queue: Answered): readonly string[] => queue.jobs.map((job: { name: string }) => job.name);

beforeAll(async () => {
  redis = await startRedis();
  const sink = new Writable({ write: (chunk, _encoding, done) => ((logged += String(chunk)), done()) });
  deployed = await deployApi(redis.url, { log: pino({ level: 'info' }, sink) });
  for (const yaml of [MIXED, SINGLE, WIDE]) await deployed.register(yaml);
  const worker = await deployed.worker('w1', ['default', 'other']);
  bull = new Queue('other', { connection: deployed.redis, prefix: deployed.keys.queuePrefix, skipMetasUpdate: true });
  await bull.pause();

  succeeded = await start('single');
  await worker.succeed(await worker.claim(), { rows: 3 });
  failed = await start('single');
  await worker.fail(await worker.claim());
  cancelled = await start('single');
  const held = await worker.claim();
  await deployed.store.cancelRun({ runId: cancelled, reason: 'not needed', by: null, graceMs: null });
  await worker.cancelled(held);

  mixed = await start('mixed');
  await worker.succeed(await worker.claim(), { first: true });
  await worker.fail(await worker.claim(), 'it broke here');
  await worker.fail(await worker.claim(), 'come again', true);
  expect((await worker.claim()).stage).toBe('goes');
});
afterAll(async () => {
  await bull.close();
  await deployed.end();
  await redis.stop();
});

/** Facts that BullMQ's keys no longer hold: which jobs have ended, what they were, and their parents. */
const forgetEndedJobs = async (): Promise<void> => {
  const { keys } = deployed;
  const gone = [
    `${keys.root}:*:completed`,
    `${keys.root}:*:failed`,
    `${keys.root}:runs:*:processed`,
    `${keys.root}:default:*.*.*`,
    `${keys.root}:other:*.*.*`,
  ];
  const found = (await Promise.all(gone.map((pattern) => deployed.redis.keys(pattern)))).flat();
  const ended = [succeeded, failed, cancelled].map((id) => keys.queue('runs', id));
  expect(await deployed.redis.del(...found, ...ended)).toBeGreaterThan(0);
};

const everything = () => {
  test('lists what ended, newest first, with its times, attempts and errors', async () => {
    const completed = await queueOf('default', '&status=completed');
    expect(idsOf(completed)).toEqual([`${mixed}.0.1`, `${succeeded}.0.1`]);
    expect(completed.counts).toMatchObject({ active: 1, waiting: 1, delayed: 1, completed: 2, failed: 3 });
    const [newest] = completed.jobs;
    const { stages } = (await deployed.get(`/api/v1/runs/${mixed}`)).json;
    const times = [newest.timestamp, newest.processedOn, newest.finishedOn].map((at: number) =>
      new Date(at).toISOString(),
    );
    expect(times).toEqual([stages[0].queued_at, stages[0].started_at, stages[0].finished_at]);
    expect(newest).toMatchObject({
      name: 'first',
      data: { run_id: mixed, stage: 'first' },
      attempts: 1,
      processedBy: 'w1',
      isFailed: false,
    });

    const broken = await queueOf('default', '&status=failed');
    expect(idsOf(broken)).toEqual([`${mixed}.1.1`, `${cancelled}.0.1`, `${failed}.0.1`]);
    expect(broken.jobs.map((job: Answered) => job.failedReason)).toEqual([
      'command_failed: it broke here',
      'cancelled',
      'command_failed: it broke',
    ]);
    expect(broken.jobs[0]).toMatchObject({
      attempts: 1,
      isFailed: true,
      stacktrace: ['attempt 1 on w1: command_failed: it broke here'],
    });
  });

  test('pages what ended', async () => {
    const page = await queueOf('default', '&status=failed&jobsPerPage=1&page=2');
    expect([idsOf(page), page.pagination.pageCount]).toEqual([[`${cancelled}.0.1`], 3]);
  });

  test('lists what runs, waits and is delayed, where BullMQ has it', async () => {
    expect(names(await queueOf('default', '&status=active'))).toEqual(['goes']);
    expect(names(await queueOf('default', '&status=waiting'))).toEqual(['waits']);
    const delayed = await queueOf('default', '&status=delayed');
    expect(delayed.jobs).toMatchObject([{ name: 'again', attempts: 1, failedReason: 'command_failed: come again' }]);
    const { stages } = (await deployed.get(`/api/v1/runs/${mixed}`)).json;
    expect(new Date(delayed.jobs[0].timestamp + delayed.jobs[0].delay).toISOString()).toBe(stages[3].next_attempt_at);
  });

  test('shows that a queue is paused, and the workers that serve it', async () => {
    const other = await queueOf('other');
    expect(other).toMatchObject({
      isPaused: true,
      hasWorkers: true,
      readOnlyMode: true,
      counts: { waiting: 1, completed: 0 },
    });
    expect(names(other)).toEqual(['pauses']);
    expect((await queueOf('default')).isPaused).toBe(false);
    expect((await board('/other/workers')).workers).toMatchObject([{ id: 'w1', name: 'w1' }]);
  });

  test('opens the job of a stage, whatever became of it', async () => {
    const jobs = await Promise.all(
      [0, 1, 2, 3, 4, 5, 6, 7].map((index) => board(`/${index > 5 ? 'other' : 'default'}/${mixed}.${index}.1`)),
    );
    expect(jobs.map(({ status }) => status)).toEqual([
      'completed',
      'failed',
      'skipped',
      'delayed',
      'active',
      'waiting',
      'waiting',
      'waiting-children',
    ]);
    expect(jobs[0].job).toMatchObject({ name: 'first', returnValue: { first: true } });
    expect((await board(`/default/${succeeded}.0.1`)).job.returnValue).toEqual({ rows: 3 });
    expect(await board(`/default/${succeeded}.0.1/logs`)).toEqual([]);
    for (const id of [`${mixed}.6.1`, `${mixed}.99.1`, `${mixed}.0.2`, 'no-job'])
      expect((await deployed.get(`/admin/queues/api/queues/default/${id}`)).status, id).toBe(404);
  });

  test('lists runs as jobs: live, completed, failed', async () => {
    const runs = await queueOf('runs');
    expect(runs.counts).toMatchObject({ 'waiting-children': 1, completed: 1, failed: 2 });
    expect(idsOf(await queueOf('runs', '&status=waiting-children'))).toEqual([mixed]);
    expect(idsOf(await queueOf('runs', '&status=completed'))).toEqual([succeeded]);
    const broken = await queueOf('runs', '&status=failed');
    expect(broken.jobs.map((job: Answered) => [job.id, job.name, job.failedReason])).toEqual([
      [cancelled, 'single', 'cancelled'],
      [failed, 'single', 'command_failed: it broke'],
    ]);
    const { job, status } = await board(`/runs/${failed}`);
    const run = (await deployed.get(`/api/v1/runs/${failed}`)).json;
    expect([status, new Date(job.timestamp).toISOString(), new Date(job.finishedOn).toISOString()]).toEqual([
      'failed',
      run.created_at,
      run.finished_at,
    ]);
  });

  test('shows a run as the flow of its stages, from the run and from each stage', async () => {
    const whole = {
      id: mixed,
      name: 'mixed',
      state: 'waiting-children',
      queueName: 'runs',
      dependencies: { processed: 2, failed: 1, unprocessed: 5, ignored: 0 },
      children: [
        { id: `${mixed}.0.1`, name: 'first', state: 'completed', queueName: 'default' },
        { name: 'breaks', state: 'failed' },
        { name: 'skips', state: 'skipped' },
        { name: 'again', state: 'delayed' },
        { name: 'goes', state: 'active' },
        { name: 'waits', state: 'waiting' },
        { name: 'pauses', state: 'waiting', queueName: 'other' },
        { name: 'later', state: 'waiting-children' },
      ],
    };
    expect(await board(`/runs/${mixed}/flow`)).toMatchObject({ isFlowNode: true, flowRoot: whole });
    expect(await board(`/other/${mixed}.6.1/flow`)).toMatchObject({ nodeId: `${mixed}.6.1`, flowRoot: whole });
    expect((await board(`/runs/${cancelled}/flow`)).flowRoot).toMatchObject({
      state: 'cancelled',
      children: [{ name: 'only', state: 'cancelled' }],
    });
  });
};

test('asks for the admin token as a password', async () => {
  const open = (options = {}) => deployed.get('/admin/queues/', options);
  const refused = await open({ token: null });
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, expect.stringMatching('Basic')]);
  expect((await open({ token: null, headers: { authorization: `Basic ${btoa(`me:${TOKEN}`)}` } })).text).toMatch(
    /<html/i,
  );
});

describe('with what BullMQ keeps of its own jobs', everything);

describe('without anything of BullMQ about ended jobs', () => {
  beforeAll(forgetEndedJobs);
  everything();

  test('BullMQ’s own getters stay right for what waits, runs, is delayed or paused', async () => {
    const pool = new Queue('default', {
      connection: deployed.redis,
      prefix: deployed.keys.queuePrefix,
      skipMetasUpdate: true,
    });
    expect(await pool.getJobCounts('waiting', 'active', 'delayed')).toEqual({ waiting: 1, active: 1, delayed: 1 });
    expect([await pool.isPaused(), await bull.isPaused(), await bull.getWaitingCount()]).toEqual([false, true, 1]);
    await pool.close();
  });
});

test('is read-only', async () => {
  for (const path of [
    'default/pause',
    'other/resume',
    'default/promote',
    'default/empty',
    'runs/clean/completed',
    'default/retry/failed',
    `runs/${succeeded}/retry`,
    `default/${mixed}.3.1/promote`,
    `default/${mixed}.5.1/clean`,
  ])
    expect((await deployed.call('PUT', `/admin/queues/api/queues/${path}`)).status, path).toBe(405);
  expect(
    (await deployed.post('/admin/queues/api/queues/default/add', { name: 'x', data: {}, options: {} })).status,
  ).toBe(405);
  // The parser of bodies that the board has refuses as ours does.
  const packed = await deployed.call('PUT', '/admin/queues/api/queues/default/pause', {
    body: {},
    headers: { 'content-encoding': 'x' },
  });
  expect(packed).toMatchObject({ status: 400, json: { code: 'malformed_request' } });
  const queues = (await deployed.get('/api/v1/queues')).json.items;
  expect(queues).toMatchObject([
    { queue: 'default', paused: false, waiting: 1 },
    { queue: 'other', paused: true, waiting: 1 },
  ]);
});

test('what fails inside of the board is logged', async () => {
  const { redis: connection, keys } = deployed;
  const waiting = `${keys.queuePrefix}:other:wait`;
  await connection.rename(waiting, `${waiting}:kept`);
  await connection.set(waiting, 'no list');
  expect((await deployed.get('/admin/queues/api/queues?activeQueue=other&status=waiting')).status).toBe(500);
  await connection.rename(`${waiting}:kept`, waiting);
  await waitFor(() => /"url":"\/admin\/queues\/api\/queues\?[^"]*".*"statusCode":500/.test(logged), {
    what: 'the failure in the log',
  });
});

test('a flow too wide to be shown whole shows first what failed or runs', async () => {
  const worker = await deployed.worker('w2');
  const wide = await start('wide');
  await worker.run(1); // what waited before
  for (let n = 0; n < 28; n++) await worker.succeed(await worker.claim());
  await worker.fail(await worker.claim());
  const { flowRoot } = await board(`/runs/${wide}/flow?maxChildren=3`);
  expect(flowRoot).toMatchObject({
    truncated: true,
    children: [{ name: 's0' }, { name: 's28', state: 'failed' }, { name: 's29', state: 'waiting' }],
  });
});

test('a reading asks for the stages of those runs alone that went on since the one before', async () => {
  const { redis: connection, keys, store } = deployed;
  const readings = flowReadings(connection, keys, { get: store.pipeline });
  let asked: RunId[] = [];
  const states: typeof readings.states = (runId, pipeline) => {
    asked.push(runId);
    return readings.states(runId, pipeline);
  };
  const recent = recentWork({ ...readings, states }, 0);
  const askedBy = async () => {
    asked = [];
    const { completed, failed: broken } = (await recent()).runs;
    return { asked, shown: completed.length + broken.length };
  };
  const first = await askedBy();
  expect(first.asked).toEqual(expect.arrayContaining([mixed, succeeded, failed, cancelled]));
  expect(await askedBy()).toEqual({ asked: [], shown: first.shown });
  const runId = await start('single');
  expect((await askedBy()).asked).toEqual([runId]);
  const held = await (await deployed.worker('w3')).claim();
  expect((await askedBy()).asked).toEqual([held.runId]);
  await store.cancelRun({ runId, reason: null, by: null, graceMs: null });
  expect(await askedBy()).toEqual({ asked: [runId], shown: first.shown + 1 });
  expect((await askedBy()).asked).toEqual([]);
});

test('queues of one poll share a reading, and one that failed is not kept', async () => {
  let calls = 0;
  const newestEnded = (): Promise<readonly RunId[]> =>
    ++calls === 1 ? Promise.reject(new Error('away')) : Promise.resolve([]);
  const { redis: connection, keys, store } = deployed;
  const recent = recentWork({ ...flowReadings(connection, keys, { get: store.pipeline }), newestEnded }, 60_000);
  await expect(Promise.all([recent(), recent()])).rejects.toThrow('away');
  await Promise.all([recent(), recent()]);
  await recent();
  expect(calls).toBe(2);
});
