import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fromYaml, problemsOf } from './definition-fixture.ts';

const stage = 'stages: { a: { run: { command: [x] } } }';
const problems = (text: string) => problemsOf(() => fromYaml(text)).map((line) => line.replace('p.pipeline.yaml:', ''));

test('the example of the contract is understood, but for what this release does not run', () => {
  const example = `
name: market-data
description: raw CSV prices -> indicators -> one report
params: { type: object, properties: { source: { type: string, default: sp500 } } }
modes: { daily: { params: { source: sp500 } }, full: { } }
overlap: skip
timeout: 2h
schedules: [ { cron: "*/15 * * * *", timezone: UTC, overlap: skip, catch_up: { policy: last, window: 15m } } ]
defaults: { retry: { maximum_attempts: 3, initial_interval: 1s, backoff_coefficient: 2, maximum_interval: 1m, jitter: 0.2 }, timeout: 10m }
stages:
  translator: { run: { command: [node, translate.mjs, "--source", "\${{ params.source }}"] }, outputs: { required: [files_processed] } }
  analyzer:   { depends_on: [translator], run: { command: [python3, analyze.py] }, queue: cpu, heartbeat_timeout: 1m }
  merger:     { depends_on: [analyzer, translator], when: all_succeeded, run: { command: [node, merge.mjs] } }
`;
  const pipeline = fromYaml(example);
  expect(
    pipeline.stages.map(({ name, index, queue, timeouts, retry }) => [
      name,
      index,
      queue,
      timeouts,
      retry.maximumAttempts,
    ]),
  ).toEqual([
    ['translator', 0, 'default', { attempt: 600_000, heartbeat: null, stage: null, queue: null }, 3],
    ['analyzer', 1, 'cpu', { attempt: 600_000, heartbeat: 60_000, stage: null, queue: null }, 3],
    ['merger', 2, 'default', { attempt: 600_000, heartbeat: null, stage: null, queue: null }, 3],
  ]);
  expect(pipeline.schedules).toEqual([
    {
      id: 'market-data',
      cron: '*/15 * * * *',
      everyMs: null,
      timezone: 'UTC',
      overlap: 'skip',
      params: {},
      mode: null,
      stages: null,
      catchUp: { policy: 'last', windowMs: 900_000 },
    },
  ]);
  expect(pipeline).toMatchObject({
    overlap: 'skip',
    timeoutMs: 7_200_000,
    modes: { full: { params: {}, stages: null, overlap: null } },
  });
  expect(pipeline.version).toMatch(/^[0-9a-f]{16}$/);
});

test('each time has its own place, null lifts a default, and a stage overrides field by field', () => {
  const { stages } = fromYaml(`
name: p
defaults: { timeout: 1s, heartbeat_timeout: 2s, stage_timeout: 3s, queue_timeout: 4s, grace: 5s, queue: cpu, retry: { maximum_attempts: 2, initial_interval: 5m } }
stages:
  a: { run: { command: [x] } }
  b: { run: { command: [x] }, timeout: null, grace: 6s, queue: gpu, retry: { jitter: 0 } }
`);
  const retry = {
    initialInterval: 300_000,
    backoffCoefficient: 2,
    maximumInterval: 300_000,
    maximumAttempts: 2,
    nonRetryableErrors: [],
    jitter: 0.2,
  };
  expect(stages).toMatchObject([
    { queue: 'cpu', graceMs: 5_000, timeouts: { attempt: 1_000, heartbeat: 2_000, stage: 3_000, queue: 4_000 }, retry },
    {
      queue: 'gpu',
      graceMs: 6_000,
      timeouts: { attempt: null, heartbeat: 2_000, stage: 3_000, queue: 4_000 },
      retry: { ...retry, jitter: 0 },
    },
  ]);
});

test('every problem is listed at its line and column', () => {
  const text = readFileSync(new URL('./wrong.pipeline.yaml', import.meta.url), 'utf8');
  const expected = readFileSync(new URL('./wrong.expected.txt', import.meta.url), 'utf8');
  expect(`${problems(text).join('\n')}\n`).toBe(expected);
});

test.each([
  ['not YAML', 'a: [', /^1:5 .*\]/],
  ['a key twice', `name: p\n${stage}\nname: q`, /^3:1 the key "name" stands here a second time/],
  [
    'a stage twice',
    'name: p\nstages:\n  a: { run: { command: [x] } }\n  a: { run: { command: [y] } }',
    /^4:3 the key "a" stands/,
  ],
  ['a list', '- 1', /^1:1 must be a map/],
  ['nothing', '', /^1:1 must be a map of fields, not nothing/],
  ['two documents', '---\na: 1\n---\nb: 2', /^3:1 a second YAML document begins here/],
  ['no stages', 'name: p', /^1:1 a pipeline needs at least one stage/],
  ['stages is no map', 'name: p\nstages: [a]', /^2:1 "stages" must be a map, not a list/],
  [
    'an alias bomb',
    `name: p\nx1: &a [x,x,x,x,x,x,x,x,x,x]\nx2: &b [${'*a,'.repeat(20)}]\nx3: &c [${'*b,'.repeat(20)}]\nx4: [${'*c,'.repeat(20)}]`,
    /alias/,
  ],
  ['too deep', `a: ${'['.repeat(1_000_000)}`, /^1:102 .*nested more than 100 levels/],
  ['too large', `# ${'x'.repeat(1024 * 1024)}`, /limit definition_bytes is 1048576/],
  ['a cron nickname', `name: p\nschedules: [ { cron: "@daily" } ]\n${stage}`, /^2:16 .*nickname/],
  ['a cron of four fields', `name: p\nschedules: [ { cron: "* * * *" } ]\n${stage}`, /^2:16 .*five fields/],
  ['a day that never comes', `name: p\nschedules: [ { cron: "0 0 30 2 *" } ]\n${stage}`, /^2:16 .*not a cron/],
  ['an offset as a zone', `name: p\nschedules: [ { every: 1m, timezone: "+02:00" } ]\n${stage}`, /^2:27 .*IANA/],
  [
    'a schedule whose params are missing',
    `name: p\nparams: { type: object, required: [day], properties: { day: { type: string } } }\nschedules: [ { every: 1m } ]\n${stage}`,
    /^3:14 the schedule could not start a run: .*day/,
  ],
  [
    'a schedule of an unknown mode',
    `name: p\nmodes: { daily: {} }\nschedules: [ { every: 1m, mode: dayly } ]\n${stage}`,
    /^3:14 .*did you mean "daily"/,
  ],
  [
    'a schedule of an unknown stage',
    `name: p\nschedules: [ { every: 1m, stages: [aa] } ]\n${stage}`,
    /^2:\d+ .*no stage "aa"/,
  ],
  [
    'a required without properties still counts',
    `name: p\nparams: { type: object, required: [day] }\nschedules: [ { every: 1m } ]\n${stage}`,
    /^3:14 .*day/,
  ],
  ['the queue of finalizers', `name: p\nstages: { a: { queue: runs, run: { command: [x] } } }`, /^2:16 .*runs/],
  [
    'an environment name of ours',
    `name: p\nstages: { a: { run: { command: [x], env: { MILLRACE_FENCE: "1" } } } }`,
    /^2:44 .*reserved/,
  ],
  [
    'a program from a param',
    'name: p\nparams: { properties: { x: {} } }\nstages: { a: { run: { command: ["${{ params.x }}"] } } }',
    /^3:33 the program must be fixed/,
  ],
  [
    'a folder from an unknown param',
    'name: p\nparams: { properties: { x: {} } }\nstages: { a: { command: [x], cwd: "${{ params.y }}" } }',
    /^3:30 .*no such param/,
  ],
  [
    'a reference that is never closed',
    'name: p\nstages: { a: { run: { command: [x, "${{ params.x"] } } }',
    /^2:36 .*never closed/,
  ],
  [
    'a reference to a whole world',
    'name: p\nstages: { a: { run: { command: [x, "${{ process.env }}"] } } }',
    /^2:36 .*not a known reference/,
  ],
])('%s', (_name, text, message) => {
  expect(problems(text)[0]).toMatch(message);
});

const quoted = (text: string) => `put it in quotes, as ${JSON.stringify(text)}`;
test.each([
  ['a:\n  - */5 * * * *', `2:5 YAML reads * as an alias: ${quoted('*/5 * * * *')}`],
  [
    'a: [ { cron: */15 9-17 * * MON,FRI, timezone: UTC } ]',
    `1:14 YAML reads * as an alias: ${quoted('*/15 9-17 * * MON,FRI')}`,
  ],
  ['a: * * * * *', `1:4 YAML reads * as an alias: ${quoted('* * * * *')}`],
  ['a: *', '1:4 a text cannot begin with * in YAML: put it in quotes'],
  ['a: *none', '1:4 no anchor "&none" stands before the alias "*none"; if a text is meant, put it in quotes'],
  ['a: [x, ${{ params.a }}]', `1:8 YAML reads {{ as two maps: ${quoted('${{ params.a }}')}`],
  ['a: [x, --a=${{ params.a }}]', `1:8 YAML reads {{ as two maps: ${quoted('--a=${{ params.a }}')}`],
  ['a: { b: ${{ params.a }}, c: 1 }', `1:9 YAML reads {{ as two maps: ${quoted('${{ params.a }}')}`],
  ['a: {{ params.a }}', `1:4 YAML reads {{ as two maps: ${quoted('{{ params.a }}')}`],
  ['? [a, b]\n: 1', '1:3 a key must be a text, not a list'],
  ['a: @daily', '1:4 a text cannot begin with @ in YAML: put it in quotes'],
  ['a: b: c', '1:4 a text with ": " in it must be in quotes, and a map must begin on a line of its own'],
  ['a: &x [1, { b: *x }]', '1:16 the alias "*x" stands inside what it repeats ("&x"), which would never end'],
  ['a: { <<: 1 }', '1:10 what "<<" merges must be a map'],
  ['a: &l [1]\nb: { <<: *l }', '2:10 what "<<" merges must be a map'],
  ['? { ? {} : 1, <<: x }\n: 1', '1:3 a key must be a text, not a map'],
  ['a: !!merge x', '1:12 the tag !!merge is not supported: write "<<" as the key, without the tag'],
  ['a:\n\tb: 1', '2:1 the line is indented with a tab: YAML takes blanks only'],
  ['a: {\n\tb: 1\n}', '2:1 the line is indented with a tab: YAML takes blanks only'],
  ['a: x\u0007y', '1:5 the control character U+0007 stands here: remove it, or write it as \\u0007 in double quotes'],
  ['a: "x\u0000y"', '1:6 a NUL byte stands here: is the file UTF-16, or no text? Save it as UTF-8'],
])('%j says what to do', (text, message) => {
  expect(problems(text)[0]).toBe(message);
});

test.each(['- ', '? ', '{a: ', '- [{'])('no nesting of %j ends the process', (piece) => {
  expect(problems(piece.repeat(200_000))[0]).toMatch(/nested more than 100 levels/);
});

// By the square of its length this text would take most of a minute.
test.each(['${{ ', '${{ params.a }'])('no repetition of %j takes time by the square', (piece) => {
  const text = `name: p\nstages: { a: { run: { command: [echo, "${piece.repeat(1_000_000 / piece.length)}"] } } }`;
  expect(problems(text)).toEqual([expect.stringMatching(/^2:\d+ "\$\{\{" is never closed by "\}\}"$/)]);
});

test('aliases nest no deeper than the text may', () => {
  const deep = (name: string, inner: string) => `${name}: &${name} ${'['.repeat(60)}${inner}${']'.repeat(60)}`;
  expect(problems(`${deep('a', '1')}\n${deep('b', '*a')}`)).toEqual([
    expect.stringMatching(/^2:\d+ the YAML is nested more than 100 levels deep/),
  ]);
});

test('no more than 100 problems are listed, however many there are', () => {
  const text = `name: p\nstages:\n${Array.from({ length: 500 }, (_, i) => `  s${i}: { depends_on: [t${i}], run: { command: [x] } }`).join('\n')}`;
  expect(problems(text)).toHaveLength(100);
});
