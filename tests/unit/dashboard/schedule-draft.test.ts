import type { Schedule } from '@millrace/client';
import { describe, expect, test } from 'vitest';
import { firesOf } from '../../../apps/dashboard/src/screens/schedules/fires.ts';
import {
  changesOf,
  differencesOf,
  draftOf,
  formatEvery,
} from '../../../apps/dashboard/src/screens/schedules/schedule-draft.ts';
import { readSchedulesSearch } from '../../../apps/dashboard/src/screens/schedules/schedules-search.ts';

const settings = {
  cron: '0 4 * * *',
  every_ms: null,
  timezone: 'Europe/Berlin',
  overlap: null,
  mode: null,
  stages: null,
  params: {},
  catch_up: { policy: 'last' as const, window_ms: 900_000 },
};
const SCHEDULE: Schedule = {
  id: 's',
  pipeline: 'p',
  ...settings,
  words: 'At 04:00',
  paused: false,
  blocked: null,
  paused_at: null,
  paused_by: null,
  note: null,
  set_by: 'definition',
  definition: settings,
  next_at: null,
  last_tick: null,
};

describe('what is sent', () => {
  test('nothing, when nothing differs', () => {
    expect(changesOf(draftOf(SCHEDULE), SCHEDULE)).toEqual({});
    const every = { ...SCHEDULE, cron: null, every_ms: 5_400_000, overlap: 'queue' as const, note: 'n', mode: 'm' };
    expect(changesOf(draftOf(every), every)).toEqual({});
  });
  test('a note alone leaves the settings unsaid', () => {
    expect(changesOf({ ...draftOf(SCHEDULE), note: ' why ' }, SCHEDULE)).toEqual({ note: 'why' });
  });
  test('an interval in place of the cron', () => {
    expect(changesOf({ ...draftOf(SCHEDULE), kind: 'every', every: '90s' }, SCHEDULE)).toEqual({ every: '90s' });
  });
  test('an emptied note is null, the policy goes with its window', () => {
    expect(
      changesOf({ ...draftOf({ ...SCHEDULE, note: 'x' }), note: '', catchUp: 'all' }, { ...SCHEDULE, note: 'x' }),
    ).toEqual({
      note: null,
      catch_up: { policy: 'all', window: '15m' },
    });
  });
});

test('an interval is written as definitions write it, and nothing of it is lost', () => {
  expect([1_000, 90_000, 5_400_000, 86_400_000, 1_500, 250].map(formatEvery)).toEqual([
    '1s',
    '1m30s',
    '1h30m',
    '24h',
    '1500',
    '250',
  ]);
});

test('differences from the definition are listed one by one', () => {
  expect(differencesOf({ ...settings, cron: null, every_ms: 60_000, timezone: 'UTC' }, settings)).toEqual([
    { what: 'Due', there: '0 4 * * *' },
    { what: 'Time zone', there: 'Europe/Berlin' },
  ]);
  expect(differencesOf(settings, settings)).toEqual([]);
});

test('where the clocks are set between two fires is marked at the later one', () => {
  const fires = firesOf([
    { at: '2027-03-27T01:30:00.000Z', local: '2027-03-27T02:30:00+01:00' },
    { at: '2027-03-28T01:30:00.000Z', local: '2027-03-28T03:30:00+02:00' },
    { at: '2027-03-29T00:30:00.000Z', local: '2027-03-29T02:30:00+02:00' },
  ]);
  expect(fires.map(({ offset, changedFrom }) => [offset, changedFrom])).toEqual([
    ['+01:00', null],
    ['+02:00', '+01:00'],
    ['+02:00', null],
  ]);
  expect(fires[1]!.wall).toContain('03:30:00');
});

test('invalid parts of the address are ignored', () => {
  expect(readSchedulesSearch({ pipeline: 7, state: 'broken', text: '', more: 'x' })).toEqual({ pipeline: '7' });
});
