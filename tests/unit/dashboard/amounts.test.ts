import { expect, test } from 'vitest';
import { formatDuration, formatSetting } from '../../../apps/dashboard/src/format/amounts.ts';

test.each([
  [0, '0 ms'],
  [999.4, '999 ms'],
  [59_999, '59.9 s'],
  [60_000, '1 m 00 s'],
  [3_599_999, '59 m 59 s'],
  [90_000_000, '1 d 1 h'],
])('a measured duration of %d ms reads %s: no part ever reads 60', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [0, '0 s'],
  [250, '250 ms'],
  [1_500, '1 s 500 ms'],
  [300_000, '5 m'],
  [90_000, '1 m 30 s'],
  [93_600_000, '1 d 2 h'],
])('a setting of %d ms reads %s', (ms, text) => {
  expect(formatSetting(ms)).toBe(text);
});
