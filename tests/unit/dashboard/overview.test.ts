import { expect, test } from 'vitest';
import { concernsOf, type Deployment } from '../../../apps/dashboard/src/parts/attention/concerns.ts';
import { newestEvents } from '../../../apps/dashboard/src/parts/pipeline/newest-events.ts';
import { barsOf } from '../../../apps/dashboard/src/ui/run-bars.ts';

const NOW = Date.parse('2026-01-05T12:00:00.000Z');
const ago = (ms: number) => new Date(NOW - ms).toISOString();
const ran = (status: string, run_id = status) => ({
  run_id,
  status,
  created_at: ago(60_000),
  started_at: ago(60_000),
  finished_at: ago(0),
  duration_ms: 60_000,
  trigger: 'manual',
});
const pipeline = (name: string, more: object = {}) => ({
  name,
  recent_runs: [ran('succeeded')],
  freshness: { stale: false, last_success_at: ago(0), expected_every_ms: null, age_ms: 0 },
  schedules: [],
  stranded: [],
  pending_gates: 0,
  duration_p95_ms: 10_000,
  ...more,
});
const deployment = (more: object): Deployment => ({ pipelines: [], live: [], health: null, ...more });
const said = (more: object) => concernsOf(deployment(more), NOW).map(({ of, says }) => `${of}: ${says}`);

test('nothing needs attention when all is well', () => {
  expect(said({ pipelines: [pipeline('fine')] })).toEqual([]);
});

test('failures in a row are counted from the newest; cancelled and live runs neither add nor end the row', () => {
  const recent_runs = [
    ran('running'),
    ran('failed', 'newest'),
    ran('cancelled'),
    ran('failed'),
    ran('succeeded'),
    ran('failed'),
  ];
  expect(said({ pipelines: [pipeline('bad', { recent_runs })] })).toEqual(['bad: the last 2 runs failed']);
  expect(concernsOf(deployment({ pipelines: [pipeline('bad', { recent_runs })] }), NOW)[0]!.runId).toBe('newest');
  expect(
    said({ pipelines: [pipeline('mended', { recent_runs: [ran('cancelled'), ran('succeeded'), ran('failed')] })] }),
  ).toEqual([]);
});

test('a run is slow when it is far beyond what others took, not when it is a moment beyond', () => {
  const run = (elapsed: number) => ({ run_id: 'r', pipeline: 'p', status: 'running', started_at: ago(elapsed) });
  expect(said({ pipelines: [pipeline('p')], live: [run(19_000)] })).toEqual([]);
  expect(said({ pipelines: [pipeline('p')], live: [run(60_000)] })).toEqual([
    'p: has been running for 1 m 00 s; 19 of 20 runs finish within 10.0 s',
  ]);
  expect(said({ pipelines: [pipeline('p', { duration_p95_ms: 100 })], live: [run(5_000)] })).toEqual([]);
  expect(said({ pipelines: [pipeline('p', { duration_p95_ms: null })], live: [run(5_000_000)] })).toEqual([]);
});

test('gates that wait are said of their pipeline, with where they are; a run that waits at one is not slow', () => {
  const pipelines = [pipeline('one', { pending_gates: 1 }), pipeline('some', { pending_gates: 12 })];
  expect(said({ pipelines })).toEqual(['one: a gate waits for a decision', 'some: 12 gates wait for a decision']);
  expect(concernsOf(deployment({ pipelines }), NOW)[0]).toMatchObject({ gatesOf: 'one' });
  const live = [{ run_id: 'r', pipeline: 'p', status: 'awaiting_gate', started_at: ago(600_000) }];
  expect(said({ pipelines: [pipeline('p')], live })).toEqual([]);
});

test('stale data and missed ticks are said, a paused schedule is not; the system comes with its own sentences, each once', () => {
  const health = {
    concerns: ['pipeline a is stale', 'no worker serves queue gpu, where stages wait'],
    pipelines: [{ pipeline: 'a', status: 'stale' }],
    system: { pauses: [] },
  };
  const freshness = { stale: true, last_success_at: ago(3_600_000), expected_every_ms: 900_000, age_ms: 3_600_000 };
  const tick = { instant: ago(60_000), outcome: 'missed', reason: 'late', run_id: null, handled_at: ago(0) };
  const schedules = [
    { id: 'a-0', paused: true, last_tick: null },
    { id: 'a-1', paused: false, last_tick: tick },
  ];
  expect(said({ pipelines: [pipeline('a', { freshness, schedules })], health })).toEqual([
    'system: no worker serves queue gpu, where stages wait',
    'a: stale: expected to succeed every 15 m, and two successes are overdue',
    'a: its schedule missed its last tick: late',
  ]);
});

test('stages that no worker can run are said of their pipeline, and not by the system again', () => {
  const group = { queue: 'default', pipeline: 'a', version: 'v1', stages: 20, since: ago(300_000) };
  const concerns = [
    `no worker has version v1 of pipeline a: 20 stages of its runs wait, since ${group.since}`,
    'no worker has pipeline gone: one stage of its runs waits',
  ];
  expect(
    said({
      pipelines: [pipeline('a', { stranded: [group] })],
      health: { concerns, pipelines: [], system: { pauses: [] } },
    }),
  ).toEqual([
    'system: no worker has pipeline gone: one stage of its runs waits',
    'a: no worker has version v1 of pipeline a: 20 stages have been waiting for 5 m 00 s; start one, or cancel the runs',
  ]);
});

test('pauses are said with who and for how long, and not by the system again', () => {
  const pause = { since: ago(300_000), by: 'ann', reason: 'move' };
  const concerns = [
    `the deployment is paused by ann since ${pause.since}: move`,
    `pipeline a is paused by ann since ${pause.since}: move`,
  ];
  const pauses = [
    { ...pause, pipeline: null, scope: 'deployment' },
    { ...pause, pipeline: 'a', scope: 'pipeline' },
  ];
  expect(said({ pipelines: [pipeline('a')], health: { concerns, pipelines: [], system: { pauses } } })).toEqual([
    'system: the whole deployment is paused by ann for 5 m 00 s: move',
    'a: paused by ann for 5 m 00 s: move',
  ]);
});

test('bars: oldest first, by the square root of the duration, each high enough to be seen', () => {
  const bars = barsOf(
    [
      { ...ran('succeeded'), duration_ms: 100 },
      { ...ran('running'), duration_ms: null, started_at: ago(10_000) },
      { ...ran('queued'), duration_ms: null, started_at: null },
    ],
    NOW,
  );
  expect(bars.map(({ run, durationMs, height }) => [run.status, durationMs, Number(height.toFixed(2))])).toEqual([
    ['queued', null, 0.18],
    ['running', 10_000, 1],
    ['succeeded', 100, 0.18],
  ]);
});

test('the feed keeps the newest fifty, each once, without log lines and progress', () => {
  const event = (seq: number, type = 'stage.started') =>
    ({ run_id: 'r', seq, type, timestamp: new Date(NOW + seq).toISOString() }) as never;
  const many = Array.from({ length: 80 }, (_, index) => event(index + 1));
  const kept = newestEvents(many.slice(0, 60), [
    ...many.slice(40),
    event(90, 'stage.log'),
    event(91, 'stage.progress'),
  ]);
  expect(kept.map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, index) => 80 - index));
});
