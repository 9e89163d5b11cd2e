/** What a reading asks Redis, by INFO commandstats: it depends on what is shown, never on what else there is. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { cancelRun, liveRuns, startRun } from '@millrace/core/engine';
import type { GateOpening, Pipeline, RunId, WorkerId } from '@millrace/core/domain';
import type { Claim } from '@millrace/core/ports';
import { startRedis, type TestRedis, waitFor } from '@millrace/core/testing';
import { chainOf } from '@millrace/core/testing/conformance';
import { io } from 'socket.io-client';
import { extract } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { commandCounts } from '../../../bench/measure/commands.mjs';
import { type Answered, type DeployedApi, deployApi, TOKEN } from './deployed-api.ts';

/** Number of runs that a pipeline's track record is made from. */
const FEW = 100;
const MANY = 300;

const yamlOf = (name: string) => `
name: ${name}
overlap: allow
schedules: [ { cron: "*/15 * * * *", timezone: UTC } ]
stages: { only: { run: { command: [node, a.mjs] }, queue: ${name} } }
`;

let redis: TestRedis;
let deployed: DeployedApi;
let live: RunId;

beforeAll(async () => {
  redis = await startRedis();
  deployed = await deployApi(redis.url);
  await deployed.register(yamlOf('chain'));
  await deployed.register(yamlOf('another'));
  await deployed.worker('w1', ['chain']);
  live = await startOf('chain');
  await end('chain', FEW);
});
afterAll(async () => {
  await deployed.end();
  await redis.stop();
});

const startOf = async (pipeline: string): Promise<RunId> => {
  const answer = await startRun(deployed.store, deployed.deps.locks, { pipeline, trigger: { kind: 'manual' } });
  if (answer.kind !== 'started') throw new Error(answer.kind);
  return answer.runId;
};

/** Runs that have ended, newer than all before. */
const end = (pipeline: string, count: number) =>
  Promise.all(
    Array.from({ length: count }, async () => {
      const runId = await startOf(pipeline);
      await deployed.store.cancelRun({ runId, reason: null, by: null, graceMs: null });
    }),
  );

/** Commands that Redis was asked meanwhile, those inside scripts included. */
const costOf = async (doing: () => Promise<unknown>): Promise<number> => {
  const total = async () =>
    Object.entries(await commandCounts(deployed.redis)).reduce(
      (sum, [name, count]) => (name === 'info' || name === 'ping' ? sum : sum + count),
      0,
    );
  const before = await total();
  await doing();
  return (await total()) - before;
};

const get = (path: string) => async () => expect((await deployed.get(path)).status, path).toBe(200);

const connect = async () => {
  const socket = io(`${deployed.url}/events`, { auth: { token: TOKEN }, transports: ['websocket'] });
  const snapshots: unknown[] = [];
  socket.on('snapshot', (snapshot) => snapshots.push(snapshot));
  await waitFor(() => snapshots.length === 1, { what: 'the snapshot' });
  socket.disconnect();
};

/** Each shows as much, however many runs, pipelines and queues there are. */
const SAME_FOR_ALL: Readonly<Record<string, () => Promise<unknown>>> = {
  'a page of runs': get('/api/v1/runs?limit=5'),
  'runs without stages': get('/api/v1/runs?limit=5&stages=none'),
  'runs of a pipeline': get('/api/v1/runs?limit=5&pipeline=chain'),
  'the live runs': get('/api/v1/runs?status=starting,running,queued'),
  'the live runs of a pipeline': get('/api/v1/runs?status=starting,running,queued&pipeline=chain'),
  'a run by its id': () => get(`/api/v1/runs?id=${live}`)(),
  'the newest run': get('/api/v1/runs?id=@last'),
  'a run': () => get(`/api/v1/runs/${live}`)(),
  'why it waits': () => get(`/api/v1/runs/${live}/explain`)(),
  'a pipeline': get('/api/v1/pipelines/chain'),
  'a page of pipelines': get('/api/v1/pipelines?limit=1'),
  'a page of queues': get('/api/v1/queues?limit=1'),
  'a page of locks': get('/api/v1/locks?limit=1'),
  'a page of workers': get('/api/v1/workers?limit=1'),
  'a page of schedules': get('/api/v1/schedules?limit=1'),
  'the status': get('/api/pipeline/status'),
  livez: get('/healthz'),
  readyz: get('/readyz'),
};
/** These show each pipeline or each queue. */
const SAME_FOR_RUNS: typeof SAME_FOR_ALL = {
  ...SAME_FOR_ALL,
  'the snapshot': get('/api/pipeline/snapshot'),
  metrics: get('/metrics'),
  health: get('/api/v1/health'),
  'a socket': connect,
};

const costs = async (reads: typeof SAME_FOR_ALL): Promise<Readonly<Record<string, number>>> => {
  const counted: Record<string, number> = {};
  for (const [name, read] of Object.entries(reads)) {
    // The first of a kind may read what is kept from then on.
    await read();
    // What the process does every now and then can only add to one of them.
    counted[name] = Math.min(await costOf(read), await costOf(read));
  }
  return counted;
};

test('no reading costs more with more ended runs, pipelines and queues than it shows', async () => {
  const few = await costs(SAME_FOR_RUNS);
  await end('chain', MANY);
  expect(await costs(SAME_FOR_RUNS)).toEqual(few);
  for (let n = 0; n < 20; n++) {
    await deployed.register(yamlOf(`other-${n}`));
    await end(`other-${n}`, 1);
  }
  expect({ ...few, ...(await costs(SAME_FOR_ALL)) }).toEqual(few);
});

/** The commands that the API sent meanwhile, each with its arguments. */
const sentBy = async (doing: () => Promise<unknown>): Promise<readonly (readonly string[])[]> => {
  const { redis } = deployed;
  const sent: string[][] = [];
  const send = redis.sendCommand;
  redis.sendCommand = function (command, ...rest) {
    sent.push([command.name, ...command.args.flat().map(String)]);
    return send.call(this, command, ...rest);
  };
  await doing().finally(() => (redis.sendCommand = send));
  return sent;
};

test('health and the pipelines read a few facts of each pipeline, and the runs that they show without their stages', async () => {
  const pipelines = (await deployed.store.pipelines()).length;
  expect(pipelines).toBeGreaterThan(20);
  for (let n = 0; n < 20; n++) await end(`other-${n}`, 10);
  for (const [path, mostOfEach] of [
    // Its queue is asked about too.
    ['/api/v1/health', 12],
    ['/api/v1/pipelines?limit=500&recent=0', 8],
    ['/api/v1/pipelines?limit=500', 8],
  ] as const) {
    await get(path)();
    const shown = JSON.stringify((await deployed.get(path)).json.items ?? []).match(/"run_id"/g)?.length ?? 0;
    const sent = await sentBy(get(path));
    expect(sent.length, path).toBeLessThan(40 + mostOfEach * pipelines + shown);
    const ofRuns = sent.flatMap(([name, key, ...fields]) =>
      key?.includes('/run/') ? [{ name: name!.toLowerCase(), key, fields }] : [],
    );
    expect(ofRuns.length).toBeGreaterThan(0);
    // No outputs or attempts, which have keys of their own, and no stage, whose fields carry its index.
    for (const { name, key, fields } of ofRuns)
      expect([name, key.endsWith('/run/' + key.slice(-36)), fields.filter((field) => /\d/.test(field))]).toEqual([
        'hmget',
        true,
        [],
      ]);
  }
});

test('the artifacts of a run are read without its log', async () => {
  await deployed.register(yamlOf('logged').replace('queue: logged', 'queue: default'));
  const runId = await startOf('logged');
  const worker = await deployed.worker('w2');
  const claim = await worker.claim();
  await worker.report(claim, [
    {
      type: 'stage.artifact',
      data: { id: 'a', name: 'a.txt', content_type: 'text/plain', sha256: '0'.repeat(64), size: 1 },
    },
  ]);
  const lines = Array.from({ length: 500 }, () => ({
    type: 'stage.log' as const,
    data: { lines: [{ s: 'out', t: 'x' }] },
  }));
  const read = get(`/api/v1/runs/${runId}/artifacts`);
  await read();
  const short = Math.min(await costOf(read), await costOf(read));
  for (let n = 0; n < 4; n++) await worker.report(claim, lines);
  expect(Math.min(await costOf(read), await costOf(read))).toBe(short);
  await worker.succeed(claim);
  expect((await deployed.get(`/api/v1/runs/${runId}/artifacts`)).json.items).toMatchObject([
    { artifact_id: 'a', stage: 'only' },
  ]);
});

describe('where nothing is found among a great many', () => {
  const GHOSTS = 5_000;
  let oldest: RunId;

  /** Listed, and pruned since: each costs what a run costs that does not match. */
  beforeAll(async () => {
    oldest = await startOf('chain');
    const { keys, store } = deployed;
    const at = (await store.now()) + 1;
    const ids = Array.from({ length: GHOSTS }, (_, n) => `0190a0a0-0000-7000-8000-${String(n).padStart(12, '0')}`);
    for (const list of [keys.allRuns, keys.runs('chain')])
      await deployed.redis.zadd(list, ...ids.flatMap((id, n) => [at + n, id]));
    return async () => {
      for (const list of [keys.allRuns, keys.runs('chain')]) await deployed.redis.zrem(list, ...ids);
    };
  });

  test.each(['label=team', 'trigger=schedule', 'text=nothing', 'pipeline=chain&label=team'])(
    '?%s: each request looks at some, and says where to go on until the end',
    async (query) => {
      let cursor = '';
      let requests = 0;
      do {
        let answer: Answered;
        const cost = await costOf(async () => (answer = await deployed.get(`/api/v1/runs?limit=5&${query}${cursor}`)));
        expect(cost).toBeLessThan(2_300);
        expect(answer).toMatchObject({ status: 200, json: { items: [] } });
        cursor = answer.json.next_cursor === null ? '' : `&cursor=${answer.json.next_cursor}`;
        requests += 1;
      } while (cursor !== '');
      expect(requests).toBeGreaterThan(2);
    },
  );

  test('a live run is shown as live behind any number of newer ones that have ended', async () => {
    expect((await deployed.get('/api/pipeline/status')).json).toMatchObject({ state: 'starting', run_id: oldest });
    expect((await deployed.get('/api/v1/pipelines/chain')).json).toMatchObject({ state: 'starting' });
    expect((await deployed.get('/api/v1/runs?status=starting')).json.items).toMatchObject([
      { run_id: oldest },
      { run_id: live },
    ]);
  });

  test('a part of an id is looked for in the lists', async () => {
    let answer: Answered;
    const cost = await costOf(async () => (answer = await deployed.get(`/api/v1/runs?id=${oldest.slice(-8)}`)));
    expect(answer.json.items).toMatchObject([{ run_id: oldest }]);
    expect(cost).toBeLessThan(20);
  });
});

describe('a store of an earlier build, or one whose queues were emptied by others', () => {
  const listed = async (query: string): Promise<readonly string[]> =>
    (await deployed.get(`/api/v1/runs?limit=500&${query}`)).json.items.map((run: Answered) => run.run_id);

  test('has all runs in the list of all after a pass of the scheduler, and what is pruned no more', async () => {
    const { keys, redis: client, store } = deployed;
    const before = await listed('');
    await client.del(keys.allRuns);
    await store.reconcile('0', 500);
    expect(await listed('')).toEqual(before);
    await client.zadd(keys.allRuns, 1, '0190a0a0-0000-7000-8000-000000000001');
    await store.reconcile('0', 500);
    const pipelines = await store.pipelines();
    const ofEach = await Promise.all(pipelines.map(({ name }) => client.zcard(keys.runs(name))));
    expect(await client.zcard(keys.allRuns)).toBe(ofEach.reduce((sum, runs) => sum + runs, 0));
  });

  test('has its live runs in the list of the live ones again', async () => {
    const { keys, redis: client, store } = deployed;
    const before = await listed('status=starting');
    expect(before).toContain(live);
    await client.del(keys.allLive);
    for (let cursor = '0', first = true; first || cursor !== '0'; first = false)
      ({ cursor } = await store.reconcile(cursor, 500));
    expect(await listed('status=starting')).toEqual(before);
  });
});

describe('a run of 10,000 stages', () => {
  const STAGES = 10_000;
  /** Stages that ended, each with an output of this many characters. */
  const [DONE, OUTPUT] = [20, 100_000];
  let runId: RunId;

  beforeAll(async () => {
    const long = chainOf('long', STAGES, { queue: 'default', retry: { maximumAttempts: 2, initialInterval: 600_000 } });
    await deployed.store.registerPipeline(long, { makeCurrent: true });
    runId = await startOf('long');
    const worker = await deployed.worker('w3', ['default'], [long]);
    for (let n = 0; n < DONE; n++) await worker.succeed(await worker.claim(), 'x'.repeat(OUTPUT));
    await worker.claim();
  });

  /** Bytes of the answer, and those that Redis sent for it. */
  const sizesOf = async (read: () => Promise<string>): Promise<readonly [number, number]> => {
    const sent = async () => Number(/total_net_output_bytes:(\d+)/.exec(await deployed.redis.info('stats'))![1]);
    // What is read once, and kept, is the definition.
    await read();
    const before = await sent();
    const answer = await read();
    return [answer.length, (await sent()) - before];
  };
  const answered = (path: string) => async () => {
    const { status, json } = await deployed.get(path);
    expect(status, path).toBe(200);
    return JSON.stringify(json);
  };
  const subscribed = async () => {
    const socket = io(`${deployed.url}/events`, { auth: { token: TOKEN }, transports: ['websocket'] });
    try {
      const first = await new Promise((resolve) => socket.on('snapshot', resolve));
      return JSON.stringify([first, await socket.emitWithAck('subscribe', { run_id: runId })]);
    } finally {
      socket.disconnect();
    }
  };

  const KB = 1_000;
  /** What is read, and how much it may be: of the answer, and of all that Redis sends for it. */
  const readings = (): readonly (readonly [string, () => Promise<string>, number, number])[] => [
    ['a page of runs', answered('/api/v1/runs?limit=5'), 5 * KB, 10 * KB],
    ['the same in brief', answered('/api/v1/runs?limit=5&stages=brief'), 10 * KB, 60 * KB],
    ['the same with stages', answered('/api/v1/runs?limit=5&stages=all'), 300 * KB, 100 * KB],
    ['the run', answered(`/api/v1/runs/${runId}`), 800 * KB, 1_200 * KB],
    ['the run without outputs', answered(`/api/v1/runs/${runId}?outputs=none`), 300 * KB, 100 * KB],
    ['one stage of it', answered(`/api/v1/runs/${runId}/stages?stage=s4321`), KB, 10 * KB],
    ['a page of its stages', answered(`/api/v1/runs/${runId}/stages?cursor=4999&limit=500`), 300 * KB, 100 * KB],
    ['those that run', answered(`/api/v1/runs/${runId}/stages?status=running`), 5 * KB, 800 * KB],
    ['why it waits', answered(`/api/v1/runs/${runId}/explain`), 40 * KB, 800 * KB],
    ['its artifacts', answered(`/api/v1/runs/${runId}/artifacts`), KB, 10 * KB],
    ['the watchdog', async () => JSON.stringify(await liveRuns(deployed.store)), 5 * KB, 20 * KB],
    ['the snapshot', answered('/api/pipeline/snapshot'), 40 * KB, 100 * KB],
    ['health', answered('/api/v1/health'), 60 * KB, 200 * KB],
    ['a socket that follows it', subscribed, 1_000 * KB, 1_500 * KB],
  ];
  const tooLarge = async (): Promise<readonly string[]> => {
    const found: string[] = [];
    for (const [name, read, mostAnswered, mostRead] of readings()) {
      const [size, sent] = await sizesOf(read);
      if (size > mostAnswered || sent > mostRead)
        found.push(`${name}: ${size} bytes answered of ${mostAnswered}, ${sent} read of ${mostRead}`);
    }
    return found;
  };

  test('is read in pieces, whichever way it is looked at, while it lives and when it has ended', {
    timeout: 60_000,
  }, async () => {
    expect(await tooLarge()).toEqual([]);
    await cancelRun(deployed.store, { runId, reason: null, by: null, graceMs: null });
    expect(await tooLarge()).toEqual([]);
  });

  test('has all its stages on its pages, each once', async () => {
    const names: string[] = [];
    let path = `/api/v1/runs/${runId}`;
    for (
      let cursor: string | null = '';
      cursor !== null;
      path = `/api/v1/runs/${runId}/stages?limit=500&outputs=none&cursor=${cursor}`
    ) {
      const { json } = await deployed.get(path);
      names.push(...(json.stages ?? json.items).map(({ stage }: Answered) => stage));
      cursor = json.stages_next_cursor ?? json.next_cursor ?? null;
    }
    expect(names).toEqual(Array.from({ length: STAGES }, (_, n) => `s${n}`));
  });

  test('is exported with all of them, as of its last event, a page at a time', { timeout: 60_000 }, async () => {
    const { store } = deployed;
    const { stages, events } = store;
    let largest = 0;
    Object.assign(store, {
      stages: async (...asked: Parameters<typeof stages>) => {
        const page = await stages.apply(store, asked);
        largest = Math.max(largest, JSON.stringify(page).length);
        return page;
      },
      events: async (...asked: Parameters<typeof events>) => {
        const page = await events.apply(store, asked);
        largest = Math.max(largest, JSON.stringify(page).length);
        return page;
      },
    });
    onTestFinished(() => void Object.assign(store, { stages, events }));
    const response = await fetch(`${deployed.url}/api/v1/runs/${runId}/export`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    const files = new Map<string, Buffer>();
    const entries = extract();
    Readable.fromWeb(response.body as never).pipe(entries);
    for await (const entry of entries) files.set(entry.header.name, await buffer(entry));
    const state = JSON.parse(files.get('state.json')!.toString());
    expect(state.stages.map(({ stage }: Answered) => stage)).toEqual(Array.from({ length: STAGES }, (_, n) => `s${n}`));
    expect(state.stages.filter(({ output }: Answered) => output?.length === OUTPUT)).toHaveLength(DONE);
    expect(JSON.parse(files.get('manifest.json')!.toString()).last_seq).toBe(state.last_seq);
    expect(files.get('events.jsonl')!.toString().split('\n')).toHaveLength(state.last_seq + 1);
    expect(largest).toBeLessThan(1_000 * KB);
  });

  test.each(['cursor=-1', 'cursor=x', 'status=done', 'limit=0', 'limit=501', 'outputs=some', 'name=s1'])(
    '%s is refused by its name',
    async (query) => {
      const { json } = await deployed.get(`/api/v1/runs/${runId}/stages?${query}`);
      expect(json).toMatchObject({
        status: 422,
        code: 'invalid_request',
        errors: [{ path: `query.${query.split('=')[0]}` }],
      });
    },
  );
});

describe('10,000 gates that wait', () => {
  const STAGES = 1_000;
  const RUNS = 10;
  let asking: Pipeline;
  let opening: GateOpening;

  /** Opens all gates of some runs, by several workers at once. */
  const ask = async (runs: number): Promise<void> => {
    for (let n = 0; n < runs; n++) await startOf('asking');
    let left = runs * STAGES;
    const work = async (name: string): Promise<void> => {
      const worker = name as WorkerId;
      await deployed.store.renewLease({
        worker,
        ttlMs: 120_000,
        info: {
          host: 'test',
          pid: process.pid,
          queues: ['asking'],
          concurrency: 1,
          pipelines: [`asking@${asking.version}`],
        },
        register: true,
        held: [],
      });
      for (let held: Claim | null = null; left > 0; ) {
        const outcome = held && { ...held, result: { kind: 'gate', opening } as const };
        const answer = await deployed.store.advance({ worker, queue: 'asking', slot: '0', outcome, fetch: true });
        if (answer.recorded === 'gate') left -= 1;
        held = answer.claim;
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, n) => work(`asker-${n}`)));
  };

  const inbox = (query: string) => async () => {
    const { status, json } = await deployed.get(`/api/v1/gates?${query}`);
    expect([query, status, json.items.length]).toEqual([query, 200, 50]);
    return json;
  };
  const lists = ['', 'mine=true', 'pipeline=asking', 'mine=true&pipeline=asking'];
  const INBOX = Object.fromEntries(lists.map((query) => [query, inbox(query)]));

  beforeAll(async () => {
    const stages = Array.from({ length: STAGES }, (_, n) => `  s${n}: { queue: asking, gate: {} }\n`).join('');
    asking = await deployed.register(`name: asking\noverlap: allow\nstages:\n${stages}`);
    opening = {
      definition: asking.stages[0]!.gate!,
      dependsOnIndexes: [],
      shownDigest: 'a'.repeat(64),
      shown: [],
      verdict: 'ask',
      reason: null,
      outputJson: null,
    };
  });

  test('the first page of the inbox, and the next, read as much as that of 1,000', { timeout: 60_000 }, async () => {
    await ask(1);
    const few = await costs(INBOX);
    await ask(RUNS - 1);
    expect((await deployed.get('/api/v1/pipelines/asking')).json.pending_gates).toBe(STAGES * RUNS);
    expect(await costs(INBOX)).toEqual(few);
    for (const query of lists) {
      const { next_cursor } = await INBOX[query]!();
      const next = inbox(`${query}&cursor=${encodeURIComponent(next_cursor)}`);
      expect(await costOf(next)).toBeLessThanOrEqual(few[query]! + 5);
    }
  });
});
