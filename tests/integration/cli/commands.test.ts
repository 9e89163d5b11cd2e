import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WireEvent, WireRun, WireTick } from '@millrace/core/wire';
import { waitFor } from '@millrace/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, openToOthers, project, type Running } from './millrace.ts';

const PIPELINES = {
  hello: `
name: hello
overlap: allow
params: { type: object, properties: { count: { type: integer, default: 3 }, who: { type: string, default: you } } }
stages:
  greet: { run: { command: [sh, -c, "echo hello \${{ params.who }}; echo careful >&2"] } }
  leave: { depends_on: [greet], run: { command: [sh, -c, "echo bye"] } }
`,
  stores: `
name: stores
stages:
  first:
    retry: { maximum_attempts: 2, initial_interval: 10ms }
    run:
      command:
        - sh
        - -c
        - 'cd "$MILLRACE_ARTIFACTS"; [ "$MILLRACE_ATTEMPT" = 2 ] || { echo why > a.txt; exit 1; }; echo one > a.txt; echo two > b.txt'
  second: { depends_on: [first], run: { command: [sh, -c, 'echo second > "$MILLRACE_ARTIFACTS/a.txt"'] } }
`,
  broken: `
name: broken
stages:
  fails: { run: { command: [sh, -c, "exit 3"] } }
`,
  waiting: `
name: waiting
overlap: queue
stages:
  render: { queue: gpu, run: { command: ["true"] } }
  send: { depends_on: [render], run: { command: ["true"] } }
`,
  again: `
name: again
stages:
  greet: { run: { command: [sh, -c, "echo hello"] } }
  leave: { depends_on: [greet], run: { command: [sh, -c, "echo bye"] } }
  render: { queue: gpu, run: { command: ["true"] } }
`,
  gated: `
name: gated
overlap: allow
stages:
  draft: { run: { command: [sh, -c, 'echo "once upon" > "$MILLRACE_ARTIFACTS/draft.txt"'] } }
  review:
    depends_on: [draft]
    gate: { timeout: 1h, on_timeout: fail, form: { type: object, properties: { title: { type: string }, n: { type: integer } } } }
  publish: { depends_on: [review], run: { command: [sh, -c, "echo out"] } }
`,
  counting: `
name: counting
stages:
  count: { run: { command: [sh, -c, "i=0; while [ $i -lt 600 ]; do i=$((i+1)); echo line $i; sleep 0.05; done"] } }
`,
};
const SCHEDULED = `
name: scheduled
schedules: [ { id: yearly, cron: "0 0 1 1 *" } ]
stages:
  only: { run: { command: ["true"] } }
`;
const here = project({ ...PIPELINES, scheduled: SCHEDULED });
let up: Running;
beforeAll(async () => {
  // Nobody serves the queue gpu.
  up = await here.up([], { MILLRACE_WORKER_QUEUES: 'default' });
});
afterAll(async () => {
  up.child.kill('SIGTERM');
  await up.ended;
  here.remove();
});

const json = <T>(ended: Ended): T => JSON.parse(ended.out) as T;
const start = async (...args: string[]): Promise<string> => (await here.run('run', ...args)).out.trim();

describe('run', () => {
  it('--wait follows to the end: progress is talk, the run is data', async () => {
    const ended = await here.run(
      'run',
      'hello',
      '--wait',
      '--json',
      '-p',
      'count=5',
      '--label',
      'team=blue',
      '--reason',
      'test',
    );
    expect(ended.code).toBe(0);
    expect(json<WireRun>(ended)).toMatchObject({
      status: 'succeeded',
      params: { count: 5, who: 'you' },
      labels: { team: 'blue' },
      reason: 'test',
    });
    expect(ended.err).toContain('greet: stage succeeded');
    expect(ended.err).not.toContain('\u001b');
  });

  it('Ctrl-C ends the watching, and says that the run goes on', async () => {
    const waiting = here.start(['run', 'counting', '--wait']);
    await waitFor(() => waiting.err().includes('count: '), { what: 'the run to be followed' });
    waiting.interrupt();
    const { code, err } = await waiting.ended;
    expect(code).toBe(130);
    const runId = /the run continues; follow it with: millrace watch (\S+)/.exec(err)![1]!;
    expect(json<WireRun>(await here.run('status', runId, '--json'))).toMatchObject({ finished_at: null });
    await here.run('stop', runId);
  });

  it('exits 1 when the run fails, and says which stage and why', async () => {
    const ended = await here.run('run', 'broken', '--wait');
    expect(ended.code).toBe(1);
    expect(ended.out).toContain('fails (attempt 1): command_failed');
  });

  it('--dry-run starts nothing', async () => {
    const before = json<{ last_run: unknown }[]>(await here.run('pipelines', '--json'));
    const ended = await here.run('run', 'counting', '--dry-run', '--json');
    expect(json(ended)).toMatchObject({ dry_run: true, stages: ['count'] });
    expect(
      json<{ last_run: unknown }[]>(await here.run('pipelines', '--json')).map(({ last_run }) => last_run),
    ).toEqual(before.map(({ last_run }) => last_run));
  });

  it('--stage runs that stage alone; --key twice is one run', async () => {
    const ended = json<WireRun>(await here.run('run', 'hello', '--stage', 'leave', '--wait', '--json'));
    expect(ended.stages.filter(({ status }) => status === 'succeeded').map(({ stage }) => stage)).toEqual(['leave']);
    expect(await start('hello', '--key', 'k1')).toBe(await start('hello', '--key', 'k1'));
  });
});

it('a run is named by its short id, its beginning, or as the last one; what fits none or several is usage', async () => {
  const runId = json<WireRun>(await here.run('run', 'hello', '--wait', '--json')).run_id;
  const short = runId.slice(-8);
  const names = [runId, short, `…${short}`, runId.slice(0, -1), '@last', 'hello@last'];
  const found = await Promise.all(
    names.map(async (name) => json<WireRun>(await here.run('status', name, '--json')).run_id),
  );
  expect(found).toEqual(names.map(() => runId));
  const broken = json<WireRun>(await here.run('run', 'broken', '--wait', '--json')).run_id;
  expect(json(await here.run('status', '@last', '--json'))).toMatchObject({ run_id: broken });
  expect(json(await here.run('status', 'hello@last', '--json'))).toMatchObject({ run_id: runId });
  const ended = await Promise.all(['logs', 'watch', 'why', 'stop'].map((command) => here.run(command, short)));
  expect(ended.map(({ code }) => code)).toEqual([0, 0, 0, 1]);
  const several = await here.run('status', runId.slice(0, 6));
  expect(several.code).toBe(2);
  expect(several.err).toContain(`${broken} (broken, failed), in short ${broken.slice(-8)}`);
  const wrong = await Promise.all(
    ['ffffffff', 'zzzz', 'abc', 'nohello@last', 'scheduled@last'].map((name) => here.run('status', name)),
  );
  expect(wrong.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2]);
  expect(wrong[1]!.err).toContain('"zzzz" is not a run');
});

it('runs lists them, newest first, with the times of this machine or in UTC', async () => {
  const runId = json<WireRun>(await here.run('run', 'broken', '--wait', '--json', '--label', 'kind=list')).run_id;
  const listed = (await here.runWith({ TZ: 'Asia/Kolkata' }, 'runs', '--pipeline', 'broken', '-n', '1')).out;
  expect(listed).toMatch(
    new RegExp(
      `^run +pipeline .*\n${runId.slice(-8)}  broken +failed +[-0-9]{10} [:0-9]{8}\\+05:30 .*command_failed.*\n$`,
    ),
  );
  expect((await here.run('runs', '--label', 'kind=list', '--utc')).out).toMatch(/ [:0-9]{8}Z /);
  expect(json<WireRun[]>(await here.run('runs', '--search', 'kind', '--json')).map(({ run_id }) => run_id)).toEqual([
    runId,
  ]);
  expect((await here.run('runs', '--label', 'kind=none')).err).toBe('no runs\n');
  const wrong = ['-n 0', '-n 501', '--status done', '--pipeline nobody', '--since soon', '--until 2026-02-31'];
  const codes = await Promise.all(wrong.map(async (args) => (await here.run('runs', ...args.split(' '))).code));
  expect(codes).toEqual(wrong.map(() => 2));
});

it('a run is exported to a folder, whole or not at all; what is missing is said', async () => {
  const runId = json<WireRun>(await here.run('run', 'stores', '--wait', '--json')).run_id;
  const folder = join(here.dir, 'exported/run');
  const ended = await here.run('export', '@last', 'exported/run');
  expect(ended).toEqual({ code: 0, out: 'exported/run\n', err: '' });
  const read = (path: string) => readFileSync(join(folder, path), 'utf8');
  expect(JSON.parse(read('state.json'))).toEqual(json(await here.run('status', runId, '--json')));
  expect(read('events.jsonl').trimEnd().split('\n')).toHaveLength(JSON.parse(read('state.json')).last_seq);
  expect([read('artifacts/first/a.txt'), read('artifacts/second/a.txt')]).toEqual(['one\n', 'second\n']);
  expect(openToOthers(folder)).toEqual([]);
  expect(readdirSync(join(here.dir, 'exported'))).toEqual(['run']);

  // The run again: with the attempt that failed, and without bytes that are gone since.
  const stored = join(here.dir, '.millrace/artifacts/runs');
  const lost = JSON.parse(read('manifest.json')).files.find((file: { path: string }) => file.path.endsWith('b.txt'));
  for (const name of readdirSync(stored, { recursive: true, encoding: 'utf8' }))
    if (name.endsWith(`${runId}/${lost.sha256}`)) rmSync(join(stored, name));
  const again = await here.run('export', runId, 'exported/run', '--all-attempts', '--json');
  expect(again.code).toBe(1);
  expect(again.err).toBe('missing: artifact "b.txt" of first #2\n');
  expect(json(again)).toMatchObject({
    run_id: runId,
    status: 'succeeded',
    missing: [{ name: 'b.txt', reason: 'gone' }],
  });
  expect(read('earlier-attempts/first/1/a.txt')).toBe('why\n');
  expect(existsSync(join(folder, 'artifacts/first/b.txt'))).toBe(false);

  const refusals = [
    [['export', runId, 'pipelines'], 2, 'pipelines is not empty'],
    [['export', runId, '.'], 2, 'is the folder you are in'],
    [['export', '01938000-0000-7000-8000-000000000000', 'none'], 2, 'there is no run'],
    [['export', runId, 'none', '--token', 'wrong'], 4, 'not one of this deployment'],
    [['export', runId, 'none', '--url', 'http://127.0.0.1:1'], 3, 'no API answers'],
  ] as const;
  const refused = await Promise.all(refusals.map(([args]) => here.run(...args)));
  for (const [n, [args, code, says]] of refusals.entries())
    expect([args, refused[n]]).toEqual([args, { code, out: '', err: expect.stringContaining(says) }]);
  expect(readdirSync(here.dir).filter((name) => name.includes('none'))).toEqual([]);
});

it('an export that is interrupted leaves nothing', async () => {
  const runId = json<WireRun>(await here.run('run', 'hello', '--wait', '--json')).run_id;
  // An API that begins an answer and never ends it.
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/x-tar\r\nTransfer-Encoding: chunked\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const waiting = here.start(['export', runId, 'cut/run', '--url', `http://127.0.0.1:${port}`, '--token', 'x']);
    await waitFor(() => readdirSync(join(here.dir, 'cut')).length > 0, { what: 'the export to begin' });
    waiting.interrupt();
    expect((await waiting.ended).code).toBe(130);
    expect(readdirSync(join(here.dir, 'cut'))).toEqual([]);
  } finally {
    server.close();
  }
});

it('artifacts are listed and saved, whole or not at all', async () => {
  const runId = json<WireRun>(await here.run('run', 'stores', '--wait', '--json')).run_id;
  expect((await here.run('artifacts', 'list', '@last')).out).toMatch(
    /^name +stage +bytes +type +stored\na.txt +first #2 +4 /,
  );
  expect((await here.run('artifacts', 'list', '@last', '--all-attempts')).out).toMatch(
    /\na.txt +first #1 +4 .*\na.txt +first #2 +4 /,
  );
  expect(
    await here.run('artifacts', 'get', runId, 'a.txt', '--stage', 'first', '--attempt', '1', '-o', '-'),
  ).toMatchObject({ code: 0, out: 'why\n' });
  expect(await here.run('artifacts', 'get', runId.slice(-8), 'b.txt', '-o', '-')).toMatchObject({
    code: 0,
    out: 'two\n',
  });
  const saved = await here.run('artifacts', 'get', runId, 'b.txt', '-o', 'made/here.txt');
  expect(saved).toMatchObject({ code: 0, out: 'made/here.txt\n' });
  expect(readdirSync(join(here.dir, 'made'))).toEqual(['here.txt']);
  expect(readFileSync(join(here.dir, 'made/here.txt'), 'utf8')).toBe('two\n');
  const both = await here.run('artifacts', 'get', runId, 'a.txt');
  expect(both).toMatchObject({ code: 2, err: expect.stringContaining('--stage first or second') });
  expect(await here.run('artifacts', 'get', runId, 'a.txt', '--stage', 'second', '-o', '-')).toMatchObject({
    code: 0,
    out: 'second\n',
  });
  expect(await here.run('artifacts', 'get', runId, 'b.tx')).toMatchObject({
    code: 2,
    err: expect.stringContaining('did you mean "b.txt"?'),
  });
  expect(await here.run('artifacts', 'get', runId, 'b.txt', '-o', 'pipelines')).toMatchObject({
    code: 1,
    err: expect.stringContaining('cannot write pipelines'),
  });
});

it('restart ends a live run and starts one with the same params; asked again it is the same one, and what is refused ends nothing', async () => {
  const old = (await here.run('run', 'waiting', '--label', 'made=by-hand', '--stage', 'render')).out.trim();
  const status = async (runId: string) => json<WireRun>(await here.run('status', runId, '--json'));
  const again = (await here.run('restart', old, '--on', 'current')).out.trim();
  expect(again).not.toBe(old);
  expect(await status(old)).toMatchObject({ status: 'cancelled' });
  expect(await status(again)).toMatchObject({
    pipeline: 'waiting',
    labels: { made: 'by-hand' },
    stages: [{ stage: 'render', status: 'queued' }],
  });
  expect((await here.run('restart', old)).out.trim()).toBe(again);
  expect((await here.run('restart', again, '--on', 'yesterday')).code).toBe(2);
  expect((await status(again)).status).toBe('starting');
  await here.run('stop', again);
});

it('rerun: the plan, the next generation, its log, and what cannot run again', async () => {
  const id = await start('again');
  const isDone = async (generation: number): Promise<boolean> => {
    const run = json<WireRun>(await here.run('status', id, '--json'));
    const leave = run.stages.find(({ stage }) => stage === 'leave')!;
    return leave.status === 'succeeded' && leave.generation === generation;
  };
  await waitFor(() => isDone(1), { what: 'it to be done once' });
  const plan = await here.run('rerun', id, 'greet', '--dry-run');
  expect(plan.out).toMatch(
    /^would run again \(2\)\n {2}greet succeeded\n {2}leave succeeded\nkeep their results \(0\)\nplan [0-9a-f]{16}\n$/,
  );
  expect((await here.run('rerun', id, 'greet', '--no-downstream', '--dry-run')).out).toContain('would run again (1)\n');
  const moved = await here.run('rerun', id, 'greet', '--plan-hash', '0');
  expect([moved.code, moved.err]).toEqual([1, expect.stringContaining('have changed')]);
  const shown = await here.run('rerun', id, 'greet', '--reason', 'once more');
  expect([shown.code, shown.out]).toEqual([0, expect.stringMatching(/ greet +\w+ +\S+ \(generation 2\)/)]);
  await waitFor(() => isDone(2), { what: 'it to be done twice' });
  expect((await here.run('logs', id)).out).toBe('greet | hello\nleave | bye\ngreet#2.1 | hello\nleave#2.1 | bye\n');
  expect((await here.run('logs', id, '--generation', '2', '--stage', 'leave')).out).toBe('bye\n');
  expect((await here.run('rerun', id, 'gret')).err).toContain('did you mean "greet"?');
  await here.run('stop', id);
  const over = await here.run('rerun', id, 'greet');
  expect([over.code, over.err]).toEqual([1, expect.stringContaining('A retry is a new run')]);
});

it('open prints the address of the dashboard, a pipeline or a run', async () => {
  const runId = json<WireRun>(await here.run('run', 'hello', '--wait', '--json')).run_id;
  const at = async (...what: string[]): Promise<string> =>
    new URL((await here.run('open', ...what, '--print')).out.trim()).pathname;
  expect([await at(), await at('hello'), await at('@last'), await at(runId.slice(-8))]).toEqual([
    '/',
    '/pipelines/hello',
    `/runs/${runId}`,
    `/runs/${runId}`,
  ]);
  expect((await here.run('open', 'nobody', '--print')).code).toBe(2);
});

it('why: what a run and its stages wait for, for people and as data', async () => {
  const [first, second] = [await start('waiting'), await start('waiting')];
  const why = await here.run('why', first);
  expect(why.code).toBe(0);
  expect(why.out).toMatch(
    new RegExp(
      `^waiting ${first} \\w+\n  render queued\n    ! no worker serves queue gpu\n      blocked for \\S+; lifts when a worker that serves queue gpu starts\n`,
    ),
  );
  expect(why.out).toContain('  send pending\n    ! depends on render (queued)\n');
  const behind = await here.run('why', second);
  expect(behind.out).toContain(`! only one run of this pipeline may be live at a time, and run ${first} is\n`);
  expect(json(await here.run('why', first, '--stage', 'send', '--json'))).toMatchObject({
    run_id: first,
    stages: [{ stage: 'send', blockers: [{ code: 'dependency' }] }],
  });
  expect((await here.run('why', first, '--stage', 'sned')).code).toBe(2);
  const paused = await here.run('pause', first, '--reason', 'the gpu is hot');
  expect(paused.out).toMatch(/^waiting \S+ paused\n[^]*\n {2}paused by admin since \S+ \S+: the gpu is hot\n$/);
  expect((await here.run('why', first)).out).toContain(
    `waiting ${first} paused\n  ! the run is paused by admin: the gpu is hot\n`,
  );
  expect(json<WireRun>(await here.run('resume', first, '--json'))).toMatchObject({ status: 'starting', pause: null });
  const nothing = await here.run('pause', first, '--all');
  expect([nothing.code, nothing.err]).toEqual([2, expect.stringContaining('name one of: a run, --pipeline')]);
  expect((await here.run('pause', '--pipeline', 'waitign')).err).toContain('did you mean "waiting"?');
  expect((await here.run('pause', '--pipeline', 'waiting')).out).toMatch(/^pipeline waiting is paused by admin since /);
  expect((await here.run('status')).out).toMatch(/! pipeline waiting is paused by admin since /);
  expect((await here.run('status', first)).out).toContain('  its pipeline is paused by admin since ');
  const held = await here.run('resume', first);
  expect([held.code, held.err]).toEqual([1, expect.stringContaining('pipeline waiting is paused: resume that')]);
  expect((await here.run('resume', '--pipeline', 'waiting')).out).toBe('pipeline waiting is not paused\n');
  expect((await here.run('pause', '--all', '--reason', 'move')).out).toMatch(
    /^the deployment is paused by .*: move\n$/,
  );
  expect((await here.run('pause', '--pipeline', 'hello')).out).toMatch(/^pipeline hello is paused/);
  expect((await here.run('resume', '--pipeline', 'hello')).out).toMatch(/^the deployment is paused by admin/);
  expect(json(await here.run('resume', '--all', '--json'))).toEqual({ pipeline: null, pause: null });
  for (const runId of [second, first]) await here.run('stop', runId);
  expect((await here.run('why', first)).out).toBe(
    `waiting ${first} cancelled\n  the run has ended: nothing is waiting\n`,
  );
  const failed = json<WireRun>(await here.run('run', 'broken', '--wait', '--json')).run_id;
  expect((await here.run('why', failed)).out).toContain('fails (attempt 1): command_failed');
});

describe('token', () => {
  it('creates, lists and revokes: the secret alone is on stdout, once', async () => {
    const only = ['--pipeline', 'hello', '--pipeline', 'counting'];
    const created = await here.run('token', 'create', 'ci', '--role', 'operator', '--expires', '30d', ...only);
    expect(created).toMatchObject({ code: 0 });
    const token = created.out.trim();
    expect(token).toMatch(/^mlr_[0-9a-f]{12}_[\w-]{43}$/);
    expect(created.err).toMatch(/^token ci has the role operator until .*\. It is shown only this once:\n$/);
    expect(await here.run('runs', '--token', token)).toMatchObject({ code: 0 });
    const refused = await here.run('token', 'create', 'other', '--role', 'viewer', '--token', token);
    expect(refused).toMatchObject({ code: 4, err: expect.stringContaining('this needs the role admin') });
    const listed = await here.run('token', 'list');
    expect(listed.out).toMatch(/ci +operator +counting, hello +20\S+.* admin\n/);
    expect(listed.out).not.toContain(token.slice(17));
    expect(await here.run('token', 'create', 'ci', '--role', 'viewer')).toMatchObject({ code: 1 });
    expect(await here.run('token', 'revoke', 'ci')).toMatchObject({ code: 0, err: 'token ci (operator) is revoked\n' });
    expect(await here.run('runs', '--token', token)).toMatchObject({ code: 4 });
    expect(await here.run('token', 'revoke', 'ci')).toMatchObject({ code: 2 });
    expect(await here.run('token', 'create', 'ci')).toMatchObject({ code: 2, err: expect.stringContaining('--role') });
  });
});

describe('audit', () => {
  it('lists who changed what, and verifies', async () => {
    const runId = await start('hello', '--reason', 'by hand');
    const listed = await here.run('audit', '-n', '1');
    expect(listed.out).toMatch(
      /^\d+ +\S+ .*admin +admin +cli +POST \/api\/v1\/pipelines\/hello\/runs +201 +by hand\n$/m,
    );
    const [entry] = json<{ seq: number; outcome: { after: object } }[]>(await here.run('audit', '-n', '1', '--json'));
    expect(entry!.outcome.after).toMatchObject({ run_id: runId });
    const verified = await here.run('audit', 'verify');
    expect(verified).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+:[0-9a-f]{64}\n$/) });
    expect(await here.run('audit', 'verify', '--expect', verified.out.trim())).toMatchObject({ code: 0 });
    expect(await here.run('audit', 'verify', '--expect', `1:${'0'.repeat(64)}`)).toMatchObject({
      code: 1,
      err: 'the log is not intact: entry 1 is not the one that was noted\n',
    });
  });
});

describe('exit codes', () => {
  it('2: unknown command, option, pipeline, stage, mode, param, run, value', async () => {
    const attempts = [
      ['rnu'],
      ['status', '--jsn'],
      ['run', 'helo'],
      ['run', 'hello', '--stage', 'gret'],
      ['run', 'hello', '--mode', 'x'],
      ['run', 'hello', '-p', 'count=many'],
      ['status', 'nothing'],
      ['watch', '0'],
      ['logs', 'x', '--tail', '-1'],
      ['run'],
      ['run', 'hello', '--url', 'nowhere'],
    ];
    const ended = await Promise.all(attempts.map((args) => here.run(...args)));
    expect(ended.map(({ code }, index) => [attempts[index]!.join(' '), code])).toEqual(
      attempts.map((args) => [args.join(' '), 2]),
    );
    expect(ended[0]!.err).toContain('Did you mean run?');
    expect(ended[1]!.err).toContain('Did you mean --json?');
    expect(ended[2]!.err).toContain('did you mean "hello"?');
    expect(ended[3]!.err).toContain('did you mean "greet"?');
    for (const { out } of ended) expect(out).toBe('');
  });

  it('3: nobody there, and something else there', async () => {
    const silent = createServer((socket) => socket.end('SSH-2.0\r\n', () => socket.destroy())).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    expect((await here.run('status', '--url', `http://127.0.0.1:${port}`)).code).toBe(3);
    silent.close();
    await once(silent, 'close');
    const nobody = await here.run('status', '--json', '--url', `http://127.0.0.1:${port}`);
    expect(nobody.code).toBe(3);
    expect(json(nobody)).toMatchObject({ error: { detail: expect.stringContaining('ECONNREFUSED') } });
  });

  it('4: a wrong token, and none', async () => {
    expect((await here.run('pipelines', '--token', 'wrong')).code).toBe(4);
    const { origin } = new URL((await here.run('open', '--print')).out.trim());
    expect((await here.runWith({ MILLRACE_TOKEN: 'wrong', MILLRACE_URL: origin }, 'pipelines')).code).toBe(4);
    // It may be another deployment's: the folder's address gets the folder's token.
    expect((await here.runWith({ MILLRACE_TOKEN: 'wrong' }, 'pipelines')).code).toBe(0);
  });

  it('0: --help', async () => {
    const ended = await here.run('--help');
    expect(ended).toMatchObject({ code: 0, err: '' });
    for (const command of [
      'up',
      'dev',
      'api',
      'worker',
      'scheduler',
      'run',
      'status',
      'watch',
      'stop',
      'pause',
      'resume',
      'logs',
      'pipelines',
      'graph',
      'doctor',
      'validate',
    ])
      expect(ended.out).toContain(`  ${command} `);
  });
});

it('status, pipelines and graph, for people and as JSON', async () => {
  expect(json(await here.run('status', '--json'))).toMatchObject({ system: { workers: { count: 1 } } });
  expect((await here.run('status')).out).toContain(': 1 worker (');
  expect((await here.run('pipelines')).out).toMatch(/^hello +\w+ +2 /m);
  expect((await here.run('graph', 'hello')).out).toBe('greet\n  leave <- greet\n');
  expect((await here.run('graph', 'hello', '--format', 'dot')).out).toContain('"greet" -> "leave"');
  expect(json(await here.run('graph', 'hello', '--json'))).toMatchObject({ edges: [{ from: 'greet', to: 'leave' }] });
});

it('schedule: preview, set, pause, next, ticks, resume and trigger; what is wrong is usage', async () => {
  expect(
    (await here.run('schedule', 'preview', '--cron', '30 6 * * *', '--timezone', 'Asia/Kolkata', '-n', '2')).out,
  ).toMatch(/^(\S+Z {2}\S+T06:30:00\+05:30\n){2}$/);
  expect(
    json(await here.run('schedule', 'set', 'yearly', '--cron', '0 6 * * *', '--timezone', 'Europe/Paris', '--json')),
  ).toMatchObject({
    cron: '0 6 * * *',
    timezone: 'Europe/Paris',
    set_by: 'api',
  });
  expect((await here.run('schedule', 'pause', 'yearly', '--note', 'away')).out).toContain('paused');
  expect((await here.run('schedule', 'list')).out).toMatch(/^yearly +scheduled +At 06:00 +Europe\/Paris +paused/m);
  expect((await here.run('schedule', 'next', 'yearly', '-n', '3')).out.trim().split('\n')).toHaveLength(3);
  const ticks = await waitFor(
    async () =>
      [json<WireTick[]>(await here.run('schedule', 'ticks', 'yearly', '-n', '1', '--json'))].find(
        ({ length }) => length > 0,
      ),
    {
      timeoutMs: 30_000,
      what: 'the scheduler to see it',
    },
  );
  expect(ticks).toMatchObject([{ outcome: 'skipped' }]);
  expect(json(await here.run('schedule', 'resume', 'yearly', '--json'))).toMatchObject({ paused: false, note: null });
  const runId = (await here.run('schedule', 'trigger', 'yearly')).out.trim();
  expect(json(await here.run('status', runId, '--json'))).toMatchObject({
    trigger: { kind: 'manual', schedule_id: 'yearly' },
  });
  const wrong = [
    ['set', 'yearly'],
    ['set', 'yearly', '--cron', '99 * * * *'],
    ['set', 'yarly', '--every', '1h'],
    ['next', 'yearly', '-n', '0'],
    ['preview'],
    ['nothing'],
  ];
  const codes = await Promise.all(wrong.map(async (args) => (await here.run('schedule', ...args)).code));
  expect(codes).toEqual(wrong.map(() => 2));
});

it('logs of a run that has ended, whole, by stage, and the last ones', async () => {
  const { run_id } = json<WireRun>(await here.run('run', 'hello', '--wait', '--json', '-p', 'who=world'));
  expect((await here.run('logs', run_id, '--stage', 'greet')).out.split('\n').sort()).toEqual([
    '',
    'careful',
    'hello world',
  ]);
  expect((await here.run('logs', run_id, '--tail', '1')).out).toBe('leave | bye\n');
  const watched = (await here.run('watch', run_id)).out;
  expect(watched).toMatch(/^[:0-9]{8}[+-][:0-9]{5} greet \| hello world$/m);
  expect((await here.run('logs', run_id, '-f')).out).toContain('greet | hello world');
  expect(json(await here.run('logs', run_id, '--tail', '1', '--json'))).toMatchObject({
    stage: 'leave',
    stream: 'stdout',
    line: 'bye',
  });
});

it('watch and logs -f miss nothing and repeat nothing when the API is killed; stop ends the run', async () => {
  const runId = await start('counting');
  const watch = here.start(['watch', runId, '--json']);
  const logs = here.start(['logs', runId, '-f']);
  await waitFor(() => logs.out().includes('line 20\n') && watch.out() !== '', { timeoutMs: 30_000, what: 'the log' });
  const api = here.processes().find(({ command }) => /child\.js api/.test(command))!;
  process.kill(api.pid, 'SIGKILL');
  const seen = logs.out();
  await waitFor(() => logs.out().length > seen.length + 100, { timeoutMs: 30_000, what: 'the log after the restart' });
  const stopped = await waitFor(
    async () => {
      const ended = await here.run('stop', runId, '--reason', 'enough', '--json');
      return ended.code === 0 ? ended : null;
    },
    { timeoutMs: 30_000, what: 'the stop' },
  );
  expect(json<WireRun>(stopped).status).toMatch(/^cancell/);

  const watched = await watch.ended;
  expect(watched.code).toBe(1);
  const events = watched.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as WireEvent);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(events.at(-1)!.type).toBe('run.cancelled');
  const lines = (await logs.ended).out.trim().split('\n');
  expect(lines).toEqual(lines.map((_, index) => `count | line ${index + 1}`));
  expect((await here.run('stop', runId)).code).toBe(1);
  const later = await here.run('watch', runId, '--json', '--after-seq', String(events.length));
  expect(later).toMatchObject({ code: 1, out: '' });
});

it('doctor finds nothing wrong here, and says how to mend what is', async () => {
  const fine = await here.run('doctor', '--json');
  expect(fine.code).toBe(0);
  expect(json<{ findings: { check: string }[] }>(fine).findings.map(({ check }) => check)).toEqual([
    'node',
    'config',
    'deployment',
    'redis',
    'redis',
    'clock',
    'data folder',
    'disk',
    'port',
    'definitions',
  ]);
  const settings = await here.runWith(
    { MILLRACE_DRAIN_MS: '1234', REDIS_URL: 'redis://:canary-password@127.0.0.1:1' },
    'doctor',
    'config',
  );
  expect(settings.out).toMatch(/^MILLRACE_DRAIN_MS +1234 +environment$/m);
  expect(settings.out).toMatch(/^MILLRACE_HEARTBEAT_MS +\d+ +default$/m);
  expect(settings.out).toMatch(/^REDIS_URL +redis:\/\/:\*\*\*@127\.0\.0\.1:1 +environment$/m);
  const ill = await here.runWith({ MILLRACE_PROT: '1', LOG_LEVEL: 'loud' }, 'doctor');
  expect(ill.code).toBe(1);
  expect(ill.out).toContain('did you mean MILLRACE_PORT?');
  expect(ill.out).toContain('fix: ');
  const redis = await here.runWith({ REDIS_URL: 'redis://127.0.0.1:1' }, 'doctor', 'redis');
  expect(redis).toMatchObject({ code: 1, out: expect.stringContaining('127.0.0.1:1') });
  expect((await here.run('doctor', 'redis')).out).toContain('+ running server');
});

it('validate needs no API and names the place', async () => {
  expect((await here.run('validate', '--json')).code).toBe(0);
  const wrong = project({
    cyclic:
      'name: cyclic\nstages:\n  a: { depends_on: [b], run: { command: [x] } }\n  b: { depends_on: [a], run: { command: [x] } }\n',
  });
  const core = fileURLToPath(new URL('../../../packages/core/dist/index.js', import.meta.url));
  const define = (name: string) =>
    `\nexport default definePipeline('${name}').stage('a', { run: { command: ['x'] } });`;
  const program = (name: string, before: string) =>
    writeFileSync(
      join(wrong.dir, 'pipelines', `${name}.pipeline.mts`),
      `import { definePipeline } from ${JSON.stringify(core)};\n${before}${define(name)}`,
    );
  program('prints', "console.log('loading prints');");
  program('exits', "console.error('NEEDED is not set'); process.exit(0);");
  const ended = await wrong.run('validate');
  const json = await wrong.run('validate', '--json');
  const nothing = await wrong.run('validate', '.millrace');
  wrong.remove();
  expect(json).toMatchObject({ code: 2, err: expect.stringContaining('loading prints') });
  expect(JSON.parse(json.out)).toMatchObject({
    pipelines: [{ pipeline: 'prints' }],
    problems: [
      { message: expect.stringContaining('cyclic') },
      { message: expect.stringMatching(/exits\.pipeline\.mts: .*NEEDED is not set$/) },
    ],
  });
  expect(nothing.code).toBe(2);
  expect(ended.code).toBe(2);
  expect(ended.out).toMatch(/cyclic\.pipeline\.yaml:3:3: .*\n {4}3 \| {3}a: .*\n {6}\| {3}\^$/m);
});

describe('gates', () => {
  interface Gate {
    readonly gate_id: string;
    readonly status: string;
    readonly shown_digest: string;
    readonly shown: readonly { readonly artifacts: readonly { readonly name: string }[] }[];
    readonly decision: object;
  }
  const gateOf = async (...words: string[]): Promise<Gate> => json<Gate>(await here.run('gate', ...words, '--json'));
  const statusOf = async (runId: string): Promise<string> =>
    json<WireRun>(await here.run('status', runId, '--json')).status;
  /** Once it waits at its gate; one process follows it, instead of many that ask. */
  const waiting = async (): Promise<{ readonly runId: string; readonly watching: Running }> => {
    const runId = await start('gated');
    const watching = here.start(['watch', runId]);
    await waitFor(() => watching.out().includes('see it with: '), { what: 'the run to wait at its gate' });
    return { runId, watching };
  };

  it('a run that waits says what to type; what is judged is shown with its digest, and approved with values', async () => {
    const { runId, watching } = await waiting();
    const see = `millrace gate ${runId.slice(-8)} review`;
    expect(watching.out()).toContain(`; see it with: ${see}`);
    const [status, why, gate, seen, listed] = await Promise.all([
      here.run('status', runId),
      here.run('why', runId),
      gateOf(runId),
      here.run('gate', runId.slice(-8), 'review'),
      here.run('gates', '--mine', '--pipeline', 'gated'),
    ]);
    for (const { out } of [status, why]) expect(out).toContain(`; see it with: ${see}`);
    expect(gate).toMatchObject({ gate_id: `${runId}.review.1.1`, status: 'pending' });
    expect(gate.shown[0]!.artifacts).toMatchObject([{ name: 'draft.txt' }]);
    for (const part of [gate.gate_id, `digest ${gate.shown_digest}`, 'draft.txt', 'the stage fails', '--value title=…'])
      expect(seen.out).toContain(part);
    expect(listed.out).toMatch(new RegExp(`${runId.slice(-8)} +review +gated .* 0/1 +waits for a decision until`));
    const approved = await here.run('approve', runId, '--value', 'title=May', '--value', 'n=7', '--notes', 'fine');
    expect([approved.code, approved.out]).toEqual([
      0,
      expect.stringMatching(`^gate ${gate.gate_id} is approved by admin at .*: fine\n$`),
    ]);
    expect(approved.err, 'what is judged is shown').toContain(gate.shown_digest);
    expect((await watching.ended).code).toBe(0);
    const [, review] = json<WireRun>(await here.run('status', runId, '--json')).stages;
    expect(review).toMatchObject({ stage: 'review', status: 'succeeded', output: { title: 'May', n: 7 } });
    const closed = await here.run('gates', '--closed', '--pipeline', 'gated');
    expect(closed.out).toContain('approved by admin');
  });

  it('what cannot be decided is refused with its exit code', async () => {
    const { runId } = await waiting();
    const codes = async (...words: string[]) => {
      const { code, err } = await here.run(...words);
      return [code, err.trim().split('\n').at(-1)];
    };
    const refused = async (...expected: readonly (readonly [readonly string[], number, string])[]) =>
      expect(await Promise.all(expected.map(([words]) => codes(...words)))).toEqual(
        expected.map(([, code, said]) => [code, expect.stringContaining(said)]),
      );
    await refused(
      [['gate', 'draft.review.1.1'], 2, 'is not a run'],
      [['gate', `${runId}.review.1.2`], 2, 'there is no gate'],
      [['approve', runId, 'draft'], 1, 'gates --closed'],
      [['approve', runId, '--value', 'titel=x'], 2, '"title"'],
      [['approve', runId, '--value', 'n=x'], 2, 'whole number'],
      [['approve', runId, '--digest', 'a'.repeat(64)], 1, 'not show'],
      [['reject', runId], 2, 'notes: '],
      [['withdraw', runId], 1, 'no vote'],
    );
    expect(await statusOf(runId)).toBe('awaiting_gate');
    const gate = await gateOf(runId);
    const rejected = json<Gate>(await here.run('reject', gate.gate_id, '--notes', 'dull', '--json'));
    expect(rejected).toMatchObject({ status: 'rejected', decision: { notes: 'dull', by: { name: 'admin' } } });
    expect((await here.run('status', runId)).out).toMatch(/paused by admin since .*: dull/);
    expect(await codes('approve', gate.gate_id)).toEqual([1, expect.stringContaining('was rejected by admin at ')]);
  });

  it('values come from a file, too, and a decision at a terminal is asked back', async () => {
    const { runId } = await waiting();
    writeFileSync(join(here.dir, 'values.json'), '{"title": "June", "n": 1}');
    writeFileSync(join(here.dir, 'list.json'), '[1]');
    const list = await here.run('approve', runId, '--values', 'list.json');
    expect([list.code, list.err]).toEqual([2, expect.stringContaining('must be a JSON object')]);
    const main = fileURLToPath(new URL('../../../apps/cli/dist/main.js', import.meta.url));
    const approve = `'${process.execPath}' '${main}' approve ${runId} --values values.json --value n=2`;
    const keys = join(here.dir, 'keys');
    execFileSync('mkfifo', [keys]);
    const keyboard = await open(keys, 'r+');
    const atTerminal = async (answer: string) => {
      const asked = here.startBy(['sh', '-c', `script -qec "${approve}" /dev/null < '${keys}'`]);
      await waitFor(() => asked.out().includes('[y/N]'), { what: 'the question' });
      await keyboard.write(`${answer}\n`);
      return asked.ended;
    };
    expect(await atTerminal('n')).toMatchObject({ code: 1, out: expect.stringContaining('nothing was decided') });
    expect(await statusOf(runId)).toBe('awaiting_gate');
    expect(await atTerminal('y')).toMatchObject({ code: 0, out: expect.stringContaining('approve? [y/N]') });
    await keyboard.close();
    const [, review] = json<WireRun>(await here.run('status', runId, '--json')).stages;
    expect(review!.output).toEqual({ title: 'June', n: 2 });
  });
});
