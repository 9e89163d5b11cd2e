import { formatDuration } from '@millrace/core/domain';
import { expect, test } from 'vitest';

test.each([
  [999.9, '999ms'],
  [59_999, '59.9s'],
  [119_999, '1m 59s'],
  [3_599_999, '59m 59s'],
  [7_199_999, '1h 59m'],
])('%d ms reads %s: no part ever reads 60', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
