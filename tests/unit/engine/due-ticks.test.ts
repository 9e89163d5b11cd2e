import { dueTicks, lastTick, nextTicks } from '@millrace/core/engine';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const cron = (expression: string, timezone: string) => ({ cron: expression, everyMs: null, timezone });
const every = (everyMs: number) => ({ cron: null, everyMs, timezone: 'UTC' });
const shown = (instants: readonly number[]) => instants.map((instant) => new Date(instant).toISOString().slice(0, 16));
const on = (expression: string, timezone: string, from: string, to: string) =>
  shown(dueTicks(cron(expression, timezone), Date.parse(from), Date.parse(to), 1_000));

describe('clocks that go forward', () => {
  it('a time that is skipped is due as many minutes later', () => {
    expect(on('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', '2026-03-30T12:00Z')).toEqual([
      '2026-03-29T01:30',
      '2026-03-30T00:30',
    ]);
    expect(on('30 2 * * *', 'America/New_York', '2026-03-07T12:00Z', '2026-03-09T12:00Z')).toEqual([
      '2026-03-08T07:30',
      '2026-03-09T06:30',
    ]);
    // Lord Howe goes from 02:00 to 02:30.
    expect(on('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00Z', '2026-10-05T00:00Z')).toEqual([
      '2026-10-03T15:45',
      '2026-10-04T15:15',
    ]);
  });

  it('every quarter of an hour goes on without a gap or a double', () => {
    const ticks = dueTicks(
      cron('*/15 * * * *', 'Europe/Berlin'),
      Date.parse('2026-03-28T00:00Z'),
      Date.parse('2026-03-30T00:00Z'),
      1_000,
    );
    expect(new Set(ticks.slice(1).map((tick, index) => tick - ticks[index]!))).toEqual(new Set([15 * 60_000]));
    expect(ticks).toHaveLength(192);
  });

  it('an hour that is skipped gives its ticks to the next one, once', () => {
    expect(on('0 1,2,3 * * *', 'Europe/Berlin', '2026-03-28T23:00Z', '2026-03-29T12:00Z')).toEqual([
      '2026-03-29T00:00',
      '2026-03-29T01:00',
    ]);
  });
});

describe('clocks that go back', () => {
  it('a time that comes twice is due the first time only', () => {
    expect(on('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', '2026-10-26T12:00Z')).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
    expect(on('30 1 * * *', 'America/New_York', '2026-10-31T12:00Z', '2026-11-02T12:00Z')).toEqual([
      '2026-11-01T05:30',
      '2026-11-02T06:30',
    ]);
    // Lord Howe goes from 02:00 to 01:30.
    expect(on('45 1 * * *', 'Australia/Lord_Howe', '2026-04-04T00:00Z', '2026-04-06T00:00Z')).toEqual([
      '2026-04-04T14:45',
      '2026-04-05T15:15',
    ]);
  });

  it('hourly means both of a doubled hour', () => {
    expect(on('0 * * * *', 'Europe/Berlin', '2026-10-24T23:30Z', '2026-10-25T03:00Z')).toEqual([
      '2026-10-25T00:00',
      '2026-10-25T01:00',
      '2026-10-25T02:00',
      '2026-10-25T03:00',
    ]);
    expect(on('*/15 * * * *', 'Australia/Lord_Howe', '2026-04-04T14:30Z', '2026-04-04T15:30Z')).toEqual([
      '2026-04-04T14:45',
      '2026-04-04T15:00',
      '2026-04-04T15:15',
      '2026-04-04T15:30',
    ]);
  });
});

describe('any recurrence', () => {
  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'America/Havana',
    'Africa/Casablanca',
    'Pacific/Apia',
  ];
  const crons = [
    '* * * * *',
    '*/7 * * * *',
    '30 2 * * *',
    '45 1 * * *',
    '0 0 * * *',
    '15,45 1-3 * * *',
    '0 */2 * * *',
    '*/20 1-2 * * 0',
    '30 */20 * * * *',
    '0 3 1 * 1',
    '0 22-2 * * FRI-MON',
    '59 23 L * *',
  ];
  /** Around each change of clocks of 2026 in those zones, and any other time. */
  const changes = [
    '2026-03-08',
    '2026-03-29',
    '2026-04-05',
    '2026-10-04',
    '2026-10-25',
    '2026-11-01',
    '2026-02-15',
    '2026-03-22',
  ].map((day) => Date.parse(day));
  const start = fc
    .tuple(fc.constantFrom(...changes, Date.parse('2026-07-01')), fc.integer({ min: -2 * DAY, max: 2 * DAY }))
    .map(([change, offset]) => change + offset);
  const recurrence = fc.oneof(
    fc.tuple(fc.constantFrom(...crons), fc.constantFrom(...zones)).map(([expression, zone]) => cron(expression, zone)),
    fc.integer({ min: 1_000, max: DAY }).map(every),
  );

  it('rises strictly, and begun anywhere is the same sequence', () => {
    fc.assert(
      fc.property(
        recurrence,
        start,
        fc.array(fc.integer({ min: 0, max: DAY }), { maxLength: 8 }),
        (spec, from, cuts) => {
          const to = from + DAY;
          const whole = dueTicks(spec, from, to, 200);
          const end = whole.length === 200 ? whole.at(-1)! : to;
          for (const [index, tick] of whole.entries()) expect(tick).toBeGreaterThan(whole[index - 1] ?? from);
          const bounds = [
            from,
            ...cuts
              .map((cut) => from + cut)
              .filter((cut) => cut < end)
              .sort((a, b) => a - b),
            end,
          ];
          expect(bounds.slice(1).flatMap((bound, index) => dueTicks(spec, bounds[index]!, bound, 1_000))).toEqual(
            whole,
          );
          for (const tick of whole.slice(0, 20))
            expect(nextTicks(spec, tick, 1)[0]).toBe(whole[whole.indexOf(tick) + 1] ?? nextTicks(spec, end, 1)[0]);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('the last one before is the one that the next follows', () => {
    fc.assert(
      fc.property(recurrence, start, (spec, at) => {
        const last = lastTick(spec, at);
        expect(last).not.toBeNull();
        expect(last!).toBeLessThanOrEqual(at);
        expect(nextTicks(spec, last!, 1)[0]).toBe(nextTicks(spec, at, 1)[0]);
        expect(nextTicks(spec, last! - 1, 1)[0]).toBe(last);
      }),
      { numRuns: 100 },
    );
  });

  it('an interval is aligned to the epoch', () => {
    expect(
      nextTicks(every(15 * 60_000), Date.parse('2026-01-01T00:07Z'), 2).map((tick) => new Date(tick).toISOString()),
    ).toEqual(['2026-01-01T00:15:00.000Z', '2026-01-01T00:30:00.000Z']);
  });

  it('a day that comes every four years', () => {
    expect(on('0 0 29 2 *', 'UTC', '2026-01-01T00:00Z', '2033-01-01T00:00Z')).toEqual([
      '2028-02-29T00:00',
      '2032-02-29T00:00',
    ]);
    const leap = cron('0 0 29 2 *', 'Australia/Lord_Howe');
    for (const [before, last, next] of [
      ['2028-02-27T00:00Z', '2024-02-28T13:00', '2028-02-28T13:00'],
      ['2104-02-27T00:00Z', '2096-02-28T13:00', '2104-02-28T13:00'],
    ] as const) {
      expect(shown([lastTick(leap, Date.parse(before))!])).toEqual([last]);
      expect(shown(nextTicks(leap, Date.parse(before), 1))).toEqual([next]);
    }
    expect(lastTick(every(3_660 * DAY), 3_660 * DAY)).toBe(3_660 * DAY);
    expect(lastTick(every(3_660 * DAY), 7_319 * DAY)).toBe(3_660 * DAY);
  });

  it('a range that goes round, 7 for Sunday, and either of two kinds of days', () => {
    expect(on('0 0 * * FRI-MON', 'UTC', '2026-01-01T00:00Z', '2026-01-09T00:00Z')).toEqual([
      '2026-01-02T00:00',
      '2026-01-03T00:00',
      '2026-01-04T00:00',
      '2026-01-05T00:00',
      '2026-01-09T00:00',
    ]);
    expect(on('0 0 * * 0,7', 'UTC', '2026-01-01T00:00Z', '2026-01-12T00:00Z')).toEqual([
      '2026-01-04T00:00',
      '2026-01-11T00:00',
    ]);
    expect(on('0 0 1 NOV-FEB *', 'UTC', '2026-01-15T00:00Z', '2026-12-15T00:00Z')).toEqual([
      '2026-02-01T00:00',
      '2026-11-01T00:00',
      '2026-12-01T00:00',
    ]);
    expect(on('0 0 13 * FRI', 'UTC', '2026-01-08T00:00Z', '2026-01-17T00:00Z')).toEqual([
      '2026-01-09T00:00',
      '2026-01-13T00:00',
      '2026-01-16T00:00',
    ]);
  });
});
