import { afterEach, beforeEach, expect, test } from 'vitest';
import { instant, timeOfDay } from '../../../apps/cli/src/instants.ts';
import { processTerminal } from '../../../apps/cli/src/terminal.ts';

const zone = process.env['TZ'];
beforeEach(() => {
  process.env['TZ'] = 'America/St_Johns';
});
afterEach(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

test('instants are shown in the zone of the machine with the offset of that day, or in UTC', () => {
  const terminal = processTerminal({});
  expect(instant(terminal, '2026-01-05T02:15:30.123Z')).toBe('2026-01-04 22:45:30-03:30');
  expect(instant(terminal, '2026-07-05T02:15:30.123Z')).toBe('2026-07-04 23:45:30-02:30');
  expect(timeOfDay(terminal, '2026-07-05T02:15:30.123Z')).toBe('23:45:30-02:30');
  process.env['TZ'] = 'Asia/Kolkata';
  expect(instant(terminal, '2026-01-05T20:15:30Z')).toBe('2026-01-06 01:45:30+05:30');
  terminal.zone = 'utc';
  expect(instant(terminal, '2026-01-05T20:15:30Z')).toBe('2026-01-05 20:15:30Z');
});
