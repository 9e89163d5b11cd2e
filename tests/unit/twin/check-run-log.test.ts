/** The checkers are honest: each planted violation is found, and named. */
import { type Run, type RunEvent, foldRun } from '@millrace/core/domain';
import { manualClock, memoryStore } from '@millrace/core/memory';
import { checkOverlap, checkRunLog, pipelineOf, rigOf } from '@millrace/core/testing/conformance';
import { describe, expect, test } from 'vitest';

const pipeline = pipelineOf('p', { a: { retry: { maximumAttempts: 2, initialInterval: 10 } }, b: ['a'], c: [] });

/** a fails once, then succeeds; c fails; b succeeds: the run fails. */
const sound = async (): Promise<{ events: RunEvent[]; run: Run }> => {
  const clock = manualClock();
  const store = memoryStore({ clock, random: () => 0 });
  const rig = rigOf({ store, feed: store, advanceTime: async (ms) => clock.advance(ms), close: async () => {} });
  const runId = await rig.start(pipeline);
  const worker = await rig.worker();
  const [a, c] = [await worker.take(), await worker.take()];
  await worker.fail(a);
  clock.advance(10);
  await worker.succeed(await worker.take());
  await worker.fail(c);
  await worker.drain();
  return { events: [...(await rig.log(runId))], run: await rig.run(runId) };
};

const renumbered = (events: readonly RunEvent[]): RunEvent[] => events.map((event, at) => ({ ...event, seq: at + 1 }));
const placeOf = (events: readonly RunEvent[], type: string, stage: string): number =>
  events.findIndex((event) => event.type === type && event.stage === stage);
/** The log with a copy of the event put in before `place`. */
const withAt = (events: readonly RunEvent[], place: number, event: RunEvent): RunEvent[] =>
  renumbered(events.toSpliced(place, 0, event));
const changed = (events: readonly RunEvent[], place: number, change: Partial<RunEvent>): RunEvent[] =>
  events.with(place, { ...events[place]!, ...change });

describe('checkRunLog', () => {
  test('finds nothing in a sound log, nor in any beginning of it', async () => {
    const { events, run } = await sound();
    expect(checkRunLog(pipeline, events, run)).toEqual([]);
    for (let length = 1; length < events.length; length++) {
      const found = checkRunLog(pipeline, events.slice(0, length), null);
      expect(found.filter((problem) => !problem.startsWith('L1'))).toEqual([]);
    }
  });

  const planted: readonly (readonly [string, RegExp, (events: RunEvent[]) => RunEvent[]])[] = [
    ['a gap', /^S8 seq/, (events) => events.toSpliced(3, 1)],
    ['a duplicate', /^S8 seq/, (events) => events.toSpliced(3, 0, events[3]!)],
    ['a log without its beginning', /^S8 the log does not begin/, (events) => events.slice(1)],
    ['another run’s event', /^S8 .*another run/, (events) => changed(events, 2, { runId: 'other' as never })],
    ['a second creation', /^S8 .*creates the run again/, (events) => withAt(events, 1, events[0]!)],
    [
      'a second success',
      /^S1 /,
      (events) =>
        withAt(events, placeOf(events, 'stage.succeeded', 'a') + 1, events[placeOf(events, 'stage.succeeded', 'a')]!),
    ],
    [
      'a start after the stage’s end',
      /^S1 /,
      (events) =>
        withAt(events, placeOf(events, 'stage.succeeded', 'a') + 1, events[placeOf(events, 'stage.started', 'a')]!),
    ],
    [
      'an event after the run’s end',
      /^S18 /,
      (events) => withAt(events, events.length, { ...events[1]!, type: 'stage.progress' }),
    ],
    [
      'a fence that falls',
      /^S2 /,
      (events) =>
        changed(
          events,
          events.findLastIndex(({ type, stage }) => type === 'stage.started' && stage === 'a'),
          { data: { worker: 'w', fence: 1, queue: 'default' } },
        ),
    ],
    [
      'a refusal that misstates the fence',
      /^S2 /,
      (events) =>
        withAt(events, 4, {
          ...events[1]!,
          type: 'stage.fenced',
          data: { fence: 1, current_fence: 99, what: 'report' },
        }),
    ],
    [
      'two owners at once',
      /^S3 /,
      (events) => withAt(events, 3, { ...events[1]!, data: { worker: 'w', fence: 90, queue: 'default' } }),
    ],
    [
      'a start before its dependency',
      /^S4 /,
      (events) => {
        const start = events[placeOf(events, 'stage.started', 'b')]!;
        return withAt(events, 1, start);
      },
    ],
    [
      'a stage queued too early',
      /^S4 /,
      (events) => changed(events, 0, { data: { ...events[0]!.data, queued: ['a', 'b', 'c'] } }),
    ],
    [
      'a skip for no reason',
      /^S4 /,
      (events) =>
        withAt(events, placeOf(events, 'stage.started', 'b'), {
          ...events[placeOf(events, 'stage.started', 'b')]!,
          type: 'stage.skipped',
          attempt: 0,
          data: { because: 'a' },
        }),
    ],
    [
      'a start after the cancel',
      /^S6 /,
      (events) =>
        withAt(events, placeOf(events, 'stage.started', 'b'), {
          ...events[0]!,
          type: 'run.cancelling',
          data: { reason: null, by: null },
        }),
    ],
    [
      'a retry too many',
      /^S12 .*after 2 failures of 2/,
      (events) => {
        const [start, fail] = [placeOf(events, 'stage.started', 'a'), placeOf(events, 'stage.retrying', 'a')];
        return renumbered(
          events.toSpliced(
            fail + 1,
            0,
            { ...events[start]!, attempt: 2, at: events[fail]!.at + 10 },
            { ...events[fail]!, attempt: 2 },
          ),
        );
      },
    ],
    [
      'a delay below the policy',
      /^S12 .*below the policy/,
      (events) => {
        const place = placeOf(events, 'stage.retrying', 'a');
        return changed(events, place, { data: { ...events[place]!.data, delay_ms: 9 } });
      },
    ],
    [
      'a start before its delay is over',
      /^S12 .* ms early/,
      (events) => {
        const place = events.findLastIndex(({ type, stage }) => type === 'stage.started' && stage === 'a');
        return changed(events, place, { at: events[place]!.at - 1 });
      },
    ],
    [
      'an attempt number out of turn',
      /^S12 .* starts attempt 3/,
      (events) =>
        changed(
          events,
          events.findLastIndex(({ type, stage }) => type === 'stage.started' && stage === 'a'),
          { attempt: 3 },
        ),
    ],
    [
      'a success after the timeout',
      /^S14 /,
      (events) => {
        const place = placeOf(events, 'stage.succeeded', 'a');
        return withAt(events, place, {
          ...events[place]!,
          type: 'stage.failed',
          data: { error: { code: 'timed_out', message: '' }, duration_ms: 1 },
        });
      },
    ],
    [
      'a run that ended with an open stage',
      /^S18 the run has ended, b is running/,
      (events) => renumbered(events.toSpliced(placeOf(events, 'stage.succeeded', 'b'), 1)),
    ],
    [
      'a run that succeeded though a leaf failed',
      /^S18 the run succeeded/,
      (events) => changed(events, events.length - 1, { type: 'run.succeeded', data: { duration_ms: 1 } }),
    ],
    [
      'a run that names the wrong culprit',
      /^S18 the run failed by b/,
      (events) =>
        changed(events, events.length - 1, {
          data: { error: { code: 'x', message: '', stage: 'b', attempt: 1 }, duration_ms: 1 },
        }),
    ],
    ['a run that never ends', /^L1 /, (events) => events.slice(0, -1)],
  ];
  test.each(planted)('finds %s', async (_, expected, plant) => {
    const { events } = await sound();
    expect(checkRunLog(pipeline, plant(events), null)).toEqual(
      expect.arrayContaining([expect.stringMatching(expected)]),
    );
  });

  test('finds any field of the run that its events do not tell', async () => {
    const { events, run } = await sound();
    const lies: readonly Partial<Run>[] = [
      { status: 'succeeded' },
      { startedAt: 1 },
      { finishedAt: null },
      { error: null },
      { lastSeq: 3 },
      { fence: 2 },
      { reason: 'x' },
      { labels: { a: 'b' } },
      { stages: run.stages.with(0, { ...run.stages[0]!, status: 'failed' }) },
      { stages: run.stages.with(0, { ...run.stages[0]!, attempts: [] }) },
      { stages: run.stages.with(1, { ...run.stages[1]!, worker: 'other' }) },
      { stages: run.stages.slice(1) },
    ];
    for (const lie of lies)
      expect(checkRunLog(pipeline, events, { ...run, ...lie })).toEqual([expect.stringMatching(/^S8 /)]);
  });
});

describe('checkOverlap', () => {
  test('finds two runs under one lock, and none where one follows the other', async () => {
    const { events } = await sound();
    const shifted = (ms: number): RunEvent[] =>
      events.map((event) => ({ ...event, runId: `later-${ms}` as never, at: event.at + ms }));
    expect(checkOverlap([events, shifted(10)])).toEqual([]);
    expect(checkOverlap([events, shifted(9)])).toEqual([expect.stringMatching(/^S5 /)]);
  });

  test('a long run overlaps with every one that it outlives, not only with the next', async () => {
    const { events } = await sound();
    const shifted = (ms: number): RunEvent[] =>
      events.map((event) => ({ ...event, runId: `later-${ms}` as never, at: event.at + ms }));
    const endless = events.slice(0, -1);
    expect(checkOverlap([endless, shifted(20), shifted(40)])).toHaveLength(2);
  });
});

describe('foldRun', () => {
  test('refuses a log without its beginning, and one of another pipeline', async () => {
    const { events } = await sound();
    expect(() => foldRun(pipeline, events.slice(1))).toThrow('a log begins with run.created');
    expect(() => foldRun(pipeline, [])).toThrow('a log begins with run.created');
    expect(() => foldRun(pipelineOf('q', { z: [] }), events)).toThrow('does not have: a');
  });
});
