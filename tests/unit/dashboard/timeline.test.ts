import type { AttemptRecord, StageRun } from '@millrace/core/domain';
import { describe, expect, test } from 'vitest';
import { rangeOf, readRunSearch, textOfRange } from '../../../apps/dashboard/src/screens/run/run-search.ts';
import { criticalPath, inOrder, segmentsOf } from '../../../apps/dashboard/src/screens/run/timeline/segments.ts';
import {
  roundedEnd,
  ticksOf,
  tickStep,
  timeScale,
} from '../../../apps/dashboard/src/screens/run/timeline/time-scale.ts';

const attempt = (
  number: number,
  status: AttemptRecord['status'],
  startedAt: number,
  finishedAt: number | null,
  generation = 1,
): AttemptRecord => ({
  generation,
  attempt: number,
  status,
  startedAt,
  finishedAt,
  worker: 'w',
  error: null,
});
const stage = (facts: Partial<StageRun>): StageRun =>
  ({
    status: 'succeeded',
    generation: 1,
    queuedAt: null,
    finishedAt: null,
    nextAttemptAt: null,
    attempts: [],
    ...facts,
  }) as StageRun;
const shown = (one: StageRun, retriedAt?: readonly number[]) =>
  segmentsOf(one, retriedAt).map(({ kind, from, to }) => [kind, from, to]);

describe('segments', () => {
  test('a stage that waited and ran', () => {
    expect(shown(stage({ queuedAt: 10, finishedAt: 50, attempts: [attempt(1, 'succeeded', 20, 50)] }))).toEqual([
      ['queued', 10, 20],
      ['succeeded', 20, 50],
    ]);
  });

  test('a stage that is run again waits from when it was queued again; the time between is not its own', () => {
    const first = [attempt(1, 'succeeded', 20, 50)];
    expect(shown(stage({ status: 'queued', generation: 2, queuedAt: 70, attempts: first }))).toEqual([
      ['succeeded', 20, 50],
      ['queued', 70, null],
    ]);
    const attempts = [...first, attempt(1, 'running', 80, null, 2)];
    expect(shown(stage({ status: 'running', generation: 2, queuedAt: 70, attempts }))).toEqual([
      ['succeeded', 20, 50],
      ['queued', 70, 80],
      ['running', 80, null],
    ]);
    expect(shown(stage({ status: 'pending', generation: 2, attempts: first }))).toEqual([['succeeded', 20, 50]]);
  });

  test('between a failed attempt and the next it is not known where backoff ends, unless an event told', () => {
    const twice = stage({
      queuedAt: 0,
      finishedAt: 90,
      attempts: [attempt(1, 'failed', 0, 20), attempt(2, 'succeeded', 60, 90)],
    });
    expect(shown(twice)).toEqual([
      ['failed', 0, 20],
      ['between', 20, 60],
      ['succeeded', 60, 90],
    ]);
    expect(shown(twice, [50])).toEqual([
      ['failed', 0, 20],
      ['backoff', 20, 50],
      ['queued', 50, 60],
      ['succeeded', 60, 90],
    ]);
  });

  test('in backoff: until the known instant, then it waits for a worker', () => {
    expect(
      shown(stage({ status: 'retrying', queuedAt: 0, nextAttemptAt: 70, attempts: [attempt(1, 'failed', 5, 20)] })),
    ).toEqual([
      ['queued', 0, 5],
      ['failed', 5, 20],
      ['backoff', 20, 70],
      ['queued', 70, null],
    ]);
  });

  test('after a lost worker the stage is in the queue; its first wait is not recorded any more', () => {
    expect(
      shown(
        stage({
          status: 'running',
          queuedAt: 40,
          attempts: [attempt(1, 'worker_lost', 10, 40), attempt(1, 'running', 55, null)],
        }),
      ),
    ).toEqual([
      ['worker_lost', 10, 40],
      ['queued', 40, 55],
      ['running', 55, null],
    ]);
  });

  test('what ended while it waited', () => {
    expect(shown(stage({ status: 'cancelled', queuedAt: 10, finishedAt: 30 }))).toEqual([['queued', 10, 30]]);
    expect(
      shown(stage({ status: 'cancelled', queuedAt: 0, finishedAt: 40, attempts: [attempt(1, 'failed', 0, 10)] })),
    ).toEqual([
      ['failed', 0, 10],
      ['between', 10, 40],
    ]);
    expect(shown(stage({ status: 'skipped', finishedAt: 30 }))).toEqual([]);
  });
});

describe('the axis', () => {
  test('without folds it is even, there and back', () => {
    const scale = timeScale({ from: 100, to: 200 });
    expect([90, 100, 150, 200, 300].map(scale.at)).toEqual([0, 0, 0.5, 1, 1]);
    expect([0, 0.25, 1].map(scale.instantAt)).toEqual([100, 125, 200]);
  });

  test('a long idle stretch is folded to a sliver; order is kept, and back again is the same instant', () => {
    const scale = timeScale({ from: 0, to: 1_000 }, [
      { from: 0, to: 100 },
      { from: 50, to: 110 },
      { from: 900, to: 1_000 },
    ]);
    expect(scale.folded).toEqual([{ from: 110, to: 900 }]);
    expect(scale.at(900) - scale.at(110)).toBeCloseTo(0.02);
    expect(scale.at(1_000)).toBeCloseTo(1);
    for (const ms of [0, 55, 110, 400, 899, 900, 950, 1_000]) expect(scale.instantAt(scale.at(ms))).toBeCloseTo(ms, 6);
  });

  test('ticks stand at round distances from the start, and not in folds', () => {
    expect(ticksOf(timeScale({ from: 7_000, to: 27_000 }), 7_000, 8)).toEqual([7_000, 12_000, 17_000, 22_000, 27_000]);
    const folded = timeScale({ from: 0, to: 100_000 }, [
      { from: 0, to: 10_000 },
      { from: 90_000, to: 100_000 },
    ]);
    for (const at of ticksOf(folded, 0, 8)) expect(at <= 10_000 || at >= 90_000).toBe(true);
    expect(tickStep(400 * 86_400_000, 8)).toBeGreaterThan(30 * 86_400_000);
  });

  test('the end of a live axis is round, and ahead of now', () => {
    expect(roundedEnd(0, 0)).toBeGreaterThan(0);
    expect(roundedEnd(0, 61_000)).toBe(70_000);
    expect(roundedEnd(0, 62_000)).toBe(70_000);
  });
});

test('the critical path goes back along what ended last', () => {
  const ran = (name: string, startedAt: number | null, finishedAt: number | null) =>
    stage({ stage: name as StageRun['stage'], startedAt, finishedAt });
  const stages = [ran('a', 0, 10), ran('b', 0, 30), ran('c', 30, 40), ran('d', 40, 50), ran('never', null, 60)];
  const edges = [
    { from: 'a', to: 'c' },
    { from: 'b', to: 'c' },
    { from: 'c', to: 'd' },
    { from: 'd', to: 'never' },
  ];
  expect([...criticalPath(stages, edges)]).toEqual(['d', 'c', 'b']);
  expect([...criticalPath([ran('a', 0, 10), ran('b', 10, null), ran('c', 10, 90)], [{ from: 'a', to: 'b' }])]).toEqual([
    'b',
    'a',
  ]);
  expect(criticalPath([ran('never', null, null)], []).size).toBe(0);
});

test('stages are sorted by start, by name as people count, and by length; what has not started is last', () => {
  const stages = [
    stage({ stage: 's10' as never, finishedAt: 30, attempts: [attempt(1, 'succeeded', 20, 30)] }),
    stage({ stage: 's9' as never, status: 'pending' }),
    stage({ stage: 's1' as never, status: 'running', attempts: [attempt(1, 'running', 25, null)] }),
  ];
  const order = (by: 'start' | 'name' | 'duration') => inOrder(stages, by, 100).map((one) => one.stage as string);
  expect(order('start')).toEqual(['s10', 's1', 's9']);
  expect(order('name')).toEqual(['s1', 's9', 's10']);
  expect(order('duration')).toEqual(['s1', 's10', 's9']);
});

describe('the zoomed range in the address', () => {
  const whole = { from: 1_000, to: 5_000 };
  test('is ms since the run was created, rounded outwards', () => {
    expect(textOfRange({ from: 1_500.7, to: 2_000.2 }, 1_000)).toBe('500-1001');
    expect(rangeOf('500-1001', whole)).toEqual({ from: 1_500, to: 2_001 });
    expect([textOfRange(null, 1_000), rangeOf(undefined, whole)]).toEqual([undefined, null]);
  });
  test('ends with the run, and shows the whole run when nothing of the run is in it, or all of it', () => {
    expect(rangeOf('3000-9000', whole)).toEqual({ from: 4_000, to: 5_000 });
    expect([
      rangeOf('4000-9000', whole),
      rangeOf('0-9000', whole),
      rangeOf('9-3', whole),
      rangeOf('7-9', whole),
    ]).toEqual([null, null, null, null]);
  });
  test('is left out of the address when it is none', () => {
    expect([
      readRunSearch({ range: '1-9' }),
      readRunSearch({ range: 19 }),
      readRunSearch({ range: '1-9x' }),
      readRunSearch({ range: ['1-9'] }),
    ]).toEqual([{ range: '1-9' }, {}, {}, {}]);
  });
});
